import { blocksOfParts } from '../../calico/index.ts';
import type { Family } from '../../kubernetes/net/address.ts';
import { type Net, printNet, readNet } from '../../kubernetes/net/net.ts';
import { holdTogether } from '../../kubernetes/net/ranges.ts';
import { internetBlocks } from '../flow/read-question.ts';
import type { AddressesEnd } from './connections-answer.ts';
import type { GatheredPart } from './gather-ends.ts';

/** Makes ends of parts of the addresses: the same end for the same parts. */
export function createAddressEnds(): {
  readonly endOf: (parts: readonly GatheredPart[], family: Family) => AddressesEnd;
} {
  const known = new Map<string, AddressesEnd>();
  const ids = new Map<string, number>();
  return {
    endOf: (parts, family) => {
      const key = `${family} ${parts.map(({ part }) => part.address.address).join()}`;
      const found = known.get(key);
      if (found) return found;
      const nets = blocksOfParts(
        parts.map(({ part }) => part),
        family,
      );
      const blocks = nets.map(printNet);
      const name = nameOf(nets, family);
      const base = idOf(blocks, name, family);
      const count = (ids.get(base) ?? 0) + 1;
      ids.set(base, count);
      const end: AddressesEnd = {
        id: count === 1 ? base : `${base} (${count})`,
        kind: 'addresses',
        family: familyNames[family],
        blocks,
        ...(name ? { name } : {}),
      };
      known.set(key, end);
      return end;
    },
  };
}

export const familyNames = { 4: 'IPv4', 6: 'IPv6' } as const;

const mostBlocks = 3;

function idOf(blocks: readonly string[], name: AddressesEnd['name'], family: Family): string {
  if (name === 'anywhere') return `${name} (${familyNames[family]})`;
  const shown = blocks.slice(0, mostBlocks).join(', ');
  const list = blocks.length > mostBlocks ? `${shown} and ${blocks.length - mostBlocks} more` : shown;
  return name ? `${name} (${familyNames[family]}, ${blocks.length} blocks)` : list;
}

function nameOf(nets: readonly Net[], family: Family): AddressesEnd['name'] {
  const [first] = nets;
  if (nets.length === 1 && first?.length === 0) return 'anywhere';
  return publicBlocks[family].every((block) => holdTogether(nets, block)) ? 'internet' : undefined;
}

/** Every public address, as blocks. Source for IPv6: RFC 4291 §2.4, the addresses that are given out. */
const publicBlocks: Readonly<Record<Family, readonly Net[]>> = {
  4: internetBlocks(),
  6: [readNet('2000::/3', 'go') ?? { family: 6, address: 0n, length: 0 }],
};
