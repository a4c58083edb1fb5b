import { bitsOf, type Family } from './address.ts';
import type { Net } from './net.ts';

/** Addresses of one family from `first` to `last`, both included. */
export interface AddressRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** The addresses of a family that lie in at least one block: ascending ranges with gaps between them. */
export function unionOf(nets: readonly Net[], family: Family): readonly AddressRange[] {
  const ranges = nets.filter((net) => net.family === family).map(rangeOf);
  ranges.sort((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0));
  const union: { readonly first: bigint; last: bigint }[] = [];
  for (const { first, last } of ranges) {
    const previous = union.at(-1);
    if (!previous || first > previous.last + 1n) union.push({ first, last });
    else if (last > previous.last) previous.last = last;
  }
  return union;
}

/** The addresses of a family that lie in no block, ascending. */
export function complementOf(nets: readonly Net[], family: Family): readonly AddressRange[] {
  const complement: AddressRange[] = [];
  let next = 0n;
  for (const { first, last } of unionOf(nets, family)) {
    if (first > next) complement.push({ first: next, last: first - 1n });
    next = last + 1n;
  }
  const end = 1n << BigInt(bitsOf(family));
  if (next < end) complement.push({ first: next, last: end - 1n });
  return complement;
}

/** The share of a family's addresses that the ranges hold, from 0 to 1. */
export function shareOf(ranges: readonly AddressRange[], family: Family): number {
  const size = ranges.reduce((sum, { first, last }) => sum + (last - first + 1n), 0n);
  return Number(size) / 2 ** bitsOf(family);
}

/** How many addresses of a family blocks hold together, each counted once: overlapping, nested, in any order. */
export function countAddresses(nets: readonly Net[], family: Family): bigint {
  return unionOf(nets, family).reduce((count, { first, last }) => count + last - first + 1n, 0n);
}

/** Whether blocks hold, together, every address of another one. */
export function holdTogether(nets: readonly Net[], inner: Net): boolean {
  const { first, last } = rangeOf(inner);
  return unionOf(nets, inner.family).some((range) => range.first <= first && last <= range.last);
}

export function rangeOf({ family, address, length }: Net): AddressRange {
  return { first: address, last: address + (1n << BigInt(bitsOf(family) - length)) - 1n };
}
