import type { StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { requireIdentityAnnotation } from '../annotations/catalogue.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { opaquePortsOfPod } from '../ports/opaque-ports.ts';
import {
  includesPort,
  readPolicyControllerPorts,
  type PortList,
  type PortRange,
} from '../ports/port-list.ts';
import { clientsOfPolicy, clientsOfServerAuthorization } from './authorized-clients.ts';
import type { AuthorizationPolicy } from './authorization-policy.ts';
import type { Clients } from './clients.ts';
import { annotationOf, clientsOfDefault, defaultInboundPolicy } from './default-inbound-policy.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { PolicyName } from './reading.ts';
import { concernsServer } from './server-authorization.ts';
import type { ServerRoute } from './server-route.ts';
import { serversByPort, type PortServer } from './server-selection.ts';
import type { Server } from './server.ts';
import { rememberLast } from '../../memo/last.ts';

/** A policy that lets clients connect. */
export interface Grant {
  readonly by:
    | (PolicyName & { readonly kind: 'AuthorizationPolicy' | 'ServerAuthorization' })
    | { readonly kind: 'accessPolicy' | 'defaultInboundPolicy'; readonly policy: string };
  readonly clients: Clients;
  /** The route that the grant is limited to; undefined for the whole port. */
  readonly route?: ServerRoute;
}

/** An AuthorizationPolicy that targets the port and is ignored, because something it refers to does not exist. */
export interface IgnoredPolicy extends PolicyName {
  readonly why: string;
}

/** Who may connect to one port of a pod, as the policy controller tells its proxy. */
export interface InboundAccess {
  readonly port: number;
  /** The Server that governs the port; undefined if the pod's default inbound policy does. */
  readonly server?: PortServer;
  /** The access policy of the Server, or the default inbound policy of the pod. */
  readonly policy: string;
  /** Whether the proxy treats the port's traffic as bytes, so that it does not see requests and their paths. */
  readonly opaque: boolean;
  readonly grants: readonly Grant[];
  readonly ignored: readonly IgnoredPolicy[];
  /** The routes attached to the Server; if there are any, only requests that match one of them may pass. */
  readonly routes: readonly ServerRoute[];
}

/**
 * Works out who may connect to a port of the pods of a template.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/index.rs, defaults.rs.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param namespace The name and the annotations of the namespace of the pods.
 * @param port The port number, declared or not.
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The Server and the policy that decide, and everything that lets clients in.
 * @example
 * const server = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'Server',
 *   metadata: { name: 'api', namespace: 'shop' },
 *   spec: { podSelector: {}, port: 8080 },
 * };
 * const spec = { containers: [{ name: 'web' }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * const shop = { name: 'shop', annotations: {} };
 * inboundAccess(template, shop, 8080, createMeshPolicySet([server]), defaultProfile()).grants; // []
 */
export function inboundAccess(
  template: PodTemplate,
  namespace: { readonly name: string; readonly annotations: StringMap },
  port: number,
  policies: MeshPolicySet,
  installation: LinkerdProfile,
): InboundAccess {
  const { name, annotations } = namespace;
  const pod = inboundPod({ template, name, annotations, policies, installation });
  const governingServer = pod.governingServers.get(port);
  return governingServer
    ? serverAccess(port, governingServer, policies, installation)
    : defaultAccess(pod, port, installation);
}

/**
 * The ports of a pod that its inbound policy tells apart; `inboundAccess` says the same of all that are in the same of them,
 * but for the Server of the port.
 *
 * @param template The pod template, as for `inboundAccess`.
 * @param namespace The name and the annotations of the namespace of the pods.
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Ranges that may overlap, one for each port with a Server of its own.
 * @example
 * const spec = { containers: [{ name: 'web' }] };
 * const annotations = { 'config.linkerd.io/proxy-require-identity-inbound-ports': '5432' };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations, spec } as const;
 * const shop = { name: 'shop', annotations: {} };
 * const ranges = portsWithAccess(template, shop, createMeshPolicySet([]), defaultProfile());
 * ranges.some(({ lower, upper }) => lower === 5432 && upper === 5432); // true
 */
export function portsWithAccess(
  template: PodTemplate,
  { annotations, name }: { readonly name: string; readonly annotations: StringMap },
  policies: MeshPolicySet,
  installation: LinkerdProfile,
): readonly PortRange[] {
  const pod = inboundPod({ template, name, annotations, policies, installation });
  const governed = [...pod.governingServers.keys()].map((port) => ({ lower: port, upper: port }));
  return [...governed, ...pod.identified.ranges, ...pod.opaque.ranges];
}

/** The part of a pod's inbound policy that is the same for all of its ports. */
interface InboundPod {
  readonly governingServers: ReadonlyMap<number, PortServer>;
  readonly policy: string;
  readonly identified: PortList;
  readonly opaque: PortList;
}

interface AskedPod {
  readonly template: PodTemplate;
  /** The name of the namespace. */
  readonly name: string;
  readonly annotations: StringMap;
  readonly policies: MeshPolicySet;
  readonly installation: LinkerdProfile;
}

/** By all that is asked; another question makes it stale. The ports of a pod are asked about one after the other. */
const inboundPod = rememberLast(
  {
    name: 'inbound policy of the last pod',
    isSame: (one: AskedPod, other: AskedPod) =>
      one.template === other.template &&
      one.name === other.name &&
      one.annotations === other.annotations &&
      one.policies === other.policies &&
      one.installation === other.installation,
  },
  ({ template, name, annotations, policies, installation }): InboundPod => {
    const identified = annotationOf(template, annotations, requireIdentityAnnotation) ?? '';
    return {
      governingServers: serversByPort(template, name, policies, installation),
      policy: defaultInboundPolicy(template, annotations, installation),
      identified: readPolicyControllerPorts(identified),
      opaque: opaquePortsOfPod(template, annotations, installation).enforced,
    };
  },
);

/**
 * Counts the policies that are about a Server, a route of its or its whole namespace, whether or not they let anybody in.
 *
 * @param server The Server, from a policy set.
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @returns How many AuthorizationPolicies and ServerAuthorizations are about it.
 * @example
 * const object = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'Server',
 *   metadata: { name: 'api', namespace: 'shop' },
 *   spec: { podSelector: {}, port: 8080 },
 * };
 * const policies = createMeshPolicySet([object]);
 * const [server] = policies.servers;
 * server && authorizationsOfServer(server, policies); // 0
 */
export function authorizationsOfServer(server: Server, policies: MeshPolicySet): number {
  const routes = routesOf(server, policies);
  return (
    policies.serverAuthorizations.filter((candidate) => concernsServer(candidate, server)).length +
    policies.authorizationPolicies.filter((policy) => isAbout(policy, server, routes)).length
  );
}

function routesOf(server: Server, { routes }: MeshPolicySet): readonly ServerRoute[] {
  return routes.filter(
    (route) => route.namespace === server.namespace && route.servers.includes(server.name),
  );
}

function isAbout(
  { namespace, target }: AuthorizationPolicy,
  server: Server,
  routes: readonly ServerRoute[],
): boolean {
  if (namespace !== server.namespace) return false;
  if (target.kind === 'Namespace') return true;
  return target.kind === 'Server'
    ? target.name === server.name
    : routes.some((route) => isTarget(route, target));
}

function isTarget(route: ServerRoute, target: AuthorizationPolicy['target']): boolean {
  return route.kind === target.kind && route.name === target.name && route.group === target.group;
}

function serverAccess(
  port: number,
  governingServer: PortServer,
  policies: MeshPolicySet,
  installation: LinkerdProfile,
): InboundAccess {
  const { server } = governingServer;
  const routes = routesOf(server, policies);
  const { grants, ignored } = grantsOf(server, routes, policies, installation);
  const clients = clientsOfDefault(server.accessPolicy, installation);
  const byAccessPolicy: Grant[] = clients
    ? [{ by: { kind: 'accessPolicy', policy: server.accessPolicy }, clients }]
    : [];
  const opaque = server.protocol === 'opaque' || server.protocol === 'TLS';
  return {
    port,
    server: governingServer,
    policy: server.accessPolicy,
    opaque,
    grants: [...byAccessPolicy, ...grants],
    ignored,
    routes,
  };
}

function grantsOf(
  server: Server,
  routes: readonly ServerRoute[],
  policies: MeshPolicySet,
  installation: LinkerdProfile,
): { grants: readonly Grant[]; ignored: readonly IgnoredPolicy[] } {
  const grants: Grant[] = [];
  const ignored: IgnoredPolicy[] = [];
  for (const authorization of policies.serverAuthorizations.filter((candidate) =>
    concernsServer(candidate, server),
  )) {
    const { name, namespace } = authorization;
    const clients = clientsOfServerAuthorization(authorization, installation);
    grants.push({ by: { kind: 'ServerAuthorization', namespace, name }, clients });
  }
  for (const policy of policies.authorizationPolicies) {
    const { name, namespace, target } = policy;
    if (!isAbout(policy, server, routes)) continue;
    const route = routes.find((candidate) => isTarget(candidate, target));
    const clients = clientsOfPolicy(policy, policies, installation);
    if (typeof clients === 'string') ignored.push({ namespace, name, why: clients });
    else
      grants.push({
        by: { kind: 'AuthorizationPolicy', namespace, name },
        clients,
        ...(route ? { route } : {}),
      });
  }
  return { grants, ignored };
}

function defaultAccess(pod: InboundPod, port: number, installation: LinkerdProfile): InboundAccess {
  const { policy } = pod;
  const clients = clientsOfDefault(policy, installation);
  const requiresIdentity = policy !== 'audit' && includesPort(pod.identified, port);
  const by = { kind: 'defaultInboundPolicy', policy } as const;
  const opaque = includesPort(pod.opaque, port);
  const grants = clients
    ? [{ by, clients: requiresIdentity ? { ...clients, identities: ['*'] } : clients }]
    : [];
  return { port, policy, opaque, grants, ignored: [], routes: [] };
}
