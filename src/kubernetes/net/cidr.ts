import { isIPv4, isIPv6 } from 'node:net';

/** A network: an address whose first `prefix` bits count. */
export interface Cidr {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

/** Whether a text is a network such as `10.0.0.0/8`, as Go's `net.ParseCIDR` has it: with any zeros before the prefix. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; undefined where Go's `net.ParseCIDR` refuses it. */
export function parseCidr(text: string): Cidr | undefined {
  return networkIn(text, /^0*[0-9]{1,3}$/);
}

/**
 * Reads a network or, as Linkerd's policy controller does, a single address as the network of that address.
 * Source: Linkerd policy-controller/k8s/api network.rs; the parser of Rust's ipnet takes a prefix of two digits for
 * IPv4, of three for IPv6.
 */
export function parseCidrOrAddress(text: string): Cidr | undefined {
  const address = parseAddress(text);
  if (address) return { ...address, prefix: address.bits };
  return networkIn(text, text.includes(':') ? /^[0-9]{1,3}$/ : /^[0-9]{1,2}$/);
}

function networkIn(text: string, prefixes: RegExp): Cidr | undefined {
  const slash = text.indexOf('/');
  const digits = text.slice(slash + 1);
  if (slash < 0 || !prefixes.test(digits)) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const prefix = Number(digits);
  return address && prefix <= address.bits ? { ...address, prefix } : undefined;
}

/** Whether every address of a network is in another one. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return (
    outer.bits === inner.bits &&
    outer.prefix <= inner.prefix &&
    networkOf(outer.address, outer) === networkOf(inner.address, outer)
  );
}

function networkOf(address: bigint, { bits, prefix }: Cidr): bigint {
  return address >> BigInt(bits - prefix);
}

function parseAddress(text: string): Pick<Cidr, 'bits' | 'address'> | undefined {
  if (isIPv4(text)) return { bits: 32, address: joinParts(text.split('.').map(Number), 8) };
  if (!isAddress6(text)) return undefined;
  return { bits: 128, address: joinParts(expandIPv6(text), 16) };
}

/** An IPv6 address without a zone. */
function isAddress6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

/** The eight groups of a valid IPv6 address. */
function expandIPv6(text: string): number[] {
  const dotted = /^(.*:)([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$/.exec(text);
  if (dotted) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(2).map(Number);
    return expandIPv6(`${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  const [head = '', tail] = text.split('::', 2);
  const first = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const missing = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array.from({ length: missing }, () => 0), ...last];
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function joinParts(parts: readonly number[], bits: number): bigint {
  return parts.reduce((sum, part) => (sum << BigInt(bits)) | BigInt(part), 0n);
}
