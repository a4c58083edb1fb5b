import { groupOf, isRecord, type KubernetesObject } from '../../../kubernetes/object.ts';
import { type ClusterPolicyApi, convertClusterPolicy } from './cluster-policy.ts';
import { type Conversion, noPolicy } from './conversion.ts';
import { type DestinationPort, type PortEntry, portRange, protocolNamed } from './destination-ports.ts';
import { convertNetworkPolicy } from './network-policy.ts';
import { record } from '../../../kubernetes/read.ts';

/**
 * Converts NetworkPolicy, ClusterNetworkPolicy (v1alpha2) and its forerunners AdminNetworkPolicy and
 * BaselineAdminNetworkPolicy (v1alpha1) as Calico does; an object of another kind gives no policy.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion, conversion.go and clusternetworkpolicy.go.
 * @example
 * const head = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { podSelector: {}, policyTypes: ['Ingress'] };
 * convertKubernetesPolicy({ ...head, metadata, spec }).policy.spec.types; // ['Ingress']
 */
export function convertKubernetesPolicy(object: KubernetesObject): Conversion {
  const group = groupOf(object.apiVersion);
  if (group === 'networking.k8s.io' && object.kind === 'NetworkPolicy') return convertNetworkPolicy(object);
  const api = group === 'policy.networking.k8s.io' ? clusterPolicyApis.get(object.kind) : undefined;
  return api ? convertClusterPolicy(object, api) : noPolicy;
}

/** Ports by number or range; a named port matches in any protocol. */
function readProtocolEntry(written: unknown): PortEntry | undefined {
  const entry = record(written);
  for (const [field, protocol] of [
    ['tcp', 'TCP'],
    ['udp', 'UDP'],
    ['sctp', 'SCTP'],
  ] as const) {
    const transport = entry[field];
    if (!isRecord(transport)) continue;
    const port = readNumberOrRange(transport.destinationPort);
    return port && { protocol, port };
  }
  const name = entry.destinationNamedPort;
  return typeof name === 'string' && name !== '' ? { protocol: '', port: { name } } : 'any';
}

function readNumberOrRange(port: unknown): DestinationPort | 'all' | undefined {
  if (!isRecord(port)) return 'all';
  const { number, range } = port;
  if (number !== undefined && number !== null && number !== 0)
    return portRange(Number(number), Number(number));
  return isRecord(range) ? portRange(Number(range.start), Number(range.end)) : 'all';
}

/** As v1alpha1 has it; Calico never learnt its named ports and took an entry with one for any port. */
function readAdminEntry(written: unknown): PortEntry | undefined {
  const entry = record(written);
  if (isRecord(entry.portNumber)) {
    const { protocol, port } = entry.portNumber;
    const read = portRange(port, port);
    return read && { protocol: transportOf(protocol), port: read };
  }
  if (isRecord(entry.portRange)) {
    const { protocol, start, end } = entry.portRange;
    const read = portRange(start, end);
    return read && { protocol: transportOf(protocol), port: read };
  }
  return 'any';
}

function transportOf(protocol: unknown): string {
  return protocolNamed(typeof protocol === 'string' && protocol !== '' ? protocol : 'TCP');
}

const clusterNetworkPolicy: ClusterPolicyApi = {
  tier: ({ tier }) => (tier === 'Admin' ? 'kube-admin' : tier === 'Baseline' ? 'kube-baseline' : undefined),
  order: ({ priority }) => numberOf(priority),
  actions: new Map<unknown, string>([
    ['Accept', 'Allow'],
    ['Deny', 'Deny'],
    ['Pass', 'Pass'],
  ]),
  portsField: 'protocols',
  readEntry: readProtocolEntry,
};

const adminNetworkPolicy: ClusterPolicyApi = {
  tier: () => 'adminnetworkpolicy',
  order: ({ priority }) => numberOf(priority),
  actions: new Map<unknown, string>([
    ['Allow', 'Allow'],
    ['Deny', 'Deny'],
    ['Pass', 'Pass'],
  ]),
  portsField: 'ports',
  readEntry: readAdminEntry,
};

/** There is one of it, so it has no priority. */
const baselineAdminNetworkPolicy: ClusterPolicyApi = {
  ...adminNetworkPolicy,
  tier: () => 'baselineadminnetworkpolicy',
  order: () => 0,
};

const clusterPolicyApis: ReadonlyMap<string, ClusterPolicyApi> = new Map([
  ['ClusterNetworkPolicy', clusterNetworkPolicy],
  ['AdminNetworkPolicy', adminNetworkPolicy],
  ['BaselineAdminNetworkPolicy', baselineAdminNetworkPolicy],
]);

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
