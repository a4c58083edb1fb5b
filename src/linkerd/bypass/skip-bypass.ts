import { bitsOf, families } from '../../kubernetes/net/address.ts';
import { readNet } from '../../kubernetes/net/net.ts';
import { countAddresses, holdTogether } from '../../kubernetes/net/ranges.ts';
import { shownValue } from '../annotations/annotation-problem.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { formatPorts, readSkipPorts, unionOfPorts, type PortRange } from '../ports/port-list.ts';
import { skipRoute } from '../ports/skip-entries.ts';
import { readSkipSubnets } from '../ports/skip-subnets.ts';
import type { Bypass, BypassWay } from './bypass.ts';

/**
 * Tells which inbound ports a list exempts from the proxy; the declared ports are those of the pods, if they are known.
 */
export function skippedInbound(
  value: string,
  installation: LinkerdProfile,
  declared: readonly number[],
): Bypass | undefined {
  const way = 'skip-inbound-ports';
  const skipped = beyond(way, value, installation.skipInboundPorts, installation);
  if (typeof skipped !== 'string') return skipped;
  const { ranges } = readSkipPorts(value, skipRoute('inbound', installation));
  const isOnly = new Set(declared).size === 1;
  const all = isOnly ? ', the only port that the pods declare,' : ', all ports that the pods declare,';
  const whole = declared.length > 0 && holdEvery(ranges, declared) ? all : '';
  return {
    way,
    message: `anyone can connect to ${skipped}${whole} past the proxy, without TLS and policy`,
    total: isHalfOfAll(ranges),
  };
}

/** Tells which outbound ports a list exempts from the proxy. */
export function skippedOutbound(value: string, installation: LinkerdProfile): Bypass | undefined {
  const way = 'skip-outbound-ports';
  const skipped = beyond(way, value, installation.skipOutboundPorts, installation);
  if (typeof skipped !== 'string') return skipped;
  return {
    way,
    message: `connections to ${skipped} go past the proxy, without TLS`,
    total: isHalfOfAll(readSkipPorts(value, skipRoute('outbound', installation)).ranges),
  };
}

/**
 * The skipped ports that the installation does not skip by itself, in words; undefined if there are none, and a bypass
 * of everything if the list is unreadable.
 */
function beyond(
  way: 'skip-inbound-ports' | 'skip-outbound-ports',
  value: string,
  installed: string,
  installation: LinkerdProfile,
): string | Bypass | undefined {
  const route = skipRoute(way === 'skip-inbound-ports' ? 'inbound' : 'outbound', installation);
  const { ranges: read, unreadable } = readSkipPorts(value, route);
  if (unreadable !== undefined) return unreadableList(way, value, unreadable);
  const usual = unionOfPorts(readSkipPorts(installed, route).ranges);
  const ranges = read.filter((range) => !isWithin(range, usual));
  if (ranges.length === 0) return undefined;
  const single = ranges.length === 1 && ranges[0]?.lower === ranges[0]?.upper;
  return `${single ? 'port' : 'ports'} ${formatPorts(ranges.slice(0, 10))}${ranges.length > 10 ? ',…' : ''}`;
}

function unreadableList(way: BypassWay, value: string, reason: string): Bypass {
  const message = `what config.linkerd.io/${way} ${shownValue(value)} lets past the proxy cannot be told: ${reason}`;
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

/** Whether at least half of the ports 1 to 65535 are skipped: no exception for a protocol or a peer needs as many. */
function isHalfOfAll(ranges: readonly PortRange[]): boolean {
  const union = unionOfPorts(ranges);
  return union.reduce((count, { lower, upper }) => count + upper + 1 - Math.max(lower, 1), 0) >= 32_768;
}

/**
 * Tells which networks a list exempts: connections from them are not redirected to the proxy, connections to them are.
 * Source: linkerd2-proxy-init pkg/iptables/iptables.go addIncomingTrafficRules, makeIgnoreSubnet.
 */
export function skippedSubnets(value: string, installation: LinkerdProfile): Bypass | undefined {
  if (value === '') return undefined;
  const way = 'skip-subnets';
  const { networks, unreadable } = readSkipSubnets(value, skipRoute('outbound', installation));
  if (unreadable !== undefined) return unreadableList(way, value, unreadable);
  const cluster = installation.clusterNetworks.flatMap((network) => readNet(network, 'go-as-written') ?? []);
  const total = families.some((family) => {
    if (countAddresses(networks, family) >= 1n << BigInt(bitsOf(family) - 1)) return true;
    const inner = cluster.filter((network) => network.family === family);
    return inner.length > 0 && inner.every((network) => holdTogether(networks, network));
  });
  const message = `connections from ${shownValue(value)} reach the pods past the proxy, without TLS and policy`;
  return { way, message, total };
}
