import { type Address, type Family as FamilyNumber, parseAddress } from '../../../kubernetes/net/address.ts';
import { containsAddress, type Net, readNet } from '../../../kubernetes/net/net.ts';
import { type AddressRange, complementOf, shareOf, unionOf } from '../../../kubernetes/net/ranges.ts';
import type { Family } from '../coverage.ts';
import { familyOf } from '../../../kubernetes/net/family.ts';

/** Some blocks of one family. */
export interface NetCriterion {
  readonly nets: readonly Net[];
  /** An upper bound of the share of the family's addresses. */
  readonly share: number;
  /** Whether every address of the family lies in a block. */
  readonly isEverything: boolean;
}

/** The blocks of a list that are of the family; undefined where there are none. */
export function netCriterion(nets: readonly Net[], family: FamilyNumber): NetCriterion | undefined {
  const own = nets.filter((net) => net.family === family);
  if (own.length === 0) return undefined;
  const share = own.reduce((sum, net) => sum + 2 ** -net.length, 0);
  return { nets: own, share, isEverything: share >= 1 && complementOf(own, family).length === 0 };
}

/** Where the other end of a generic flow is: which criteria its address meets. */
export interface OtherEnd {
  readonly address: Address;
  /** The share of the family's addresses that meet the same criteria. */
  readonly share: number;
  readonly liesIn: (criterion: NetCriterion) => boolean;
}

/** Blocks that are looked through, and that are cut up, before the search is given up. */
const maximumNets = 20_000;
const maximumCutNets = 512;
const maximumEnds = 256;

/**
 * The addresses that a generic flow has to be judged for: one that lies outside every list that leaves an address
 * out; where those lists leave none, one for each way to lie in them. Undefined where there are too many.
 */
export function otherEnds(
  criteria: readonly NetCriterion[],
  family: Family,
): readonly OtherEnd[] | undefined {
  if (criteria.length === 0) return anywhere[family];
  const number = familyOf(family);
  const bounded = criteria.filter(({ isEverything }) => !isEverything);
  if (bounded.reduce((sum, criterion) => sum + criterion.nets.length, 0) > maximumNets) return undefined;
  const nets = bounded.flatMap((criterion) => criterion.nets);
  const usual = usualAddresses[family].find((address) => !nets.some((net) => containsAddress(net, address)));
  if (usual) return outside(usual);
  const [free] = complementOf(nets, number);
  if (free) return outside({ family: number, address: free.first });
  return nets.length > maximumCutNets ? undefined : waysToLie(bounded, number);
}

function outside(address: Address): readonly OtherEnd[] {
  return [{ address, share: 1, liesIn: ({ isEverything }) => isEverything }];
}

/** Addresses to show first: of documentation and test networks, then well-known public ones. */
const usualAddresses: Readonly<Record<Family, readonly Address[]>> = {
  IPv4: addresses('203.0.113.77', '198.51.100.77', '192.0.2.77', '8.8.8.8', '1.1.1.1', '151.101.1.1'),
  IPv6: addresses('2001:db8:ffff::77', '3fff::77', '2001:4860:4860::8888', '2606:4700:4700::1111'),
};

const anywhere: Readonly<Record<Family, readonly OtherEnd[]>> = {
  IPv4: usualAddresses.IPv4.slice(0, 1).flatMap(outside),
  IPv6: usualAddresses.IPv6.slice(0, 1).flatMap(outside),
};

function addresses(...texts: readonly string[]): readonly Address[] {
  return texts.flatMap((text) => parseAddress(text) ?? []);
}

/** The addresses at which there can be another end of a connection: neither loopback nor multicast nor reserved. */
const usable: Readonly<Record<Family, readonly AddressRange[]>> = {
  IPv4: unionOf(
    nets(
      '1.0.0.0/8',
      '2.0.0.0/7',
      '4.0.0.0/6',
      '8.0.0.0/5',
      '16.0.0.0/4',
      '32.0.0.0/3',
      '64.0.0.0/3',
      '96.0.0.0/4',
      '112.0.0.0/5',
      '120.0.0.0/6',
      '124.0.0.0/7',
      '126.0.0.0/8',
      '128.0.0.0/2',
      '192.0.0.0/3',
    ),
    4,
  ),
  IPv6: unionOf(nets('2000::/3'), 6),
};

function nets(...texts: readonly string[]): readonly Net[] {
  return texts.flatMap((text) => readNet(text, 'calico') ?? []);
}

/** The share of a family's addresses at which there can be another end. */
export function usableShare(family: Family): number {
  return shareOf(usable[family], familyOf(family));
}

/**
 * One address for each way to lie in lists, also for those that leave addresses out: what a rule lists is the whole but
 * for what it does not list. Shares are those of the addresses at which there can be another end. Undefined where there
 * are too many.
 */
export function everyEnd(criteria: readonly NetCriterion[], family: Family): readonly OtherEnd[] | undefined {
  const bounded = criteria.filter(({ isEverything }) => !isEverything);
  const count = bounded.reduce((sum, criterion) => sum + criterion.nets.length, 0);
  return count > maximumCutNets ? undefined : waysToLie(bounded, familyOf(family), usable[family]);
}

function waysToLie(
  bounded: readonly NetCriterion[],
  family: FamilyNumber,
  among: readonly AddressRange[] = complementOf([], family),
): readonly OtherEnd[] | undefined {
  const unions = bounded.map(({ nets }) => unionOf(nets, family));
  const cuts = [...new Set([...unions.flat(), ...among].flatMap(({ first, last }) => [first, last + 1n]))];
  cuts.sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const whole = shareOf(among, family);
  const ways = new Map<
    string,
    { readonly first: bigint; readonly inside: Set<NetCriterion>; share: number }
  >();
  for (const [index, first] of cuts.entries()) {
    const next = cuts[index + 1];
    if (next === undefined) break;
    if (!among.some((range) => holds(range, first))) continue;
    const inside = bounded.filter((_, at) => (unions[at] ?? []).some((range) => holds(range, first)));
    const key = inside.map((criterion) => bounded.indexOf(criterion)).join(' ');
    const share = shareOf([{ first, last: next - 1n }], family) / whole;
    const known = ways.get(key);
    if (known) known.share += share;
    else if (ways.size === maximumEnds) return undefined;
    else ways.set(key, { first, inside: new Set(inside), share });
  }
  return [...ways.values()].map(({ first, inside, share }) => ({
    address: { family, address: first },
    share,
    liesIn: (criterion) => criterion.isEverything || inside.has(criterion),
  }));
}

function holds({ first, last }: AddressRange, address: bigint): boolean {
  return first <= address && address <= last;
}

/** Less of a family's addresses than this getting through is a hole and not an open door. */
export const wideShare = 1 / 64;
