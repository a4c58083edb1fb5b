import { stringMap, type StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  defaultInboundPolicyAnnotation,
  requireIdentityAnnotation,
} from '../installation/annotation-names.ts';
import { isInboundPolicy } from '../annotations/catalogue.ts';
import { opaquePortsOfPod } from '../ports/opaque-ports.ts';
import { includesPort, type PortList, readPolicyControllerPorts } from '../ports/port-list.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { clientsOfPolicy, clientsOfServerAuthorization } from './authorized-clients.ts';
import { everyNetwork, type Clients } from './clients.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { PolicyName } from './reading.ts';
import { concernsServer } from './server-authorization.ts';
import type { ServerRoute } from './server-route.ts';
import { serversByPort, type PortServer } from './server-selection.ts';
import type { Server } from './server.ts';
import { rememberLast } from '../../memo/last.ts';

/** Something that lets clients connect. */
export interface Grant {
  readonly by:
    | (PolicyName & { readonly kind: 'AuthorizationPolicy' | 'ServerAuthorization' })
    | { readonly kind: 'accessPolicy' | 'defaultInboundPolicy'; readonly policy: string };
  readonly clients: Clients;
  /** The route the grant is limited to; undefined: the whole port. */
  readonly route?: ServerRoute;
}

/** An AuthorizationPolicy that targets the port and is ignored, because something it refers to is not there. */
export interface IgnoredPolicy extends PolicyName {
  readonly why: string;
}

/** Who may connect to one port of a pod, as the policy controller would tell its proxy. */
export interface InboundAccess {
  readonly port: number;
  /** The Server that rules the port; undefined: the pod's default inbound policy does. */
  readonly server?: PortServer;
  /** The access policy of the Server, or the default inbound policy of the pod. */
  readonly policy: string;
  /** The proxy takes the port's traffic for bytes, so requests and their paths are not seen. */
  readonly opaque: boolean;
  readonly grants: readonly Grant[];
  readonly ignored: readonly IgnoredPolicy[];
  /** The routes attached to the Server; with any, only requests that one of them matches may pass. */
  readonly routes: readonly ServerRoute[];
}

/**
 * Works out who may connect to a port of the pods of a template.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/index.rs, defaults.rs.
 */
export function inboundAccess(
  template: PodTemplate,
  namespace: { readonly name: string; readonly annotations: StringMap },
  port: number,
  policies: MeshPolicySet,
  profile: LinkerdProfile,
): InboundAccess {
  const { name, annotations } = namespace;
  const pod = inboundPod({ template, name, annotations, policies, profile });
  const governingServer = pod.governingServers.get(port);
  return governingServer
    ? serverAccess(port, governingServer, policies, profile)
    : defaultAccess(pod, port, profile);
}

/** What of a pod's inbound policy is the same for all of its ports. */
interface InboundPod {
  readonly governingServers: ReadonlyMap<number, PortServer>;
  readonly policy: string;
  readonly identified: PortList;
  readonly opaque: PortList;
}

interface AskedPod {
  readonly template: PodTemplate;
  /** The namespace. */
  readonly name: string;
  readonly annotations: StringMap;
  readonly policies: MeshPolicySet;
  readonly profile: LinkerdProfile;
}

/** Of the last pod; one port after the other is asked about, and a pod may have any number of them. */
const inboundPod = rememberLast(
  {
    name: 'inbound policy of the last pod',
    isSame: (one: AskedPod, other: AskedPod) =>
      one.template === other.template &&
      one.name === other.name &&
      one.annotations === other.annotations &&
      one.policies === other.policies &&
      one.profile === other.profile,
  },
  ({ template, name, annotations, policies, profile }): InboundPod => {
    const identified = annotationOf(template, annotations, requireIdentityAnnotation) ?? '';
    return {
      governingServers: serversByPort(template, name, policies),
      policy: defaultInboundPolicy(template, annotations, profile),
      identified: readPolicyControllerPorts(identified),
      opaque: opaquePortsOfPod(template, annotations, profile).enforced,
    };
  },
);

/** The default inbound policy of the pods of a template; a wrong value is ignored, not replaced by the namespace's. */
export function defaultInboundPolicy(
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  profile: LinkerdProfile,
): string {
  const text = annotationOf(template, namespaceAnnotations, defaultInboundPolicyAnnotation);
  return text !== undefined && isInboundPolicy(text, profile.version) ? text : profile.defaultInboundPolicy;
}

/** The clients that a default inbound policy or an access policy lets in; none for `deny`. */
export function clientsOfDefault(policy: string, profile: LinkerdProfile): Clients | undefined {
  if (policy === 'deny') return undefined;
  const networks = policy.startsWith('cluster-')
    ? profile.clusterNetworks.map((cidr) => ({ cidr, except: [] }))
    : everyNetwork;
  return { identities: policy.endsWith('-authenticated') ? ['*'] : 'anyone', networks };
}

function serverAccess(
  port: number,
  governingServer: PortServer,
  policies: MeshPolicySet,
  profile: LinkerdProfile,
): InboundAccess {
  const { server } = governingServer;
  const routes = policies.routes.filter(
    (route) => route.namespace === server.namespace && route.servers.includes(server.name),
  );
  const { grants, ignored } = grantsOf(server, routes, policies, profile);
  const clients = clientsOfDefault(server.accessPolicy, profile);
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
  profile: LinkerdProfile,
): { grants: readonly Grant[]; ignored: readonly IgnoredPolicy[] } {
  const grants: Grant[] = [];
  const ignored: IgnoredPolicy[] = [];
  for (const authorization of policies.serverAuthorizations.filter((candidate) =>
    concernsServer(candidate, server),
  )) {
    const { name, namespace } = authorization;
    const clients = clientsOfServerAuthorization(authorization, profile);
    grants.push({ by: { kind: 'ServerAuthorization', namespace, name }, clients });
  }
  for (const policy of policies.authorizationPolicies) {
    const { name, namespace, target } = policy;
    if (namespace !== server.namespace) continue;
    const route = routes.find(
      (candidate) =>
        candidate.kind === target.kind && candidate.name === target.name && candidate.group === target.group,
    );
    if (!route && target.kind !== 'Namespace' && !(target.kind === 'Server' && target.name === server.name))
      continue;
    const clients = clientsOfPolicy(policy, policies, profile);
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

function defaultAccess(pod: InboundPod, port: number, profile: LinkerdProfile): InboundAccess {
  const { policy } = pod;
  const clients = clientsOfDefault(policy, profile);
  const requiresIdentity = policy !== 'audit' && includesPort(pod.identified, port);
  const by = { kind: 'defaultInboundPolicy', policy } as const;
  const opaque = includesPort(pod.opaque, port);
  const grants = clients
    ? [{ by, clients: requiresIdentity ? { ...clients, identities: ['*'] } : clients }]
    : [];
  return { port, policy, opaque, grants, ignored: [], routes: [] };
}

/** An annotation of the running pod: the template's, or what the namespace hands down. */
function annotationOf(
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  key: string,
): string | undefined {
  for (const annotations of [template.annotations, stringMap(namespaceAnnotations)]) {
    if (Object.hasOwn(annotations, key)) return annotations[key];
  }
  return undefined;
}
