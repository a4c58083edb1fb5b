import { injectAnnotation } from '../installation/annotation-names.ts';
import { catalogueEntry, isReadBy } from '../annotations/catalogue.ts';
import { readEnvironmentVariables } from '../installation/environment-variables.ts';
import { parseGoBool, parseGoInt } from '../ports/go-values.ts';
import { readNet } from '../../kubernetes/net/net.ts';
import { countAddresses, holdTogether } from '../../kubernetes/net/ranges.ts';
import { formatPorts, readSkipPorts, unionOfPorts, type PortRange } from '../ports/port-list.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { skipRoute } from '../ports/skip-entries.ts';
import { readSkipSubnets } from '../ports/skip-subnets.ts';
import { cut } from '../../text/cut.ts';
import { bitsOf, families } from '../../kubernetes/net/address.ts';

/** The ways around the mesh, or around what it protects. */
export type BypassWay =
  | 'host-network'
  | 'opt-out'
  | 'excluding-label'
  | 'forged-mesh-label'
  | 'skip-inbound-ports'
  | 'skip-outbound-ports'
  | 'skip-subnets'
  | 'proxy-user'
  | 'proxy-group'
  | 'proxy-id'
  | 'network-admin'
  | 'fake-proxy'
  | 'proxy-image'
  | 'proxy-environment'
  | 'proxy-template'
  | 'debug-sidecar'
  | 'logged-headers'
  | 'external-profiles'
  | 'admin-shutdown';

/** What an annotation does to get around the mesh. */
export interface AnnotationBypass {
  readonly way: BypassWay;
  /** What it does, as a sentence without a full stop. */
  readonly message: string;
  /** Whether it leaves the proxy hardly anything to do, or nobody can say that it does not. */
  readonly total: boolean;
}

/**
 * What an annotation does to get around the mesh; undefined for one that does not. The ports are those that the pods
 * declare and the proxy guards, as far as they are known.
 */
export function annotationBypass(
  key: string,
  value: string,
  profile: LinkerdProfile,
  ports: readonly number[] = [],
): AnnotationBypass | undefined {
  const entry = catalogueEntry(key);
  if (isPrintedRaw(key, profile) && breaksOutOfItsLine(value))
    return {
      way: 'proxy-template',
      message: `${key} holds a line break, by which it can rewrite the containers that the injector adds`,
      total: true,
    };
  return entry && isReadBy(entry, profile.version) ? judges.get(key)?.(value, profile, ports) : undefined;
}

type Judge = (
  value: string,
  profile: LinkerdProfile,
  ports: readonly number[],
) => AnnotationBypass | undefined;

const prefix = 'config.linkerd.io/';

const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  [
    injectAnnotation,
    (value) => (value === 'disabled' ? partial('opt-out', 'pods opt out of the mesh') : undefined),
  ],
  [`${prefix}skip-inbound-ports`, skippedInbound],
  [`${prefix}skip-outbound-ports`, skippedOutbound],
  [`${prefix}skip-subnets`, skippedSubnets],
  [`${prefix}proxy-uid`, ownId('uid', 'user')],
  [`${prefix}proxy-gid`, ownId('gid', 'group')],
  [
    `${prefix}proxy-image`,
    (value) => partial('proxy-image', `${quoted(value)} runs as the proxy, whatever that is`),
  ],
  [
    `${prefix}proxy-version`,
    (value) =>
      partial('proxy-image', `release ${quoted(value)} of the proxy runs, whatever the installation has`),
  ],
  [
    `${prefix}init-image`,
    (value) => partial('proxy-image', `${quoted(value)} runs as linkerd-init, with NET_ADMIN`),
  ],
  [
    `${prefix}proxy-additional-env`,
    (value) => {
      const names = readEnvironmentVariables(value)?.map(({ name }) => name) ?? [];
      if (names.length === 0) return undefined;
      const shown = names.slice(0, 5).map(quotedIfOdd).join(', ');
      return partial(
        'proxy-environment',
        `${shown} can override any setting of the proxy, its inbound policy included`,
      );
    },
  ],
  [
    `${prefix}enable-debug-sidecar`,
    (value) =>
      parseGoBool(value)
        ? partial('debug-sidecar', "a debug container can read the pod's traffic")
        : undefined,
  ],
  [
    `${prefix}proxy-log-http-headers`,
    (value) =>
      value === 'insecure'
        ? partial('logged-headers', 'the proxy may log HTTP headers, credentials included')
        : undefined,
  ],
  [
    `${prefix}enable-external-profiles`,
    (value) =>
      parseGoBool(value)
        ? partial('external-profiles', 'the proxy takes service profiles for names outside the cluster')
        : undefined,
  ],
  [
    `${prefix}proxy-admin-shutdown`,
    (value) =>
      value === 'enabled'
        ? partial('admin-shutdown', 'anything in the pod can shut its proxy down')
        : undefined,
  ],
]);

function partial(way: BypassWay, message: string): AnnotationBypass {
  return { way, message, total: false };
}

function skippedInbound(
  value: string,
  profile: LinkerdProfile,
  declared: readonly number[],
): AnnotationBypass | undefined {
  const way = 'skip-inbound-ports';
  const skipped = beyond(way, value, profile.skipInboundPorts, profile);
  if (typeof skipped !== 'string') return skipped;
  const { ranges } = readSkipPorts(value, skipRoute('inbound', profile));
  const isOnly = new Set(declared).size === 1;
  const all = isOnly ? ', the only port that the pods declare,' : ', all ports that the pods declare,';
  const whole = declared.length > 0 && holdEvery(ranges, declared) ? all : '';
  return {
    way,
    message: `anyone can connect to ${skipped}${whole} past the proxy, without TLS and policy`,
    total: isHalfOfAll(ranges),
  };
}

