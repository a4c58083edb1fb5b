import { type Direction, directions, type Policy } from '../policy/policy.ts';
import type { Peer } from '../policy/rule.ts';
import type { Selector } from '../selector/ast.ts';
import { atomsByKey } from '../selector/atoms.ts';
import type { Atom } from '../selector/evaluate.ts';
import type { Family } from './coverage.ts';
import { type GenericRule, genericRules } from './generic-rule.ts';

/** What coverage needs to know of a policy whichever namespace is judged. */
export interface PolicyFacts {
  /** The conditions on labels that a pod's namespace decides. */
  readonly namespaceAtoms: readonly Atom[];
  /** Whether the policy can tell service accounts apart. */
  readonly asksAccounts: boolean;
  /** Whether what it says of its namespace depends on more than that it is its namespace. */
  readonly asksOtherNamespaces: boolean;
  /** A label of the namespace and the values of which it must have one for any of its pods to be selected. */
  readonly needs?: { readonly key: string; readonly values: readonly string[] };
  readonly rules: (direction: Direction, family: Family) => readonly GenericRule[];
  /** Whether its rules say something else to IPv6 than to IPv4. */
  readonly isFamilySensitive: (direction: Direction) => boolean;
}

export function factsOfPolicy(policy: Policy): PolicyFacts {
  const ends = directions.flatMap((direction) => podEnds(policy, direction));
  const selectors = [policy.claims, ...ends.flatMap(({ selector, notSelector }) => [selector, notSelector])];
  const asked = atomsByKey(...selectors.filter((selector) => selector !== undefined));
  const keys = [...asked.keys()];
  const namespaceAtoms = keys.filter(isNamespaceKey).flatMap((key) => asked.get(key) ?? []);
  const needs = neededValue(policy.claims);
  const rules = new Map<string, readonly GenericRule[]>();
  const rulesFor = (direction: Direction, family: Family) => {
    const key = `${direction} ${family}`;
    const known = rules.get(key) ?? genericRules(policy, direction, family);
    rules.set(key, known);
    return known;
  };
  return {
    namespaceAtoms,
    asksAccounts: keys.some((key) => key === 'projectcalico.org/serviceaccount' || key.startsWith('pcsa.')),
    asksOtherNamespaces: namespaceAtoms.some((atom) => !isOwnNamespace(atom, policy)),
    ...(needs ? { needs } : {}),
    rules: rulesFor,
    isFamilySensitive: (direction) => !isSame(rulesFor(direction, 'IPv4'), rulesFor(direction, 'IPv6')),
  };
}

/** Whether a label of a pod is decided by its namespace. */
export function isNamespaceKey(key: string): boolean {
  return key.startsWith('pcns.') || key === 'projectcalico.org/namespace';
}

/** The ends of a policy's rules that are the selected pod itself. */
function podEnds(policy: Policy, direction: Direction): readonly Peer[] {
  return direction === 'Ingress'
    ? policy.ingress.map((rule) => rule.destination)
    : policy.egress.map((rule) => rule.source);
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
    !rule.nets && !rule.notNets && rule.podNets === undefined && rule.podNotNets === undefined;
  return (
    left.length === right.length &&
    left.every((rule, index) => rule.index === right[index]?.index) &&
    [...left, ...right].every(isPlain)
  );
}
