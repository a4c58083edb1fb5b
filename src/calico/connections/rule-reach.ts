import type { Family } from '../../kubernetes/net/address.ts';
import { matchesPlace, portsNamed, type ResolvedEnd, slicesHolding } from '../flow/match-rule.ts';
import { appliesToFamily, icmp, icmpV6 } from '../policy/applies-to-family.ts';
import type { Direction } from '../policy/policy.ts';
import type { IcmpMatch, Peer, PolicyRule, Port } from '../policy/policy-rule.ts';
import type { FlowIndex } from '../flow/flow-index.ts';
import {
  common,
  noNumbers,
  type NumberSet,
  numberSet,
  printNumbers,
  without,
} from '../../kubernetes/net/number-set.ts';
import { type EndSet, put } from './end-set.ts';
import type { KnownEnd } from './known-ends.ts';
import type { Finder } from './find-peers.ts';

/** One protocol in one family. */
export interface Universe {
  readonly family: Family;
  /** Its IP protocol number. */
  readonly protocol: number;
  /** All that rules tell apart within it: ports, or for ICMP the type and the code as one number. */
  readonly all: NumberSet;
  readonly index: FlowIndex;
}

/** Ends of which some numbers match a rule, for certain or maybe. */
export interface Reach {
  readonly ends: EndSet;
  readonly numbers: NumberSet;
  readonly isSure: boolean;
}

export const allPorts: NumberSet = [[1, 65_535]];
export const allIcmp: NumberSet = [[0, 65_535]];

export function isIcmp({ protocol }: Pick<Universe, 'protocol'>): boolean {
  return protocol === icmp || protocol === icmpV6;
}

/** The part of a rule that is about no end: the numbers of a protocol that it leaves; none where it is about another. */
export function numbersOfRule(rule: PolicyRule, universe: Universe): NumberSet {
  const { notProtocol, protocol } = rule;
  if (!appliesToFamily(rule, universe.family)) return noNumbers;
  if (protocol && protocol.number !== universe.protocol) return noNumbers;
  if (notProtocol?.number === universe.protocol) return noNumbers;
  if (!isIcmp(universe)) return rule.icmp ? noNumbers : universe.all;
  const asked = rule.icmp ? numbersOfIcmp(rule.icmp) : universe.all;
  return rule.notIcmp ? without(asked, numbersOfIcmp(rule.notIcmp)) : asked;
}

/** `type << 8 | code`, as Calico's policies read both. */
function numbersOfIcmp({ code, type }: IcmpMatch): NumberSet {
  const [first, last] = type === undefined ? [0, 255] : [type, type];
  const types = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return numberSet(
    types.map((one) =>
      code === undefined ? [one * 256, one * 256 + 255] : [one * 256 + code, one * 256 + code],
    ),
  );
}

/** The numbers for which a rule matches the end whose policies it is of. */
export function reachOfOwn(
  rule: PolicyRule,
  direction: Direction,
  own: KnownEnd,
  universe: Universe,
): { readonly numbers: NumberSet; readonly isSure: boolean } | undefined {
  const side = direction === 'Egress' ? 'source' : 'destination';
  const asked = own.asked(universe.family)(rule[side]);
  if (asked === 'no') return undefined;
  const numbers = numbersAt(asked.certain, own.resolved(universe.family), side, universe);
  return numbers.length === 0 ? undefined : { numbers, isSure: asked.isAll };
}

/** The ends that a rule matches at the other side, in groups with the same numbers. */
export function reachOfPeers(
  rule: PolicyRule,
  direction: Direction,
  universe: Universe,
  { candidates, count, ends }: Finder,
): readonly Reach[] {
  const side = direction === 'Egress' ? 'destination' : 'source';
  const peer = rule[side];
  const groups = new Map<string, { readonly ends: Uint32Array } & Omit<Reach, 'ends'>>();
  const add = (end: number, numbers: NumberSet, isSure: boolean) => {
    if (numbers.length === 0) return;
    const key = `${isSure} ${printNumbers(numbers)}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { ends: new Uint32Array(Math.ceil(count / 32)), numbers, isSure }));
    put(group.ends, end);
  };
  for (const group of candidates(peer, universe.family)) {
    const [first] = group.ends;
    if (first === undefined) continue;
    const judge = (end: number) => reachOfEnd(peer, side, ends[end], universe);
    const all = group.areAlike ? judge(first) : undefined;
    for (const end of group.ends) {
      const found = group.areAlike ? all : judge(end);
      if (found) add(end, found.numbers, found.isSure);
    }
  }
  return [...groups.values()];
}

function reachOfEnd(
  peer: Peer,
  side: 'source' | 'destination',
  end: KnownEnd | undefined,
  universe: Universe,
): { readonly numbers: NumberSet; readonly isSure: boolean } | undefined {
  const asked = end?.asked(universe.family)(peer);
  if (!end || !asked || asked === 'no') return undefined;
  return {
    numbers: numbersAt(asked.certain, end.resolved(universe.family), side, universe),
    isSure: asked.isAll,
  };
}

/** The numbers of connections with an end that are as one side of a rule asks. */
function numbersAt(
  peer: Peer,
  end: ResolvedEnd,
  side: 'source' | 'destination',
  universe: Universe,
): NumberSet {
  if (!matchesPlace(peer, end)) return noNumbers;
  const { notPorts, ports, service } = peer;
  // Nothing is asked of ports: by far the most sides are so.
  if (ports.length === 0 && notPorts.length === 0 && !service) return universe.all;
  const slices = service ? slicesHolding(service, end, universe.index) : [];
  if (service && slices.length === 0) return noNumbers;
  const listed = (list: readonly Port[]) => numbersListed(list, peer, end, universe);
  if (side === 'source' || isIcmp(universe)) {
    // What a rule asks of the port that a connection comes from is left to doubt before; ICMP has none and counts as 0.
    const has0 = (set: NumberSet) => set[0]?.[0] === 0;
    const isFound = service === undefined || side === 'source' || slices.some(isWithPort0(universe));
    const matches = isFound && (ports.length === 0 || has0(listed(ports))) && !has0(listed(notPorts));
    return matches ? universe.all : noNumbers;
  }
  const offered = slices.flatMap((slice) =>
    slice.ports.flatMap(({ port, protocol }) =>
      protocol === universe.protocol ? [[port, port] as const] : [],
    ),
  );
  const asked = service ? common(universe.all, numberSet(offered)) : universe.all;
  const chosen = ports.length === 0 ? asked : common(asked, listed(ports));
  return notPorts.length === 0 ? chosen : without(chosen, listed(notPorts));
}

function isWithPort0({ protocol }: Universe) {
  return (slice: {
    readonly ports: readonly { readonly port: number; readonly protocol: number }[];
  }): boolean => slice.ports.some((entry) => entry.port === 0 && entry.protocol === protocol);
}

function numbersListed(
  list: readonly Port[],
  peer: Peer,
  end: ResolvedEnd,
  { protocol }: Universe,
): NumberSet {
  return numberSet(
    list.flatMap(
      (entry): NumberSet =>
        'first' in entry
          ? [[entry.first, entry.last]]
          : portsNamed(entry.name, peer, end, protocol).map((port) => [port, port]),
    ),
  );
}
