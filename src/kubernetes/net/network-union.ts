import type { Cidr } from './cidr.ts';

/** Addresses from one to another, both included. */
interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/** How many addresses of a family networks hold together, each counted once: overlapping, nested, in any order. */
export function countAddresses(networks: readonly Cidr[], bits: Cidr['bits']): bigint {
  return unionOf(networks, bits).reduce((count, { first, last }) => count + last - first + 1n, 0n);
}

/** Whether networks hold, together, every address of another one. */
export function holdTogether(networks: readonly Cidr[], inner: Cidr): boolean {
  const { first, last } = intervalOf(inner);
  return unionOf(networks, inner.bits).some((interval) => interval.first <= first && last <= interval.last);
}

/** Disjoint intervals in order, none touching the next. */
function unionOf(networks: readonly Cidr[], bits: Cidr['bits']): readonly Interval[] {
  const intervals = networks.filter((network) => network.bits === bits).map(intervalOf);
  intervals.sort((a, b) => (a.first < b.first ? -1 : 1));
  const union: Interval[] = [];
  for (const interval of intervals) {
    const before = union.at(-1);
    if (!before || before.last + 1n < interval.first) union.push(interval);
    else if (before.last < interval.last) union[union.length - 1] = { ...before, last: interval.last };
  }
  return union;
}

function intervalOf({ address, bits, prefix }: Cidr): Interval {
  const host = BigInt(bits - prefix);
  const first = (address >> host) << host;
  return { first, last: first + (1n << host) - 1n };
}
