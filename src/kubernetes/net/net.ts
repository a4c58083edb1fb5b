import {
  type Address,
  bitsOf,
  type Family,
  isMapped,
  parseAddress,
  parseWritten,
  printAddress,
} from './address.ts';

/** A block of addresses: those that share the first `length` bits with `address`, whose other bits are zero. */
export interface Net {
  readonly family: Family;
  readonly address: bigint;
  readonly length: number;
}

/**
 * Reads a CIDR or a single address, which is a block of one; undefined where the text is neither.
 * As strict as Go's net.ParseCIDR: four decimal bytes without leading zeros, no zone, a mask within the family.
 * Source: Calico libcalico-go/lib/net/ipnet.go, ParseCIDROrIP.
 */
export function parseNet(text: string): Net | undefined {
  return text.includes('/') ? parseCidr(text) : netOfAddress(parseAddress(text));
}

/** Reads a CIDR, bits behind the mask cut off; undefined where the text is none, a single address included. */
export function parseCidr(text: string): Net | undefined {
  const slash = text.indexOf('/');
  const written = slash < 0 ? undefined : parseWritten(text.slice(0, slash));
  const mask = text.slice(slash + 1);
  if (!written || !/^\d{1,7}$/.test(mask) || Number(mask) > bitsOf(written.family)) return undefined;
  const length = Number(mask);
  const address = maskedAddress(written, length);
  return isMapped({ family: written.family, address })
    ? { family: 4, address: address & 0xffff_ffffn, length: length - 96 }
    : { family: written.family, address, length };
}

/** Whether every address of `inner` lies in `outer`. */
export function containsNet(outer: Net, inner: Net): boolean {
  return (
    outer.family === inner.family &&
    outer.length <= inner.length &&
    maskedAddress(inner, outer.length) === outer.address
  );
}

export function containsAddress(net: Net, address: Address): boolean {
  return net.family === address.family && maskedAddress(address, net.length) === net.address;
}

/** Whether two blocks share an address: then one contains the other. */
export function overlaps(left: Net, right: Net): boolean {
  return containsNet(left, right) || containsNet(right, left);
}

/** The usual way to write a block, always with its mask. */
export function printNet(net: Net): string {
  return `${printAddress(net)}/${net.length}`;
}

function netOfAddress(address: Address | undefined): Net | undefined {
  return address && { ...address, length: bitsOf(address.family) };
}

function maskedAddress({ family, address }: Address, length: number): bigint {
  const rest = BigInt(bitsOf(family) - length);
  return (address >> rest) << rest;
}
