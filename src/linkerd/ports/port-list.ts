import { trimSpace } from './go-values.ts';
import { longestList, skipEntries, tooLong, type SkipRoute } from './skip-entries.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { remember } from '../../memo/remember.ts';

/**
 * The same text of ports, as its readers in Linkerd take it. They disagree: two resolve names, one drops the whole
 * list for a single bad entry, one takes no spaces.
 */

/** A range of ports, both ends included. */
export interface PortRange {
  readonly lower: number;
  readonly upper: number;
}

/** An entry that a reader did not take. */
export interface DroppedPort {
  readonly entry: string;
  readonly reason: string;
}

/** What a reader makes of a port list. */
export interface PortList {
  readonly ranges: readonly PortRange[];
  readonly dropped: readonly DroppedPort[];
}

/** Port names and what they stand for: the ports of containers for a pod, the ports of the Service for a Service. */
export type NamedPorts = ReadonlyMap<string, number>;

/**
 * The injector's reading of `opaque-ports`, for the proxy's start: names are resolved, bad entries dropped, 0 taken.
 * Source: Linkerd pkg/util/parsing.go, portrange.go.
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
 * The destination controller's reading, for clients: as the injector's, but an empty text is an empty list.
 * Source: Linkerd controller/api/destination, pkg/util/parsing.go.
 */
export function readDestinationPorts(text: string, names: NamedPorts): PortList {
  return text === '' ? { ranges: [], dropped: [] } : readInjectorPorts(text, names);
}

/**
 * The policy controller's reading, which replaces the injector's once the proxy is connected: spaces around the
 * ends of a range are fine, but a name, a 0 or any other bad entry drops the whole list.
 * Source: Linkerd policy-controller/k8s/index/src/ports.rs.
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
 * The reading of `skip-inbound-ports` and `skip-outbound-ports` by linkerd-init or the CNI plugin: no names, nothing is
 * trimmed, bad entries are logged and dropped. A list that nobody can read has no ports and is one dropped entry;
 * `unreadable` says why.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go makeMultiportDestinations, pkg/util/portrange.go ParsePortRange.
 */
export function readSkipPorts(text: string, route: SkipRoute): SkipPortList {
  return skipList({ text, route });
}

/** The ports that go past the proxy, or why that cannot be told. */
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

/** A list that is too long for anybody to have written it: no port of it counts. */
function unread(text: string): PortList {
  return { ranges: [], dropped: [{ entry: text, reason: tooLong }] };
}

/** Whether a port is in a list. */
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

/** Longer lists, which nobody writes by hand, are asked for by port: users choose both the list and how often it is asked. */
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

/** The ranges as Linkerd writes them: `3306,4320-4325`. */
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
