import { trimSpace } from './trim-space.ts';
import { longestList, skipEntries, tooLong, type SkipRoute } from './skip-entries.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { remember } from '../../memo/remember.ts';

/**
 * One list of ports as each of its readers in Linkerd takes it. They disagree: two resolve names, one drops the whole
 * list for a single invalid entry, one accepts no spaces.
 */

/** A range of ports, both ends included. */
export interface PortRange {
  readonly lower: number;
  readonly upper: number;
}

/** An entry that a reader dropped. */
export interface DroppedPort {
  readonly entry: string;
  readonly reason: string;
}

/** A port list as one reader takes it. */
export interface PortList {
  readonly ranges: readonly PortRange[];
  readonly dropped: readonly DroppedPort[];
}

/** Port numbers by name: those of the containers for a pod, those of the Service for a Service. */
export type NamedPorts = ReadonlyMap<string, number>;

/**
 * Reads `opaque-ports` as the injector does for the proxy's start: names are resolved, invalid entries dropped, 0
 * accepted.
 * Source: Linkerd pkg/util/parsing.go, portrange.go.
 *
 * @param text The value of the annotation. Any text is accepted; one longer than 4096 characters has no ports.
 * @param names The numbers of port names: those of the containers for a pod, those of the Service for a Service.
 * @returns The ranges in the order of the text, and each entry that was dropped with the reason.
 * @example
 * formatPorts(readInjectorPorts('http,5432,x', new Map([['http', 80]])).ranges); // '80,5432'
 */
export function readInjectorPorts(text: string, names: NamedPorts): PortList {
  if (text.length > longestList) return unread(text);
  const ranges: PortRange[] = [];
  const dropped: DroppedPort[] = [];
  for (const entry of (text.endsWith(',') ? text.slice(0, -1) : text).split(',').map(trimSpace)) {
    const named = names.get(entry);
    const range = named === undefined ? readGoRange(entry) : { lower: named, upper: named };
    if (typeof range === 'string') dropped.push({ entry, reason: range });
    else ranges.push(range);
  }
  return { ranges, dropped };
}

/**
 * Reads `opaque-ports` as the destination controller does for clients: like the injector, but an empty text is an empty
 * list.
 * Source: Linkerd controller/api/destination, pkg/util/parsing.go.
 *
 * @param text The value of the annotation. Any text is accepted; one longer than 4096 characters has no ports.
 * @param names The numbers of port names: those of the containers for a pod, those of the Service for a Service.
 * @returns The ranges in the order of the text, and each entry that was dropped with the reason.
 * @example
 * readDestinationPorts('', new Map()); // { ranges: [], dropped: [] }
 */
export function readDestinationPorts(text: string, names: NamedPorts): PortList {
  return text === '' ? { ranges: [], dropped: [] } : readInjectorPorts(text, names);
}

/**
 * Reads `opaque-ports` as the policy controller does; its list replaces the injector's once the proxy is connected.
 * Spaces around the ends of a range are accepted, but a name, a 0 or any other invalid entry drops the whole list.
 * Source: Linkerd policy-controller/k8s/index/src/ports.rs.
 *
 * @param text The value of the annotation. Any text is accepted; one longer than 4096 characters has no ports.
 * @returns The ranges in the order of the text; none where `dropped` has an entry.
 * @example
 * readPolicyControllerPorts('5432,http').ranges; // []
 */
export function readPolicyControllerPorts(text: string): PortList {
  if (text.length > longestList) return unread(text);
  const ranges: PortRange[] = [];
  const dropped: DroppedPort[] = [];
  for (const entry of text.split(',')) {
    if (trimSpace(entry) === '') continue;
    const range = readRustRange(entry);
    if (typeof range === 'string') dropped.push({ entry: trimSpace(entry), reason: range });
    else ranges.push(range);
  }
  return dropped.length > 0 ? { ranges: [], dropped } : { ranges, dropped };
}

/**
 * Reads `skip-inbound-ports` or `skip-outbound-ports` as linkerd-init or the CNI plugin does: no names, nothing is
 * trimmed, invalid entries are logged and dropped. An unreadable list has no ports and is one dropped entry.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go makeMultiportDestinations, pkg/util/portrange.go ParsePortRange.
 *
 * @param text The value of the annotation. Any text is accepted; one longer than 4096 characters is unreadable.
 * @param route How the list gets to iptables, from `skipRoute`.
 * @returns The ranges in the order of the text, each entry that was dropped with the reason, and `unreadable`.
 * @example
 * formatPorts(readSkipPorts('25,8000-8080', 'init').ranges); // '25,8000-8080'
 */
export function readSkipPorts(text: string, route: SkipRoute): SkipPortList {
  return skipList({ text, route });
}

