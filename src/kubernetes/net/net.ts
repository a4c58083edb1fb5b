import { type Address, bitsOf, type Family, isMapped, parseWritten, printAddress } from './address.ts';

/** A block of addresses: those that share the first `length` bits with `address`, whose other bits are zero. */
export interface Net {
  readonly family: Family;
  readonly address: bigint;
  readonly length: number;
}

/** Whose reading of a block is followed. */
export type NetDialect = keyof typeof dialects;

interface Dialect {
  /** How the length is written in each family. */
  readonly length: Readonly<Record<Family, RegExp>>;
  /** The family of blocks within `::ffff:0:0/96`, which hold the IPv4 addresses. */
  readonly mapped: Family;
  /** Whether an address alone is the block of that address. */
  readonly takesAddress: boolean;
}

/** Go's dtoi: any number of zeros first. */
const anyZeros = { 4: /^0*[0-9]{1,3}$/, 6: /^0*[0-9]{1,3}$/ };

const dialects = {
  /** `net.ParseCIDR` of Go (src/net/ip.go), which Calico's conversion of Kubernetes policies uses. */
  go: { length: anyZeros, mapped: 4, takesAddress: false },
  /** `ParseCIDROrIP` of Calico (libcalico-go/lib/net/ipnet.go), by which its own policies are read. */
  calico: { length: anyZeros, mapped: 4, takesAddress: true },
  /** What `net.ParseCIDR` takes and linkerd-init then hands to iptables as it is written. */
  'go-as-written': { length: anyZeros, mapped: 6, takesAddress: false },
  /**
   * Rust's crate ipnet (src/parser.rs) or else `std::net::IpAddr`, as Linkerd's policy controller reads networks
   * (policy-controller/k8s/api/src/policy/network.rs): as many digits of length as the family needs. Zeros before the
   * bytes of an IPv4 network, which ipnet alone takes, are refused here.
   */
  ipnet: { length: { 4: /^[0-9]{1,2}$/, 6: /^[0-9]{1,3}$/ }, mapped: 6, takesAddress: true },
} as const satisfies Readonly<Record<string, Dialect>>;

/**
 * Reads a block of addresses, bits behind its length cut off; undefined where the dialect has none by that text. All
 * of them want four decimal bytes without zeros before them, no zone, no blanks, and a length within the family.
 *
 * @example
 * readNet('10.1.2.3/8', 'go') // 10.0.0.0/8
 * readNet('10.1.2.3', 'calico') // 10.1.2.3/32
 */
export function readNet(text: string, dialect: NetDialect): Net | undefined {
  const { length: lengths, mapped, takesAddress }: Dialect = dialects[dialect];
  const slash = text.indexOf('/');
  if (slash < 0 && !takesAddress) return undefined;
  const written = parseWritten(slash < 0 ? text : text.slice(0, slash));
  if (!written) return undefined;
  const bits = bitsOf(written.family);
  const digits = slash < 0 ? String(bits) : text.slice(slash + 1);
  const length = Number(digits);
  if (!lengths[written.family].test(digits) || length > bits) return undefined;
  const net = blockAround(written, length);
  return mapped === 4 && isMapped(net)
    ? { family: 4, address: net.address & 0xffff_ffffn, length: length - 96 }
    : net;
}

/** The block of a length that an address is in. */
export function blockAround({ family, address }: Address, length: number): Net {
  return { family, address: maskedAddress({ family, address }, length), length };
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

function maskedAddress({ family, address }: Address, length: number): bigint {
  const rest = BigInt(bitsOf(family) - length);
  return (address >> rest) << rest;
}
