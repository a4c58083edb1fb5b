import { injectAnnotation } from './annotation-names.ts';
import { catalogueEntry, isReadBy } from './catalogue.ts';
import { parseCidr } from './cidr.ts';
import { readEnvironmentVariables } from './environment-variables.ts';
import { parseGoBool } from './go-values.ts';
import { formatPorts, readSkipPorts, type PortList, type PortRange } from './port-list.ts';
import type { LinkerdProfile } from './profile.ts';

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
  | 'network-admin'
  | 'fake-proxy'
  | 'proxy-image'
  | 'proxy-environment'
  | 'debug-sidecar'
  | 'logged-headers'
  | 'external-profiles'
  | 'admin-shutdown';

/** What an annotation does to get around the mesh; undefined for one that does not. */
export function annotationBypass(
  key: string,
  value: string,
  profile: LinkerdProfile,
): { readonly way: BypassWay; readonly message: string } | undefined {
  const entry = catalogueEntry(key);
  return entry && isReadBy(entry, profile.version) ? judges.get(key)?.(value, profile) : undefined;
}

/**
 * Whether a list of skipped ports or networks leaves the proxy hardly anything to do: more than half of all ports, or
 * half of an address family, which no exception for a protocol or a peer ever needs.
 */
export function leavesNothing(way: BypassWay, value: string): boolean {
  if (way === 'skip-subnets')
    return value.split(',').some((subnet) => (parseCidr(subnet)?.prefix ?? 128) <= 1);
  return (
    (way === 'skip-inbound-ports' || way === 'skip-outbound-ports') &&
    countPorts(readSkipPorts(value)) > 32_768
  );
}

type Judge = (value: string, profile: LinkerdProfile) => { way: BypassWay; message: string } | undefined;

const prefix = 'config.linkerd.io/';

const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  [
    injectAnnotation,
    (value) => (value === 'disabled' ? { way: 'opt-out', message: 'pods opt out of the mesh' } : undefined),
  ],
  [
    `${prefix}skip-inbound-ports`,
    (value, profile) => {
      const ports = beyond(value, profile.skipInboundPorts);
      return ports === undefined
        ? undefined
        : {
            way: 'skip-inbound-ports',
            message: `anyone can connect to ${ports} past the proxy, without TLS and policy`,
          };
    },
  ],
  [
    `${prefix}skip-outbound-ports`,
    (value, profile) => {
      const ports = beyond(value, profile.skipOutboundPorts);
      return ports === undefined
        ? undefined
        : { way: 'skip-outbound-ports', message: `connections to ${ports} go past the proxy, without TLS` };
    },
  ],
  [
    `${prefix}skip-subnets`,
    (value) =>
      value === ''
        ? undefined
        : { way: 'skip-subnets', message: `traffic with ${value} goes past the proxy, without TLS` },
  ],
  [
    `${prefix}proxy-image`,
    (value) => ({ way: 'proxy-image', message: `${value} runs as the proxy, whatever that is` }),
  ],
  [
    `${prefix}proxy-version`,
    (value) => ({
      way: 'proxy-image',
      message: `release ${value} of the proxy runs, whatever the installation has`,
    }),
  ],
  [
    `${prefix}init-image`,
    (value) => ({ way: 'proxy-image', message: `${value} runs as linkerd-init, with NET_ADMIN` }),
  ],
  [
    `${prefix}proxy-additional-env`,
    (value) => {
      const names = readEnvironmentVariables(value)?.map(({ name }) => name) ?? [];
      if (names.length === 0) return undefined;
      const message = `${names.slice(0, 5).join(', ')} can override any setting of the proxy, its inbound policy included`;
      return { way: 'proxy-environment', message };
    },
  ],
  [
    `${prefix}enable-debug-sidecar`,
    (value) =>
      parseGoBool(value)
        ? { way: 'debug-sidecar', message: "a debug container can read the pod's traffic" }
        : undefined,
  ],
  [
    `${prefix}proxy-log-http-headers`,
    (value) =>
      value === 'insecure'
        ? { way: 'logged-headers', message: 'the proxy may log HTTP headers, credentials included' }
        : undefined,
  ],
  [
    `${prefix}enable-external-profiles`,
    (value) =>
      parseGoBool(value)
        ? {
            way: 'external-profiles',
            message: 'the proxy takes service profiles for names outside the cluster',
          }
        : undefined,
  ],
  [
    `${prefix}proxy-admin-shutdown`,
    (value) =>
      value === 'enabled'
        ? { way: 'admin-shutdown', message: 'anything in the pod can shut its proxy down' }
        : undefined,
  ],
]);

/** How many ports a list has, each counted once. */
function countPorts({ ranges }: PortList): number {
  let count = 0;
  let next = 0;
  for (const { lower, upper } of ranges.toSorted((a, b) => a.lower - b.lower)) {
    count += Math.max(0, upper + 1 - Math.max(lower, next));
    next = Math.max(next, upper + 1);
  }
  return count;
}

/** The skipped ports that the installation does not skip anyway, as people write them; undefined where there are none. */
function beyond(value: string, installed: string): string | undefined {
  const usual = readSkipPorts(installed);
  const ranges = readSkipPorts(value).ranges.filter((range) => !covers(usual, range));
  if (ranges.length === 0) return undefined;
  const single = ranges.length === 1 && ranges[0]?.lower === ranges[0]?.upper;
  return `${single ? 'port' : 'ports'} ${formatPorts(ranges.slice(0, 10))}`;
}

/** Whether every port of a range is in a list, found by hopping from range to range. */
function covers({ ranges }: PortList, { lower, upper }: PortRange): boolean {
  let port = lower;
  while (port <= upper) {
    const range = ranges.find((candidate) => candidate.lower <= port && port <= candidate.upper);
    if (!range) return false;
    port = range.upper + 1;
  }
  return true;
}
