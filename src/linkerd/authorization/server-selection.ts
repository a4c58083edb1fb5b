import { selectsLabels } from '../../kubernetes/label-selector.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { latestVersion } from '../installation/version.ts';
import { policyControllerPorts, type ContainerPort, type Versioned } from '../ports/container-ports.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { Server } from './server.ts';

/** The Server that governs a port of a pod, and the Servers that are ignored there. */
export interface PortServer {
  readonly server: Server;
  /** The Servers that also select the port and are ignored there. */
  readonly overlapped: readonly Server[];
  /** Whether it is known which of several Servers is the oldest; objects in files have no age. */
  readonly orderKnown: boolean;
}

/** The Servers of a namespace that select a pod by its labels, for any port. */
function serversOfPod(template: PodTemplate, namespace: string, policies: MeshPolicySet): readonly Server[] {
  const labels = template.labels;
  return policies.servers.filter(
    (server) =>
      server.namespace === namespace &&
      server.podSelector !== undefined &&
      selectsLabels(server.podSelector, labels),
  );
}

const latest: Versioned = { version: latestVersion };

/** The ports that the proxy's container declares, unless the installation has changed them. */
const proxyPorts: readonly ContainerPort[] = [
  { name: 'linkerd-proxy', port: 4143, protocol: 'TCP' },
  { name: 'linkerd-admin', port: 4191, protocol: 'TCP' },
];

/**
 * The port numbers that a Server selects on a pod. A number is selected whether declared or not; a name selects every
 * TCP port of that name in any container, the proxy's included.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/index.rs, select_ports; charts/partials/_proxy.tpl.
 */
function portsOfServer(
  { port }: Server,
  spec: PodTemplate['spec'],
  installation: Versioned,
): readonly number[] {
  if (typeof port === 'number') return [port];
  const named = [...policyControllerPorts(spec, installation), ...proxyPorts].filter(
    ({ name, protocol }) => name === port && protocol.toUpperCase() === 'TCP',
  );
  return [...new Set(named.map((found) => found.port))];
}

/**
 * Finds the Server that governs each port of a pod. If several select the same port, the oldest wins, and among equally
 * old ones the first by name.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param namespace The name of the namespace of the pods.
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @param installation The Linkerd installation, which decides whether ports of init containers count; the latest one by default.
 * @returns By port number, the Server and those that it shuts out; no entry where no Server selects the port.
 * @example
 * const server = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'Server',
 *   metadata: { name: 'api', namespace: 'shop' },
 *   spec: { podSelector: {}, port: 8080 },
 * };
 * const spec = { containers: [{ name: 'web' }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * serversByPort(template, 'shop', createMeshPolicySet([server])).get(8080)?.server.name; // 'api'
 */
export function serversByPort(
  template: PodTemplate,
  namespace: string,
  policies: MeshPolicySet,
  installation: Versioned = latest,
): ReadonlyMap<number, PortServer> {
  const claims = new Map<number, Server[]>();
  for (const server of serversOfPod(template, namespace, policies)) {
    for (const port of portsOfServer(server, template.spec, installation))
      claims.set(port, [...(claims.get(port) ?? []), server]);
  }
  const governingServers = new Map<number, PortServer>();
  for (const [port, servers] of claims) {
    const [server, ...overlapped] = servers.toSorted(byAge);
    if (!server) continue;
    const orderKnown = overlapped.length === 0 || servers.every(({ createdAt }) => createdAt !== undefined);
    governingServers.set(port, { server, overlapped, orderKnown });
  }
  return governingServers;
}

/**
 * Tells how a Server fits the pod templates of its namespace: `no-pods` if it selects none, `no-such-port` if no
 * selected pod has a port of its name, `undeclared-port` if none declares its number (the Server applies nevertheless).
 *
 * @param server The Server, from a policy set.
 * @param templates The pod templates of its namespace.
 * @param installation The Linkerd installation, which decides whether ports of init containers count; the latest one by default.
 * @returns The best fit with any of the templates; `selects` where all is well.
 * @example
 * const object = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'Server',
 *   metadata: { name: 'api', namespace: 'shop' },
 *   spec: { podSelector: {}, port: 8080 },
 * };
 * const [server] = createMeshPolicySet([object]).servers;
 * server && serverFit(server, []); // 'no-pods'
 */
export function serverFit(
  server: Server,
  templates: Iterable<PodTemplate>,
  installation: Versioned = latest,
): 'selects' | 'no-pods' | 'no-such-port' | 'undeclared-port' {
  let selected = false;
  for (const template of templates) {
    if (!server.podSelector || !selectsLabels(server.podSelector, template.labels)) continue;
    selected = true;
    const declared = [...policyControllerPorts(template.spec, installation), ...proxyPorts].some(
      ({ name, port }) => name === server.port || port === server.port,
    );
    if (declared) return 'selects';
  }
  if (!selected) return 'no-pods';
  return typeof server.port === 'number' ? 'undeclared-port' : 'no-such-port';
}

function byAge(left: Server, right: Server): number {
  return compare(left.createdAt ?? '', right.createdAt ?? '') || compare(left.name, right.name);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