function skippedOutbound(value: string, profile: LinkerdProfile): AnnotationBypass | undefined {
  const way = 'skip-outbound-ports';
  const skipped = beyond(way, value, profile.skipOutboundPorts, profile);
  if (typeof skipped !== 'string') return skipped;
  return {
    way,
    message: `connections to ${skipped} go past the proxy, without TLS`,
    total: isHalfOfAll(readSkipPorts(value, skipRoute('outbound', profile)).ranges),
  };
}

/**
 * The skipped ports that the installation does not skip anyway, as people write them; undefined where there are none,
 * and a bypass of everything where nobody can read the list.
 */
function beyond(
  way: 'skip-inbound-ports' | 'skip-outbound-ports',
  value: string,
  installed: string,
  profile: LinkerdProfile,
): string | AnnotationBypass | undefined {
  const route = skipRoute(way === 'skip-inbound-ports' ? 'inbound' : 'outbound', profile);
  const { ranges: read, unreadable } = readSkipPorts(value, route);
  if (unreadable !== undefined) return unreadableList(way, value, unreadable);
  const usual = unionOfPorts(readSkipPorts(installed, route).ranges);
  const ranges = read.filter((range) => !isWithin(range, usual));
  if (ranges.length === 0) return undefined;
  const single = ranges.length === 1 && ranges[0]?.lower === ranges[0]?.upper;
  return `${single ? 'port' : 'ports'} ${formatPorts(ranges.slice(0, 10))}${ranges.length > 10 ? ',…' : ''}`;
}

function unreadableList(way: BypassWay, value: string, reason: string): AnnotationBypass {
  const message = `what ${prefix}${way} ${quoted(value)} lets past the proxy cannot be told: ${reason}`;
  return { way, message, total: true };
}

function isWithin(range: PortRange, union: readonly PortRange[]): boolean {
  return union.some(({ lower, upper }) => lower <= range.lower && range.upper <= upper);
}

function holdEvery(ranges: readonly PortRange[], ports: readonly number[]): boolean {
  const held = new Uint8Array(65_536);
  for (const { lower, upper } of unionOfPorts(ranges)) held.fill(1, lower, upper + 1);
  return ports.every((port) => held[port] === 1);
}

/** Half of the ports 1 to 65535, each counted once: no exception for a protocol or a peer ever needs as many. */
function isHalfOfAll(ranges: readonly PortRange[]): boolean {
  const union = unionOfPorts(ranges);
  return union.reduce((count, { lower, upper }) => count + upper + 1 - Math.max(lower, 1), 0) >= 32_768;
}

/**
 * Connections from these networks are not redirected to the proxy; those to them are.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go addIncomingTrafficRules, makeIgnoreSubnet.
 */
function skippedSubnets(value: string, profile: LinkerdProfile): AnnotationBypass | undefined {
  if (value === '') return undefined;
  const way = 'skip-subnets';
  const { networks, unreadable } = readSkipSubnets(value, skipRoute('outbound', profile));
  if (unreadable !== undefined) return unreadableList(way, value, unreadable);
  const cluster = profile.clusterNetworks.flatMap((network) => readNet(network, 'go-as-written') ?? []);
  const total = families.some((family) => {
    if (countAddresses(networks, family) >= 1n << BigInt(bitsOf(family) - 1)) return true;
    const inner = cluster.filter((network) => network.family === family);
    return inner.length > 0 && inner.every((network) => holdTogether(networks, network));
  });
  const message = `connections from ${quoted(value)} reach the pods past the proxy, without TLS and policy`;
  return { way, message, total };
}

/** Another id for the proxy than the installation's: whatever image runs as that goes past it, and no field shows it. */
function ownId(field: 'uid' | 'gid', word: string): Judge {
  return (value, profile) => {
    const id = Number(parseGoInt(value, 64) ?? 0n);
    if (id <= 0 || id === profile[field]) return undefined;
    return partial(
      'proxy-id',
      `containers that run as ${word} ${id} go past the proxy, also where only their image says so`,
    );
  };
}

/**
 * Whether Linkerd's templates print a value as it is, so that a line break in it begins a field of its own.
 * Source: linkerd2 charts/partials/templates/_proxy.tpl, _proxy-init.tpl, _debug.tpl.
 */
function isPrintedRaw(key: string, { traceCollector }: LinkerdProfile): boolean {
  return rawKeys.has(key) || (traceCollector !== '' && key.startsWith('resource.opentelemetry.io/'));
}

const rawKeys: ReadonlySet<string> = new Set(
  [
    'proxy-image',
    'proxy-version',
    'image-pull-policy',
    'init-image',
    'init-image-version',
    'debug-image',
    'debug-image-version',
    'debug-image-pull-policy',
  ].map((name) => `${prefix}${name}`),
);

function breaksOutOfItsLine(value: string): boolean {
  return /[\n\r\u0085\u2028\u2029][^\n\r\u0085\u2028\u2029]/.test(value);
}

/** A value in quotes, cut where it is long. */
function quoted(value: string): string {
  return JSON.stringify(cut(value, 60, { mark: '...' }));
}

function quotedIfOdd(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : quoted(name);
}
