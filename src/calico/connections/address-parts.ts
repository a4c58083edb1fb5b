import { type Address, bitsOf, type Family } from '../../kubernetes/net/address.ts';
import { containsNet, type Net, printNet } from '../../kubernetes/net/net.ts';
import { type AddressRange, rangeOf } from '../../kubernetes/net/ranges.ts';

/** Addresses of a family that no rule tells apart: a block without the smaller ones in it. */
export interface AddressPart {
  /** One of them. */
  readonly address: Address;
  /** All of them, ascending. */
  readonly ranges: readonly AddressRange[];
}

interface Block {
  readonly net: Net;
  /** The largest blocks inside. */
  readonly inside: Net[];
}

/**
 * All addresses of a family in parts that some blocks do not tell apart.
 * @param nets every block that tells addresses apart, from `writtenNets`
 * @example
 * addressParts([{ family: 4, address: 0n, length: 1 }], 4).length; // 2
 */
export function addressParts(nets: Iterable<Net>, family: Family): readonly AddressPart[] {
  const everything: Net = { family, address: 0n, length: 0 };
  const distinct = new Map([[printNet(everything), everything]]);
  for (const net of nets) if (net.family === family) distinct.set(printNet(net), net);
  const sorted = [...distinct.values()].sort((one, other) =>
    one.address === other.address ? one.length - other.length : one.address < other.address ? -1 : 1,
  );
  const blocks: Block[] = [];
  const around: Block[] = [];
  for (const net of sorted) {
    while (around.length > 0 && !containsNet(around.at(-1)?.net ?? everything, net)) around.pop();
    around.at(-1)?.inside.push(net);
    const block = { net, inside: [] };
    blocks.push(block);
    around.push(block);
  }
  return blocks.flatMap(({ inside, net }): AddressPart[] => {
    const ranges = rangesBeside(net, inside);
    const [first] = ranges;
    return first ? [{ address: { family, address: first.first }, ranges }] : [];
  });
}

/** What of a block lies in none of some blocks in it, which are ascending and do not overlap. */
function rangesBeside(net: Net, inside: readonly Net[]): readonly AddressRange[] {
  const { first, last } = rangeOf(net);
  const ranges: AddressRange[] = [];
  let next = first;
  for (const one of inside.map(rangeOf)) {
    if (one.first > next) ranges.push({ first: next, last: one.first - 1n });
    next = one.last + 1n;
  }
  if (next <= last) ranges.push({ first: next, last });
  return ranges;
}

/**
 * The addresses of several parts as blocks: the fewest that hold them and nothing else, ascending.
 * @example
 * const [half, rest] = addressParts([{ family: 4, address: 0n, length: 1 }], 4);
 * blocksOfParts([half, rest], 4).map(({ length }) => length); // [0]
 */
export function blocksOfParts(parts: readonly AddressPart[], family: Family): readonly Net[] {
  const ranges = parts
    .flatMap((part) => part.ranges)
    .sort((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0));
  const blocks: Net[] = [];
  let [from, to] = [ranges[0]?.first ?? 0n, ranges[0]?.last ?? -1n];
  for (const { first, last } of ranges) {
    if (first > to + 1n) {
      cover(from, to, family, blocks);
      from = first;
    }
    if (last > to) to = last;
  }
  cover(from, to, family, blocks);
  return blocks;
}

/** Puts the fewest blocks that hold a range into a list: each the largest that begins where the last one ended. */
function cover(from: bigint, to: bigint, family: Family, blocks: Net[]): void {
  const bits = bitsOf(family);
  let next = from;
  while (next <= to) {
    let size = 0;
    while (size < bits && (next >> BigInt(size)) % 2n === 0n && next + (2n << BigInt(size)) - 1n <= to)
      size++;
    blocks.push({ family, address: next, length: bits - size });
    next += 1n << BigInt(size);
  }
}
