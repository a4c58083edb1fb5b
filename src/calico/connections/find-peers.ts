import type { Family } from '../../kubernetes/net/address.ts';
import type { Peer } from '../policy/policy-rule.ts';
import type { Selector } from '../selector/ast.ts';
import { atomsByKey } from '../selector/atoms.ts';
import { resolveSelector } from '../selector/resolve.ts';
import { podLabels } from '../state/endpoint-labels.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import type { KnownEnd, KnownEnds } from './known-ends.ts';

/** Finds the ends that one side of a rule may match, without a look at each of them. */
export interface Finder {
  readonly ends: readonly KnownEnd[];
  readonly count: number;
  /** The ends to be looked at; those of a group that are alike give the same answer. */
  readonly candidates: (peer: Peer, family: Family) => readonly Candidates[];
}

interface Candidates {
  readonly ends: readonly number[];
  readonly areAlike: boolean;
}

/**
 * Creates a finder. Pods of which no address is known are gathered by namespace: where what a selector asks of the namespace
 * rules it out, none of its pods is looked at.
 */
export function createFinder(world: PolicyWorld, { ends, inSet }: KnownEnds): Finder {
  const numbers = ends.map((_, number) => number);
  // An end that is neither a pod nor an address is found by nothing, and speaks for no pod.
  const open = numbers.filter((number) => ends[number]?.pod && !ends[number].hasAddress);
  const placed = numbers.filter((number) => ends[number]?.hasAddress === true);
  const byNamespace = Map.groupBy(open, (number) => ends[number]?.pod?.endpoint.namespace ?? '');
  const placedIn = new Map<Family, readonly number[]>();
  const openFor = new Map<Selector, readonly number[]>();
  const mayFind = (selector: Selector): readonly number[] => {
    const known = openFor.get(selector);
    if (known) return known;
    const keys = [...atomsByKey(selector).keys()];
    const isOut = (namespace: string) => resolveSelector(selector, knownOf(world, namespace, keys)) === false;
    const found = inSet(selector)
      ? open
      : [...byNamespace].flatMap(([namespace, pods]) => (isOut(namespace) ? [] : pods));
    openFor.set(selector, found);
    return found;
  };
  return {
    ends,
    count: ends.length,
    candidates: (peer, family) => {
      const { notPorts, notSelector, ports, selector } = peer;
      const asksName = [...ports, ...notPorts].some((port) => 'name' in port);
      const areAlike = !selector && !notSelector && !asksName;
      const withAddress =
        placedIn.get(family) ?? placed.filter((number) => ends[number]?.families.includes(family));
      placedIn.set(family, withAddress);
      return [
        { ends: selector ? mayFind(selector) : open, areAlike },
        { ends: withAddress, areAlike: false },
      ];
    },
  };
}

/** What is known of the labels that every pod of a namespace has from it. */
function knownOf(
  world: PolicyWorld,
  namespace: string,
  keys: readonly string[],
): ReadonlyMap<string, string | undefined> {
  const labelOf = podLabels(world, { namespace, labels: {}, serviceAccount: '' });
  const knowsLabels = valueAt(world.namespaces, namespace) !== undefined;
  const isKnown = (key: string) =>
    key === 'projectcalico.org/namespace' || (knowsLabels && key.startsWith('pcns.'));
  return new Map(keys.filter(isKnown).map((key) => [key, labelOf(key)]));
}
