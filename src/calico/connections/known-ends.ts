import { type Family, families, parseAddress } from '../../kubernetes/net/address.ts';
import { type FoundEnd, resolveEnd } from '../flow/evaluate-flow.ts';
import type { ResolvedEnd } from '../flow/match-rule.ts';
import type { PossibleEnd } from '../flow/possible-flow.ts';
import { type Asked, createAsking, createSetSearch } from '../flow/rule-match.ts';
import { isSupposed, supposePod, type SupposedPod } from '../flow/supposed-pod.ts';
import type { Peer } from '../policy/policy-rule.ts';
import type { Selector } from '../selector/ast.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** An end of connections with all that rules ask of it. */
export interface KnownEnd {
  readonly pod?: SupposedPod;
  /** False for a pod of which the addresses are not known. */
  readonly hasAddress: boolean;
  /** The families in which it has an address, or may have one. */
  readonly families: readonly Family[];
  readonly resolved: (family: Family) => ResolvedEnd;
  readonly asked: (family: Family) => (peer: Peer) => Asked;
}

/** The ends of connections in a world, and what a selector can find besides them. */
export interface KnownEnds {
  readonly ends: readonly KnownEnd[];
  /** Whether a selector finds a network set or host endpoint, in which any pod without an address may lie. */
  readonly inSet: (selector: Selector) => boolean;
}

/** Reads the ends of connections; a text that is no address is an end without a family, which nothing reaches. */
export function knowEnds(world: PolicyWorld, ends: readonly PossibleEnd[]): KnownEnds {
  const inSet = createSetSearch(world);
  return { ends: ends.map((end) => knowEnd(world, end, inSet)), inSet };
}

function knowEnd(world: PolicyWorld, end: PossibleEnd, inSet: KnownEnds['inSet']): KnownEnd {
  const pod = 'pod' in end ? (isSupposed(end.pod) ? end.pod : supposePod(world, end.pod)) : undefined;
  const address = 'ip' in end ? parseAddress(end.ip) : undefined;
  const found: FoundEnd = pod
    ? { pod: pod.endpoint, supposed: true, addresses: pod.endpoint.addresses }
    : { addresses: address ? [address] : [] };
  const { addresses } = found;
  const isOpen = pod !== undefined && addresses.length === 0;
  const resolved = byFamily((family) => resolveEnd(world, found, family, 0));
  const asked = byFamily((family) => createAsking(world, pod?.endpoint, family, inSet));
  return {
    ...(pod ? { pod } : {}),
    hasAddress: addresses.length > 0,
    families: families.filter((family) => isOpen || addresses.some((one) => one.family === family)),
    resolved,
    asked,
  };
}

/** Each made once, when it is asked for. */
function byFamily<Value>(make: (family: Family) => Value): (family: Family) => Value {
  const made = new Map<Family, Value>();
  return (family) => {
    const known = made.get(family);
    if (known !== undefined) return known;
    const value = make(family);
    made.set(family, value);
    return value;
  };
}
