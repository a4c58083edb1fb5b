import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  readMeshTlsAuthentication,
  readNetworkAuthentication,
  type MeshTlsAuthentication,
  type NetworkAuthentication,
} from './authentication.ts';
import { readAuthorizationPolicy, type AuthorizationPolicy } from './authorization-policy.ts';
import { readRateLimit, type RateLimit } from './rate-limit.ts';
import { policyName, type PolicyName, type PolicyProblem, type Reading } from './reading.ts';
import { readServer, type Server } from './server.ts';
import { readServerAuthorization, type ServerAuthorization } from './server-authorization.ts';
import { readServerRoute, type ServerRoute } from './server-route.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/** An object that the policy controller cannot use, and why. */
export interface UnusablePolicy extends PolicyName {
  readonly kind: string;
  readonly group: string;
  /** One sentence without a full stop. */
  readonly why: string;
}

/** All inbound policy objects, without those that the policy controller would refuse. */
export interface MeshPolicySet {
  readonly servers: readonly Server[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly serverAuthorizations: readonly ServerAuthorization[];
  readonly routes: readonly ServerRoute[];
  readonly rateLimits: readonly RateLimit[];
  /** Objects that exist, and that the policy controller cannot use. */
  readonly unusable: readonly UnusablePolicy[];
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
  const rateLimits: RateLimit[] = [];
  const unusable: UnusablePolicy[] = [];
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
    HTTPLocalRateLimitPolicy: (object: KubernetesObject) =>
      add(rateLimits, readers.HTTPLocalRateLimitPolicy(object)),
  };
  for (const object of objects) {
    const kind = inboundPolicyKind(object);
    const problems = kind ? keep[kind](object) : undefined;
    if (problems) unusable.push(unusablePolicy(object, problems));
  }
  return {
    servers,
    authorizationPolicies,
    serverAuthorizations,
    routes,
    rateLimits,
    unusable,
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
  HTTPLocalRateLimitPolicy: once('HTTPLocalRateLimitPolicy', readRateLimit),
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

/** What is wrong where there is no value. */
type Unread = readonly PolicyProblem[] | undefined;

function add<Value>(list: Value[], { problems, value }: Reading<Value>): Unread {
  if (value === undefined) return problems;
  list.push(value);
  return undefined;
}

function put<Value extends PolicyName>(map: Map<string, Value>, { problems, value }: Reading<Value>): Unread {
  if (value === undefined) return problems;
  map.set(keyOf(value), value);
  return undefined;
}

function unusablePolicy(object: KubernetesObject, [problem]: readonly PolicyProblem[]): UnusablePolicy {
  return {
    ...policyName(object),
    kind: object.kind,
    group: groupOf(object.apiVersion),
    why: problem?.message ?? 'it cannot be read',
  };
}

function keyOf({ namespace, name }: PolicyName): string {
  return `${namespace}/${name}`;
}
