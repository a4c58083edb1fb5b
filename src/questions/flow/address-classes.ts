import { writtenNets, type PolicyWorld } from '../../calico/index.ts';
import { type Address, bitsOf, printAddress } from '../../kubernetes/net/address.ts';
import { containsNet, type Net, printNet } from '../../kubernetes/net/net.ts';
import { listInWords } from '../../text/list.ts';
import type { WantedEnd } from './read-question.ts';
import type { AddressesFound } from './flow-end.ts';

/**
 * The addresses of a block in classes that no rule tells apart: each block that is written in a rule or a network set
 * within it, without the smaller ones in that.
 * @returns one for each; named as the block was where that is one class
 */
export function addressClasses(
  { name: wanted, net, except }: WantedEnd & { readonly kind: 'addresses' },
  world: PolicyWorld,
): readonly AddressesFound[] {
  const bits = bitsOf(net.family);
  if (net.length === bits)
    return [
      {
        kind: 'addresses',
        name: printAddress(net),
        ip: printAddress(net),
        nets: [printNet(net)],
        notNets: [],
      },
    ];
  const within = distinct([...writtenNets(world), ...except].filter((one) => containsNet(net, one)));
  const blocks = distinct([net, ...within]);
  return blocks.flatMap((block): AddressesFound[] => {
    if (except.some((one) => containsNet(one, block))) return [];
    const inside = blocks.filter((one) => one.length > block.length && containsNet(block, one));
    const address = firstOutside(block, inside, bits);
    if (!address) return [];
    const notNets = outermost(inside).map(printNet);
    const isWhole = block === net && inside.every((one) => except.some((left) => containsNet(left, one)));
    const rest = notNets.length > 0 ? ` without ${listInWords(notNets, { most: 3 })}` : '';
    const name = isWhole ? wanted : `${printNet(block)}${rest}`;
    return [{ kind: 'addresses', name, ip: printAddress(address), nets: [printNet(block)], notNets }];
  });
}

function distinct(nets: readonly Net[]): readonly Net[] {
  return [...new Map(nets.map((net) => [printNet(net), net])).values()];
}

/** Those that lie in no other. */
function outermost(nets: readonly Net[]): readonly Net[] {
  return nets
    .filter((net) => !nets.some((other) => other.length < net.length && containsNet(other, net)))
    .sort((left, right) => compare(left.address, right.address));
}

/** The first address of a block that is in none of the blocks inside it. */
function firstOutside(
  { address: first, family, length }: Net,
  inside: readonly Net[],
  bits: number,
): Address | undefined {
  const end = first + (1n << BigInt(bits - length));
  let address = first;
  for (const one of [...inside].sort((left, right) => compare(left.address, right.address))) {
    if (one.address > address) break;
    const next = one.address + (1n << BigInt(bits - one.length));
    if (next > address) address = next;
  }
  return address < end ? { family, address } : undefined;
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
