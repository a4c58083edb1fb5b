import { remember } from '../../memo/remember.ts';
import type { Selector } from '../selector/ast.ts';
import { parseSelector } from '../selector/parse.ts';
import { prefixLabels } from '../selector/prefix.ts';
import { printSelector } from '../selector/print.ts';
import type { PeerAsWritten } from './policy-rule.ts';

/** The selectors of a policy as written; empty where left out. */
export interface SubjectAsWritten {
  readonly selector: string;
  readonly namespaceSelector: string;
  readonly serviceAccountSelector: string;
}

/**
 * The text from which Calico tells which endpoints a policy of one namespace selects.
 * Calico composes texts, not trees: a selector of blanks alone, which is valid by itself, breaks the whole.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/networkpolicyprocessor.go.
 */
export function composeNamespacedSubject(namespace: string, written: SubjectAsWritten): string {
  const own = `projectcalico.org/namespace == '${namespace}'`;
  const selector = written.selector === '' ? own : `(${written.selector}) && ${own}`;
  return appendPrefixed(selector, written.serviceAccountSelector, 'pcsa.');
}

/**
 * The text from which Calico tells which endpoints a policy of the whole cluster selects. Beside a namespace or
 * service account selector every `all()` in the text so far is replaced, inside quotes too.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/globalnetworkpolicyprocessor.go.
 */
export function composeGlobalSubject(written: SubjectAsWritten): string {
  let selector = written.selector;
  if (written.namespaceSelector !== '') {
    selector = appendPrefixed(selector, written.namespaceSelector, 'pcns.');
    selector = selector.replaceAll('all()', 'has(projectcalico.org/namespace)');
  }
  if (written.serviceAccountSelector !== '') {
    selector = appendPrefixed(selector, written.serviceAccountSelector, 'pcsa.');
    selector = selector.replaceAll('all()', 'has(projectcalico.org/serviceaccount)');
  }
  return selector;
}

/**
 * The text of all conditions of one end of a rule on endpoints; empty where there are none. `namespace` is that of
 * the policy, empty for a policy of the whole cluster: any condition of a namespaced policy, `notSelector` included,
 * confines the peer to the policy's namespace unless there is a namespaceSelector.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go, GetEntityRuleSelector;
 * felix/calc/rule_scanner.go, combineMatchesIfPossible.
 */
export function composePeer(
  namespace: string,
  written: PeerAsWritten,
): { readonly selector: string; readonly notSelector: string } {
  const own = [serviceAccountsText(written), written.selector].filter((text) => text !== '');
  const endpoint = own.length > 1 ? `(${own.join(') && (')})` : (own[0] ?? '');
  const inNamespaces = namespacesText(namespace, written.namespaceSelector);
  const confined = endpoint !== '' || written.notSelector !== '' || written.namespaceSelector !== '';
  let selector = endpoint;
  if (inNamespaces !== '' && confined) {
    selector = endpoint === '' ? inNamespaces : `(${inNamespaces}) && (${endpoint})`;
  }
  if (selector === '' || written.notSelector === '') return { selector, notSelector: written.notSelector };
  return { selector: `(${selector}) && (!(${written.notSelector}))`, notSelector: '' };
}

function namespacesText(namespace: string, namespaceSelector: string): string {
  if (namespaceSelector === '')
    return namespace === '' ? '' : `projectcalico.org/namespace == '${namespace}'`;
  return prefixedText(namespaceSelector, 'pcns.')
    .replaceAll('all()', 'has(projectcalico.org/namespace)')
    .replaceAll('global()', '!has(projectcalico.org/namespace)');
}

function serviceAccountsText({ serviceAccountNames, serviceAccountSelector }: PeerAsWritten): string {
  const labels = serviceAccountSelector === '' ? '' : prefixedText(serviceAccountSelector, 'pcsa.');
  if (serviceAccountNames.length === 0) return labels;
  const parsed = parseSelector(
    `projectcalico.org/serviceaccount in { '${serviceAccountNames.join("', '")}' }`,
  );
  if ('problem' in parsed) return '';
  const names = printSelector(parsed.selector);
  return labels === '' ? names : `(${labels}) && (${names})`;
}

function appendPrefixed(selector: string, addition: string, prefix: string): string {
  const text = addition === '' ? '' : prefixedText(addition, prefix);
  if (text === '') return selector;
  return selector === '' ? text : `(${selector}) && ${text}`;
}

/** The canonical text under a prefix; empty where the selector does not parse, which widens what is composed. */
function prefixedText(text: string, prefix: string): string {
  const parsed = parseSelector(text);
  return 'problem' in parsed ? '' : printSelector(prefixLabels(parsed.selector, prefix));
}

/**
 * Parses a composed text; undefined where it is none, which makes Calico drop the policy. Remembered by the text: many
 * rules name the same few peers, and policies of many namespaces are made from one template.
 */
export const parseComposed = remember(
  { name: 'composed selectors', bound: { entries: 4000, keyLength: 500 }, key: (text: string) => text },
  (text): Selector | undefined => {
    const parsed = parseSelector(text);
    return 'problem' in parsed ? undefined : parsed.selector;
  },
);
