import { isIPv4, isIPv6 } from 'node:net';

/** A network: an address whose first `prefix` bits count. */
export interface Cidr {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

/** Whether a text is a network such as `10.0.0.0/8`, as Go's `net.ParseCIDR` has it. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const address = text.slice(0, slash);
  const prefix = text.slice(slash + 1);
  if (slash < 0 || !/^[0-9]{1,3}$/.test(prefix)) return false;
  return isIPv4(address) ? Number(prefix) <= 32 : isAddress6(address) && Number(prefix) <= 128;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; undefined where Go's `net.ParseCIDR` refuses it. */
export function parseCidr(text: string): Cidr | undefined {
  if (!isCidr(text)) return undefined;
  const [host = '', prefix] = text.split('/');
  const address = parseAddress(host);
  return address ? { ...address, prefix: Number(prefix) } : undefined;
}

/** Reads a network or, as Linkerd's policy controller does, a single address as the network of that address. */
export function parseCidrOrAddress(text: string): Cidr | undefined {
  const address = parseAddress(text);
  return address ? { ...address, prefix: address.bits } : parseCidr(text);
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
