import { type Direction, directions, type Policy, rulesOf } from '../../policy/policy.ts';
import type { PolicyRule } from '../../policy/policy-rule.ts';
import type { Selector } from '../../selector/ast.ts';
import { eachAtom } from '../../selector/atoms.ts';
import type { Atom } from '../../selector/evaluate.ts';
import type { Family, Hole } from '../coverage.ts';
import { rememberByOwner } from '../../../memo/by-owner.ts';
import { holeOf } from './describe-hole.ts';
import { type GenericRule, genericRules, transportRules } from './generic-rule.ts';
import type { NetworkSets } from './network-sets.ts';
import { openShareOf, type TransportShare } from './ports.ts';
import { isNamespaceKey } from '../../labels/namespace-labels.ts';
import { isAccountKey } from '../../labels/account-labels.ts';

/** What coverage needs to know of a policy whichever namespace is judged. */
export interface PolicyFacts {
  /** The conditions of its rules on labels of the selected pod itself. */
  readonly podSelectors: readonly Selector[];
  /** How many conditions its selector and those of its rules on the pod itself are made of. */
  readonly size: number;
  /** The conditions on labels that a pod's namespace decides. */
  readonly namespaceAtoms: readonly Atom[];
  /** Whether the policy can tell service accounts apart. */
  readonly asksAccounts: boolean;
  /** Whether what it says of its namespace depends on more than that it is its namespace. */
  readonly asksOtherNamespaces: boolean;
  /** A label of the namespace and the values of which it must have one for any of its pods to be selected. */
  readonly needs?: { readonly key: string; readonly values: readonly string[] };
  readonly rules: (direction: Direction, family: Family) => readonly GenericRule[];
  /** The rules that a connection by TCP or UDP from no known endpoint can match, by ports that rules name as well. */
  readonly transport: (direction: Direction, family: Family) => readonly GenericRule[];
  /** At the most this share of addresses and ports its Allow and Pass rules open to such connections. */
  readonly openShare: (direction: Direction) => TransportShare;
  /** Whether some rule passes connections on to the next tier. */
  readonly passes: (direction: Direction) => boolean;
  /** What its Allow and Pass rules open, by the index of the rule; undefined for other rules. */
  readonly holes: (direction: Direction) => readonly (Hole | undefined)[];
  /** Whether its rules say something else to IPv6 than to IPv4. */
  readonly isFamilySensitive: (direction: Direction) => boolean;
}

/** The facts of a policy in a cluster without network sets. Both the policy and its facts are immutable: never stale. */
export const factsOf = rememberByOwner({ name: 'facts of policies' }, (policy: Policy) => readFacts(policy));

/** The facts of a policy whose rules find addresses by some network sets; they go with the policy or the sets. */
export function factsAmong(sets: NetworkSets, policy: Policy): PolicyFacts {
  return factsBySets(sets)(policy);
}

const factsBySets = rememberByOwner({ name: 'facts among network sets' }, (sets: NetworkSets) =>
  rememberByOwner({ name: 'facts of policies among some network sets' }, (policy: Policy) =>
    readFacts(policy, sets),
  ),
);

/** `sets` are network sets that its rules find addresses by, where there are any. */
function readFacts(policy: Policy, sets?: NetworkSets): PolicyFacts {
  const podSelectors: Selector[] = [];
  for (const direction of directions) addPodEndSelectors(podSelectors, policy, direction);
  const namespaceAtoms: Atom[] = [];
  let asksAccounts = false;
  let size = 0;
  const note = (atom: Atom) => {
    size++;
    if (isNamespaceKey(atom.key)) namespaceAtoms.push(atom);
    else asksAccounts ||= isAccountKey(atom.key);
  };
  eachAtom(policy.claims, note);
  for (const selector of podSelectors) eachAtom(selector, note);
  const needs = neededValue(policy.claims);
  const known: Partial<Record<Direction, Readonly<Record<Family, readonly GenericRule[]>>>> = {};
  const rules = (direction: Direction, family: Family) =>
    (known[direction] ??= genericRules(policy, direction, sets))[family];
  const knownTransport: Partial<Record<`${Direction} ${Family}`, readonly GenericRule[]>> = {};
  const transport = (direction: Direction, family: Family) =>
    (knownTransport[`${direction} ${family}`] ??= transportRules(policy, direction, family, sets));
  const shares: Partial<Record<Direction, TransportShare>> = {};
  const sensitive: Partial<Record<Direction, boolean>> = {};
  const knownHoles: Partial<Record<Direction, readonly (Hole | undefined)[]>> = {};
  return {
    podSelectors,
    size,
    namespaceAtoms,
    asksAccounts,
    asksOtherNamespaces: namespaceAtoms.some((atom) => !isOwnNamespace(atom, policy)),
    ...(needs ? { needs } : {}),
    rules,
    transport,
    openShare: (direction) => (shares[direction] ??= openShareOf(policy, direction, sets)),
    passes: (direction) => rulesOf(policy, direction).some(({ action }) => action === 'Pass'),
    holes: (direction) =>
      (knownHoles[direction] ??= rulesOf(policy, direction).map((rule) =>
        holeOf(policy, rule, direction, sets),
      )),
    isFamilySensitive: (direction) =>
      (sensitive[direction] ??=
        (sets !== undefined && podSelectors.length > 0) ||
        !isSame(rules(direction, 'IPv4'), rules(direction, 'IPv6'))),
  };
}

/** Whether what a policy does can hang on which network sets there are. */
export function asksForSets(
  policy: Policy,
  { podSelectors }: PolicyFacts,
  { largeSignature }: NetworkSets,
): boolean {
  if (podSelectors.length > 0) return true;
  return (
    largeSignature !== '' && directions.some((direction) => rulesOf(policy, direction).some(asksForLabels))
  );
}

function asksForLabels({ source, destination }: PolicyRule): boolean {
  return [source, destination].some(({ selector, notSelector }) => selector ?? notSelector);
}

/** What the rules of a policy ask of the labels of the selected pod itself. */
function addPodEndSelectors(selectors: Selector[], policy: Policy, direction: Direction): void {
  for (const { source, destination } of rulesOf(policy, direction)) {
    const { selector, notSelector } = direction === 'Ingress' ? destination : source;
    if (selector) selectors.push(selector);
    if (notSelector) selectors.push(notSelector);
  }
}

function isOwnNamespace(atom: Atom, { namespace }: Policy): boolean {
  return atom.key === 'projectcalico.org/namespace' && atom.kind === 'equals' && atom.value === namespace;
}

function neededValue(selector: Selector): PolicyFacts['needs'] {
  switch (selector.kind) {
    case 'equals':
      return isNamespaceKey(selector.key) ? { key: selector.key, values: [selector.value] } : undefined;
    case 'in':
      return isNamespaceKey(selector.key) ? { key: selector.key, values: selector.values } : undefined;
    case 'and':
      return selector.operands.map(neededValue).find((needs) => needs !== undefined);
    default:
      return undefined;
  }
}

function isSame(left: readonly GenericRule[], right: readonly GenericRule[]): boolean {
  const isPlain = (rule: GenericRule) =>
    rule.inside.length + rule.outside.length === 0 &&
    rule.podNets === undefined &&
    rule.podNotNets === undefined;
  return (
    left.length === right.length &&
    left.every((rule, index) => rule.index === right[index]?.index) &&
    [...left, ...right].every(isPlain)
  );
}
