import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  readMeshTlsAuthentication,
  readNetworkAuthentication,
  type MeshTlsAuthentication,
  type NetworkAuthentication,
} from './authentication.ts';
import { readAuthorizationPolicy, type AuthorizationPolicy } from './authorization-policy.ts';
import type { PolicyName, PolicyProblem, Reading } from './reading.ts';
import { readServer, type Server } from './server.ts';
import { readServerAuthorization, type ServerAuthorization } from './server-authorization.ts';
import { readServerRoute, type ServerRoute } from './server-route.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/** All inbound policy objects, without those that the policy controller would refuse. */
export interface MeshPolicySet {
  readonly servers: readonly Server[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly serverAuthorizations: readonly ServerAuthorization[];
  readonly routes: readonly ServerRoute[];
  readonly meshTlsAuthentications: readonly MeshTlsAuthentication[];
  readonly meshTlsAuthentication: (name: PolicyName) => MeshTlsAuthentication | undefined;
  readonly networkAuthentication: (name: PolicyName) => NetworkAuthentication | undefined;
}

/**
 * Collects the inbound policy objects among any objects; other objects are left out.
 *
 * @param objects Any objects of any namespaces.
 * @returns The objects by kind; an object that the policy controller would refuse is left out.
 * @example
 * const server = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'Server',
 *   metadata: { name: 'api', namespace: 'shop' },
 *   spec: { podSelector: {}, port: 8080 },
 * };
 * createMeshPolicySet([server]).servers.map(({ accessPolicy }) => accessPolicy); // ['deny']
 */
export function createMeshPolicySet(objects: Iterable<KubernetesObject>): MeshPolicySet {
  const servers: Server[] = [];
  const authorizationPolicies: AuthorizationPolicy[] = [];
  const serverAuthorizations: ServerAuthorization[] = [];
  const routes: ServerRoute[] = [];
  const meshTls = new Map<string, MeshTlsAuthentication>();
  const networks = new Map<string, NetworkAuthentication>();
  const keep = {
    Server: (object: KubernetesObject) => add(servers, readers.Server(object)),
    AuthorizationPolicy: (object: KubernetesObject) =>
      add(authorizationPolicies, readers.AuthorizationPolicy(object)),
    ServerAuthorization: (object: KubernetesObject) =>
      add(serverAuthorizations, readers.ServerAuthorization(object)),
    HTTPRoute: (object: KubernetesObject) => add(routes, readers.HTTPRoute(object)),
    GRPCRoute: (object: KubernetesObject) => add(routes, readers.GRPCRoute(object)),
    MeshTLSAuthentication: (object: KubernetesObject) => put(meshTls, readers.MeshTLSAuthentication(object)),
    NetworkAuthentication: (object: KubernetesObject) => put(networks, readers.NetworkAuthentication(object)),
  };
  for (const object of objects) {
    const kind = inboundPolicyKind(object);
    if (kind) keep[kind](object);
  }
  return {
    servers,
    authorizationPolicies,
    serverAuthorizations,
    routes,
    meshTlsAuthentications: [...meshTls.values()],
    meshTlsAuthentication: (name) => meshTls.get(keyOf(name)),
    networkAuthentication: (name) => networks.get(keyOf(name)),
  };
}

/**
 * Finds what Linkerd's webhook would refuse in an inbound policy object, and what in it cannot work.
 *
 * @param object Any object; only inbound policy objects have problems.
 * @returns Each problem with the JSON pointer to it.
 * @example
 * const server = { apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server', metadata: { name: 'api' }, spec: { port: 0 } };
 * meshPolicyProblems(server).map(({ pointer }) => pointer); // ['/spec/port']
 */
export function meshPolicyProblems(object: KubernetesObject): readonly PolicyProblem[] {
  const kind = inboundPolicyKind(object);
  return kind ? readers[kind](object).problems : [];
}

const readers = {
  Server: once('Server', readServer),
  AuthorizationPolicy: once('AuthorizationPolicy', readAuthorizationPolicy),
  ServerAuthorization: once('ServerAuthorization', readServerAuthorization),
  HTTPRoute: once('HTTPRoute', readServerRoute),
  GRPCRoute: once('GRPCRoute', readServerRoute),
  MeshTLSAuthentication: once('MeshTLSAuthentication', readMeshTlsAuthentication),
  NetworkAuthentication: once('NetworkAuthentication', readNetworkAuthentication),
} as const satisfies Readonly<Record<string, (object: KubernetesObject) => Reading<unknown>>>;

/** By object, never stale: the same objects are collected anew for each judgement, and nobody changes them. */
function once<Value>(
  kind: string,
  read: (object: KubernetesObject) => Reading<Value>,
): (object: KubernetesObject) => Reading<Value> {
  return rememberByOwner({ name: `readings of ${kind}` }, read);
}

function inboundPolicyKind({ apiVersion, kind }: KubernetesObject): keyof typeof readers | undefined {
  const group = groupOf(apiVersion);
  const isRoute = kind === 'HTTPRoute' || kind === 'GRPCRoute';
  if (group === 'gateway.networking.k8s.io' ? !isRoute : group !== 'policy.linkerd.io') return undefined;
  return Object.hasOwn(readers, kind) ? (kind as keyof typeof readers) : undefined;
}

function add<Value>(list: Value[], { value }: Reading<Value>): void {
  if (value !== undefined) list.push(value);
}

function put<Value extends PolicyName>(map: Map<string, Value>, { value }: Reading<Value>): void {
  if (value !== undefined) map.set(keyOf(value), value);
}

function keyOf({ namespace, name }: PolicyName): string {
  return `${namespace}/${name}`;
}
