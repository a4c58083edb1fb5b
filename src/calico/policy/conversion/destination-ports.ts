import { compareBytes } from '../../selector/byte-order.ts';

/** Ports of a destination: a range, which may be one port, or the name of a container port. */
export type DestinationPort = { readonly first: number; readonly last: number } | { readonly name: string };

/** The ports that a rule names for each protocol; `all` for every port, the empty protocol for any protocol. */
export type PortsByProtocol = ReadonlyMap<string, readonly DestinationPort[] | 'all'>;

/** What one entry of a rule's list of ports says; `any` for every port of every protocol. */
export type PortEntry = { readonly protocol: string; readonly port: DestinationPort | 'all' } | 'any';

/**
 * Gathers a rule's entries by protocol, in the order of the protocols' names; no entries at all mean any port.
 * An entry for all ports of its protocol outdoes the others, one for any port outdoes everything.
 */
export function gatherPorts(entries: readonly PortEntry[]): PortsByProtocol {
  const ports = new Map<string, DestinationPort[] | 'all'>();
  for (const entry of entries) {
    if (entry === 'any') return new Map([['', 'all']]);
    const gathered = ports.get(entry.protocol) ?? [];
    if (entry.port === 'all' || gathered === 'all') ports.set(entry.protocol, 'all');
    else ports.set(entry.protocol, [...gathered, entry.port]);
  }
  if (ports.size === 0) return new Map([['', 'all']]);
  return new Map([...ports].sort(([left], [right]) => compareBytes(left, right)));
}

/**
 * The same ports in as few ranges as possible, named ones first.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/conversion.go, SimplifyPorts.
 */
export function simplifyPorts(ports: readonly DestinationPort[]): readonly DestinationPort[] {
  const names = ports.filter((port) => 'name' in port);
  const ranges = ports.filter((port) => 'first' in port).sort((left, right) => left.first - right.first);
  const simple: { readonly first: number; last: number }[] = [];
  for (const { first, last } of ranges) {
    const previous = simple.at(-1);
    if (!previous || first > previous.last + 1) simple.push({ first, last });
    else previous.last = Math.max(previous.last, last);
  }
  return [...names, ...simple];
}

/**
 * Reads a port as Calico writes it, `80`, `"80:90"` or `"http"`; undefined where it is none.
 * Source: Calico api/pkg/lib/numorstring/port.go, PortFromString.
 */
export function readDestinationPort(written: string): DestinationPort | undefined {
  const [, first, last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(written) ?? [];
  if (first !== undefined) return portRange(Number(first), Number(last));
  return /^(?!\d+(?::\d+)?$)[a-zA-Z0-9_.-]{1,128}$/.test(written) ? { name: written } : undefined;
}

/** A range of ports; undefined where it is turned round or its ends are no numbers from 0 to 65535. */
export function portRange(first: unknown, last: unknown): DestinationPort | undefined {
  if (typeof first !== 'number' || typeof last !== 'number') return undefined;
  const isRange =
    Number.isInteger(first) && Number.isInteger(last) && first >= 0 && first <= last && last <= 65535;
  return isRange ? { first, last } : undefined;
}

/** A port as Calico's API writes it. */
export function printDestinationPort(port: DestinationPort): number | string {
  if ('name' in port) return port.name;
  return port.first === port.last ? port.first : `${port.first}:${port.last}`;
}

const protocolNames = ['UDP', 'TCP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'];

/** A protocol's name in the case that Calico knows it in. */
export function protocolNamed(name: string): string {
  return protocolNames.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
}
