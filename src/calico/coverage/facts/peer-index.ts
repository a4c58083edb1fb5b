import { directions, type Policy, rulesOf } from '../../policy/policy.ts';
import type { Selector } from '../../selector/ast.ts';
import { evaluateSelector, type LabelLookup } from '../../selector/evaluate.ts';
import { valuesOf } from '../../state/layered-map.ts';
import type { NoteKind } from '../../state/notes.ts';
import type { PolicyIndex } from '../../state/policy-index.ts';

/** The policies in force by the selectors of their rules, so that the rules which find an address are looked up by its labels. */
export interface PeerIndex {
  /** By the end of the rule: `other` is that of the peer, `pod` that of the selected pod itself. */
  readonly other: SelectorTable;
  readonly pod: SelectorTable;
}

/** Selectors by a label that they ask for, `key` and then `value`; `others` name none. */
interface SelectorTable {
  readonly byLabel: Map<string, Map<string, Finders>>;
  readonly others: Finders;
}

/** Many policies have the same selector: it is kept, and asked, once. */
type Finders = Map<Selector, Set<Policy>>;

/** Policies by the selectors of their rules; stale with any change of the policies in force. */
export const peerIndex: NoteKind<PeerIndex> = {
  name: 'policies by their peers',
  restsOn: ({ index }) => [index.global, index.namespaced],
  create: ({ index }) => createPeerIndex(index),
};

function createPeerIndex({ global, namespaced }: PolicyIndex): PeerIndex {
  const index: PeerIndex = { other: createTable(), pod: createTable() };
  for (const policies of global.values()) for (const policy of policies) addPolicy(index, policy);
  for (const policies of valuesOf(namespaced)) for (const policy of policies) addPolicy(index, policy);
  return index;
}

/** The policies with a selector of a table that the labels fulfil. */
export function findersOf({ byLabel, others }: SelectorTable, labelOf: LabelLookup): ReadonlySet<Policy> {
  const found = new Set<Policy>();
  const ask = (finders: Finders | undefined) => {
    for (const [selector, policies] of finders ?? []) {
      if (!evaluateSelector(selector, labelOf)) continue;
      for (const policy of policies) found.add(policy);
    }
  };
  ask(others);
  for (const [key, byValue] of byLabel) {
    const value = labelOf(key);
    if (value !== undefined) ask(byValue.get(value));
  }
  return found;
}

function createTable(): SelectorTable {
  return { byLabel: new Map(), others: new Map() };
}

function addPolicy(index: PeerIndex, policy: Policy): void {
  for (const direction of directions) {
    for (const { source, destination } of rulesOf(policy, direction)) {
      const [pod, other] = direction === 'Ingress' ? [destination, source] : [source, destination];
      for (const selector of [other.selector, other.notSelector])
        if (selector) addSelector(index.other, selector, policy);
      for (const selector of [pod.selector, pod.notSelector])
        if (selector) addSelector(index.pod, selector, policy);
    }
  }
}

function addSelector({ byLabel, others }: SelectorTable, selector: Selector, policy: Policy): void {
  const label = neededLabel(selector);
  if (!label) return addFinder(others, selector, policy);
  const byValue = byLabel.get(label.key) ?? new Map<string, Finders>();
  byLabel.set(label.key, byValue);
  for (const value of label.values) {
    const finders = byValue.get(value) ?? new Map<Selector, Set<Policy>>();
    byValue.set(value, finders);
    addFinder(finders, selector, policy);
  }
}

function addFinder(finders: Finders, selector: Selector, policy: Policy): void {
  const policies = finders.get(selector);
  if (policies) policies.add(policy);
  else finders.set(selector, new Set([policy]));
}

/** A label that everything a selector finds has, with one of some values. */
function neededLabel(
  selector: Selector,
): { readonly key: string; readonly values: readonly string[] } | undefined {
  switch (selector.kind) {
    case 'equals':
      return { key: selector.key, values: [selector.value] };
    case 'in':
      return { key: selector.key, values: selector.values };
    case 'and':
      return selector.operands.map(neededLabel).find((label) => label !== undefined);
    default:
      return undefined;
  }
}
