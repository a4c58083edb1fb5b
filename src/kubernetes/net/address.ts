import { isIPv4, isIPv6 } from 'node:net';

/** A version of IP. */
export type Family = 4 | 6;

export const families: readonly Family[] = [4, 6];

/** An IP address as a number; an IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) is an IPv4 address. */
export interface Address {
  readonly family: Family;
  readonly address: bigint;
}

/** The number of bits of an address. */
export function bitsOf(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/**
 * Reads an IP address as Go's net.ParseIP does: no leading zeros in IPv4, no zone in IPv6; undefined where the text
 * is none.
 */
export function parseAddress(text: string): Address | undefined {
  const written = parseWritten(text);
  return written && isMapped(written) ? { family: 4, address: written.address & 0xffff_ffffn } : written;
}

/** An address in the family it is written in, so that a mask can be read in the same. */
export function parseWritten(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, address: ipv4Bits(text) };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, address: ipv6Bits(text) };
  return undefined;
}

/** Whether an IPv6 address stands for an IPv4 address, `::ffff:0:0/96`. */
export function isMapped({ family, address }: Address): boolean {
  return family === 6 && address >> 32n === 0xffffn;
}

/** The usual way to write an address: dotted IPv4, IPv6 with its longest run of zeros left out. */
export function printAddress({ family, address }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (address >> BigInt(112 - 16 * index)) & 0xffffn);
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = text.match(/\b0(:0)+\b/g) ?? [];
  const longest = runs.toSorted((left, right) => right.length - left.length)[0];
  return longest === undefined ? text : text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}

function ipv4Bits(text: string): bigint {
  let bits = 0;
  let byte = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === dot) [bits, byte] = [bits * 256 + byte, 0];
    else byte = byte * 10 + code - zero;
  }
  return BigInt(bits * 256 + byte);
}

const [dot, zero] = [0x2e, 0x30];

function groupsOfIPv4(text: string): string {
  const bits = ipv4Bits(text);
  return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
}

function ipv6Bits(text: string): bigint {
  const tail = text.includes('.') ? text.slice(text.lastIndexOf(':') + 1) : undefined;
  const groups = tail === undefined ? text : text.slice(0, -tail.length) + groupsOfIPv4(tail);
  const [head = '', rest] = groups.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  let digits = '0x';
  for (const group of left) digits += group.padStart(4, '0');
  digits += '0000'.repeat(8 - left.length - right.length);
  for (const group of right) digits += group.padStart(4, '0');
  return BigInt(digits);
}
