import { load } from 'js-yaml';
import { defaultConvention } from '../src/conventions/convention/default-convention.ts';
import { rules } from '../src/rules/registry.ts';

/** A namespace with the label `team: team-N` is governed by the convention of its team, one of as many. */
export const teams = 99;

/**
 * A convention for each team beside the usual one, and 2,000 waivers of every form in as many namespaces `shop-N`, for
 * rules that do find something.
 */
export function manyDocuments(namespaces: number): readonly object[] {
  const usual = load(defaultConvention) as { readonly spec: object };
  const conventions = Array.from({ length: teams }, (_, index) => ({
    ...usual,
    metadata: { name: `team-${index}` },
    spec: {
      ...usual.spec,
      priority: 1,
      namespaces: { selector: { matchLabels: { team: `team-${index}` } } },
    },
  }));
  const waived = [
    'mesh/inject-missing',
    'label/required-missing',
    'gate/default-deny-missing',
    'gate/wide-hole',
  ];
  const waivers = Array.from({ length: 2000 }, (_, index) => ({
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: `waiver-${index}` },
    spec: {
      rules: [waived[index % waived.length], rules[index % 50]?.id].filter(
        (id) => !id?.startsWith('waiver/'),
      ),
      match: formsOf(index, namespaces)[index % 5],
      owner: 'somebody',
      reason: 'a reason',
      until: '2999-12-31',
    },
  }));
  return [usual, ...conventions, ...waivers];
}

function formsOf(index: number, namespaces: number): readonly object[] {
  return [
    { namespaces: [`shop-${index % namespaces}`] },
    { namespaces: [`shop-${index % namespaces}`, `bank-${index}`], kinds: ['Deployment'], names: ['old-*'] },
    { namespaceSelector: { matchLabels: { team: `team-${index % teams}` } }, names: ['legacy-*'] },
    { names: [`web-${index}`], kinds: ['Deployment'] },
    { namespaces: [`legacy-${index}-*`] },
  ];
}