/** The ports that bypass the proxy; `unreadable` says why they cannot be known. */
export interface SkipPortList extends PortList {
  readonly unreadable?: string;
}

/** By route and text, never stale; the lists of the installation are asked for with each review. */
const skipList = remember(
  {
    name: 'lists of skipped ports',
    bound: { entries: 100, keyLength: 220 },
    key: ({ text, route }: { readonly text: string; readonly route: SkipRoute }) => `${route} ${text}`,
  },
  parseSkipPorts,
);

function parseSkipPorts({ text, route }: { readonly text: string; readonly route: SkipRoute }): SkipPortList {
  const entries = skipEntries(text, route);
  if ('unreadable' in entries) {
    const { unreadable } = entries;
    return { ranges: [], dropped: [{ entry: text, reason: unreadable }], unreadable };
  }
  const ranges: PortRange[] = [];
  const dropped: DroppedPort[] = [];
  for (const entry of entries.entries) {
    if (entry === '') continue;
    const range = readGoRange(entry);
    if (typeof range === 'string') dropped.push({ entry, reason: range });
    else ranges.push(range);
  }
  return { ranges, dropped };
}

/** The answer for a list that is longer than any real one: it has no ports. */
function unread(text: string): PortList {
  return { ranges: [], dropped: [{ entry: text, reason: tooLong }] };
}

/**
 * Tells whether a port is in a list.
 *
 * @param list A list of ports, from one of the readers.
 * @param port A port number, 0 to 65535.
 * @returns Whether some range of the list holds the port.
 * @example
 * includesPort({ ranges: [{ lower: 4320, upper: 4325 }], dropped: [] }, 4321); // true
 */
export function includesPort({ ranges }: PortList, port: number): boolean {
  if (ranges.length > longestSearched) return portsIn(ranges)[port] === 1;
  for (const { lower, upper } of ranges) if (lower <= port && port <= upper) return true;
  return false;
}

/** The same ports as disjoint ranges in order, none touching the next. */
export function unionOfPorts(ranges: readonly PortRange[]): readonly PortRange[] {
  const union: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.lower - b.lower)) {
    const before = union.at(-1);
    if (!before || before.upper + 1 < range.lower) union.push(range);
    else if (before.upper < range.upper) union[union.length - 1] = { ...before, upper: range.upper };
  }
  return union;
}

/**
 * Longer lists are turned into a table of ports: users choose both the length of a list and the number of questions.
 */
const longestSearched = 64;

/** By list, never stale. */
const portsIn = rememberByOwner({ name: 'ports of long lists' }, (ranges: readonly PortRange[]) => {
  const ports = new Uint8Array(65_536);
  let next = 0;
  for (const { lower, upper } of ranges.toSorted((a, b) => a.lower - b.lower)) {
    ports.fill(1, Math.max(lower, next), upper + 1);
    next = Math.max(next, upper + 1);
  }
  return ports;
});

/**
 * Writes ranges as Linkerd does: `3306,4320-4325`.
 *
 * @param ranges Ranges of ports, both ends included, in any order.
 * @returns The list as text, in the same order; empty for no range.
 * @example
 * formatPorts([{ lower: 3306, upper: 3306 }, { lower: 4320, upper: 4325 }]); // '3306,4320-4325'
 */
export function formatPorts(ranges: readonly PortRange[]): string {
  return ranges.map(({ lower, upper }) => (lower === upper ? String(lower) : `${lower}-${upper}`)).join(',');
}

function readGoRange(entry: string): PortRange | string {
  const bounds = entry.split('-', 3);
  if (bounds.length > 2) return 'a range has two ends';
  const lower = readPort(bounds[0] ?? '');
  const upper = bounds.length === 1 ? lower : readPort(bounds[1] ?? '');
  return rangeOf(entry, lower, upper);
}

function readRustRange(entry: string): PortRange | string {
  const dash = entry.indexOf('-');
  const lower = readPort(trimSpace(dash < 0 ? entry : entry.slice(0, dash)));
  const upper = dash < 0 ? lower : readPort(trimSpace(entry.slice(dash + 1)));
  if (lower === 0) return '0 is no port';
  return rangeOf(trimSpace(entry), lower, upper);
}

function rangeOf(entry: string, lower: number | undefined, upper: number | undefined): PortRange | string {
  if (entry === '') return 'an entry is empty';
  if (lower === undefined || upper === undefined) return `"${entry}" is neither a port nor a range of ports`;
  return upper < lower ? `"${entry}" ends below its start` : { lower, upper };
}

function readPort(text: string): number | undefined {
  const digits = /^\+?0*([0-9]{1,5})$/.exec(text)?.[1];
  const port = Number(digits);
  return digits !== undefined && port <= 65_535 ? port : undefined;
}
