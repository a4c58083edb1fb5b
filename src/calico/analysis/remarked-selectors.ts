import { type JsonPointer, pointerOf } from '../../kubernetes/json-pointer.ts';
import { type Direction, directions, type Policy } from '../policy/policy.ts';
import type { Peer } from '../policy/policy-rule.ts';
import { parseSelector } from '../selector/parse.ts';
import type { LabelField, SelectorRemark } from '../selector/remark.ts';
import { selectorRemarks } from '../selector/remarks.ts';
import { resolveSelector } from '../selector/resolve.ts';
import { findLabels, type SearchEffort, searchEffort } from '../selector/satisfiability.ts';

/** A selector of a policy that cannot be meant as it is written. */
export interface RemarkedSelector {
  readonly pointer: JsonPointer;
  /** As written. */
  readonly text: string;
  readonly remark: SelectorRemark;
}

/**
 * What the selectors of a policy in Calico's language say that cannot be meant, each seen by itself and in its place:
 * with the policy's own namespace and the other conditions of the same end beside it.
 * @param policy of any world
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const world = createPolicyWorld([{ ...head, metadata, spec: { selector: "app == 'a b'" } }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, ...metadata });
 * remarkedSelectors(policy).map(({ pointer }) => pointer); // ['/spec/selector']
 */
export function remarkedSelectors(policy: Policy): readonly RemarkedSelector[] {
  const { selector, namespaceSelector, serviceAccountSelector } = policy.written;
  const effort = searchEffort(mostWork);
  const own = [
    ...remarksOn(selector, 'selector', '/spec/selector', effort),
    ...remarksOn(namespaceSelector, 'namespaceSelector', '/spec/namespaceSelector', effort),
    ...remarksOn(serviceAccountSelector, 'serviceAccountSelector', '/spec/serviceAccountSelector', effort),
  ];
  const whole = own.length === 0 ? deadSubject(policy, effort) : [];
  return [...own, ...whole, ...directions.flatMap((direction) => peerRemarks(policy, direction, effort))];
}

/** Enough for some thousand selectors as people write them. */
const mostWork = 60_000;

function peerRemarks(
  policy: Policy,
  direction: Direction,
  effort: SearchEffort,
): readonly RemarkedSelector[] {
  const rules = direction === 'Ingress' ? policy.ingress : policy.egress;
  return rules.flatMap(({ index, ...rule }) =>
    (['source', 'destination'] as const).flatMap((side) => {
      const pointer = pointerOf('spec', direction.toLowerCase(), index, side);
      const { written } = rule[side];
      const found = [
        ...remarksOn(written.selector, 'selector', `${pointer}/selector`, effort),
        ...remarksOn(written.notSelector, 'notSelector', `${pointer}/notSelector`, effort),
        ...remarksOn(written.namespaceSelector, 'namespaceSelector', `${pointer}/namespaceSelector`, effort),
        ...remarksOn(
          written.serviceAccountSelector,
          'serviceAccountSelector',
          `${pointer}/serviceAccounts/selector`,
          effort,
        ),
      ];
      return found.length > 0 ? found : deadPeer(rule[side], pointer, policy, effort);
    }),
  );
}

function remarksOn(
  text: string,
  field: LabelField,
  pointer: JsonPointer,
  effort: SearchEffort,
): readonly RemarkedSelector[] {
  if (text === '' || effort.work <= 0) return [];
  // To read a selector costs as well, and a policy can have thousands.
  effort.work -= text.length >> 2;
  const parsed = parseSelector(text);
  if ('problem' in parsed) return [];
  const remarks = selectorRemarks(parsed.selector, field, effort);
  // What cannot be is the reason why nothing matches.
  const told = remarks.length > 1 ? remarks.filter(({ code }) => code !== 'never-matches') : remarks;
  return told.map((remark) => ({ pointer, text, remark }));
}

function deadSubject(
  { selector, namespace, written }: Policy,
  effort: SearchEffort,
): readonly RemarkedSelector[] {
  // A policy of the cluster may be for host endpoints, of which nothing is known.
  const known = new Map(
    namespace === undefined
      ? []
      : [
          ['projectcalico.org/orchestrator', 'k8s'],
          ['projectcalico.org/namespace', namespace],
        ],
  );
  const rest = selector && resolveSelector(selector, known);
  if (rest === undefined || rest === true) return [];
  if (rest !== false && findLabels(rest, true, effort) !== 'none') return [];
  const message =
    namespace === undefined
      ? 'nothing fulfils all the selectors of the policy'
      : `no pod of namespace ${namespace} fulfils it`;
  return [{ pointer: '/spec/selector', text: written.selector, remark: { code: 'never-matches', message } }];
}

function deadPeer(
  { selector, written }: Peer,
  pointer: JsonPointer,
  { namespace }: Policy,
  effort: SearchEffort,
): readonly RemarkedSelector[] {
  if (!selector || effort.work <= 0 || findLabels(selector, true, effort) !== 'none') return [];
  const text = written.selector === '' ? written.notSelector : written.selector;
  const field = written.selector === '' ? 'notSelector' : 'selector';
  const isAstray =
    namespace !== undefined &&
    written.namespaceSelector === '' &&
    text.includes('projectcalico.org/namespace');
  const side = pointer.endsWith('source') ? 'source' : 'destination';
  const remark: SelectorRemark = isAstray
    ? {
        code: 'never-matches',
        message: `it matches nothing: without a namespaceSelector the ${side} is in namespace ${namespace}`,
        remedy: 'put the namespace into namespaceSelector',
      }
    : { code: 'never-matches', message: `with the other conditions of the ${side} it matches nothing` };
  return [{ pointer: `${pointer}/${field}`, text, remark }];
}
