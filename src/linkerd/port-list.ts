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
  const ranges: PortRange[] = [];
  const dropped: DroppedPort[] = [];
  for (const entry of entriesOf(text.endsWith(',') ? text.slice(0, -1) : text).map((part) => part.trim())) {
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
  const ranges: PortRange[] = [];
  const dropped: DroppedPort[] = [];
  for (const entry of entriesOf(text)) {
    if (entry.trim() === '') continue;
    const range = readRustRange(entry);
    if (typeof range === 'string') dropped.push({ entry: entry.trim(), reason: range });
    else ranges.push(range);
  }
  return dropped.length > 0 ? { ranges: [], dropped } : { ranges, dropped };
}

/**
 * linkerd-init's reading of `skip-inbound-ports` and `skip-outbound-ports`: no names, no spaces, bad entries dropped.
 * Source: linkerd2-proxy-init, pkg/util and ports.
 */
export function readSkipPorts(text: string): PortList {
  const known = skipLists.get(text);
  if (known) return known;
  const list = parseSkipPorts(text);
  if (text.length <= longestRemembered && skipLists.size < mostRemembered) skipLists.set(text, list);
  return list;
}

/** The lists of the installation are asked for with each review. */
const skipLists = new Map<string, PortList>();
const longestRemembered = 200;
const mostRemembered = 100;

function parseSkipPorts(text: string): PortList {
  const ranges: PortRange[] = [];
  const dropped: DroppedPort[] = [];
  for (const entry of entriesOf(text)) {
    if (entry === '') continue;
    const range = readGoRange(entry);
    if (typeof range === 'string') dropped.push({ entry, reason: range });
    else ranges.push(range);
  }
  return { ranges, dropped };
}

/** Whether a port is in a list. */
export function includesPort({ ranges }: PortList, port: number): boolean {
  if (ranges.length > longestSearched) return portsIn(ranges)[port] === 1;
  for (const { lower, upper } of ranges) if (lower <= port && port <= upper) return true;
  return false;
}

/** Longer lists, which nobody writes by hand, are asked for by port: users choose both the list and how often it is asked. */
const longestSearched = 64;

function portsIn(ranges: readonly PortRange[]): Uint8Array {
  const known = portsOfRanges.get(ranges);
  if (known) return known;
  const ports = new Uint8Array(65_536);
  let next = 0;
  for (const { lower, upper } of ranges.toSorted((a, b) => a.lower - b.lower)) {
    ports.fill(1, Math.max(lower, next), upper + 1);
    next = Math.max(next, upper + 1);
  }
  portsOfRanges.set(ranges, ports);
  return ports;
}

const portsOfRanges = new WeakMap<readonly PortRange[], Uint8Array>();

/** The ranges as Linkerd writes them: `3306,4320-4325`. */
export function formatPorts(ranges: readonly PortRange[]): string {
  return ranges.map(({ lower, upper }) => (lower === upper ? String(lower) : `${lower}-${upper}`)).join(',');
}

/** The most entries that are looked at: a list that names every port once has no more. */
const maximumEntries = 65_536;

function entriesOf(text: string): string[] {
  return text.split(',', maximumEntries);
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
  const lower = readPort((dash < 0 ? entry : entry.slice(0, dash)).trim());
  const upper = dash < 0 ? lower : readPort(entry.slice(dash + 1).trim());
  if (lower === 0) return '0 is no port';
  return rangeOf(entry.trim(), lower, upper);
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
