import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { list, record, text, type Fields } from '../../kubernetes/read.ts';

/** What a route is attached to, as Linkerd's policy controller reads a parentRef. */
export interface OutboundParent {
  readonly kind: 'Service' | 'EgressNetwork';
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
  readonly pointer: JsonPointer;
  /** The group that the API server stores, where by it Linkerd takes the parent for something else. */
  readonly strangeGroup?: string;
}

/** Where a route sends a share of the requests; `other`: a kind to which Linkerd sends nothing. */
export interface OutboundBackend {
  readonly kind: 'Service' | 'EgressNetwork' | 'other';
  /** The kind as it is written. */
  readonly written: string;
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
  readonly pointer: JsonPointer;
}

/** A route by its ends; routes of Servers and of gateways have no parents here. */
export interface OutboundRoute {
  readonly parents: readonly OutboundParent[];
  /** Those with a weight above 0. */
  readonly backends: readonly OutboundBackend[];
}

/**
 * Reads what a route is attached to and where it sends requests. A parentRef without a group gets the one of the
 * route's own schema: `gateway.networking.k8s.io`, or `policy.linkerd.io` in Linkerd's HTTPRoute.
 * Source: Linkerd policy-controller/k8s/index/src/outbound/index.rs, is_service and is_egress_network;
 * outbound/index/http.rs, grpc.rs, tls.rs and tcp.rs, convert_backend; charts/linkerd-crds policy/httproute.yaml.
 *
 * @param route An HTTPRoute of either group, a GRPCRoute, a TLSRoute or a TCPRoute.
 * @returns The Services and EgressNetworks among its parents, and all of its backends.
 * @example
 * const route = {
 *   apiVersion: 'gateway.networking.k8s.io/v1',
 *   kind: 'HTTPRoute',
 *   metadata: { name: 'split', namespace: 'shop' },
 *   spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web', port: 80 }] },
 * };
 * outboundRoute(route).parents.map(({ name, port }) => [name, port]); // [['web', 80]]
 */
export function outboundRoute(route: KubernetesObject): OutboundRoute {
  const spec = record(route.spec);
  const namespace = route.metadata.namespace ?? 'default';
  const usualGroup = groupOf(route.apiVersion);
  return {
    parents: list(spec.parentRefs).flatMap((parent, index) =>
      readParent(record(parent), `/spec/parentRefs/${index}`, { namespace, usualGroup }),
    ),
    backends: list(spec.rules).flatMap((rule, at) =>
      list(record(rule).backendRefs).flatMap((backend, index) =>
        readBackend(record(backend), `/spec/rules/${at}/backendRefs/${index}`, namespace),
      ),
    ),
  };
}

/**
 * Tells whether a route is one that Linkerd attaches to a Service or an EgressNetwork.
 *
 * @param route A route, from `outboundRoute`.
 * @returns Whether one of its parents is such an object, with the right group.
 * @example
 * isOutboundRoute({ parents: [], backends: [] }); // false
 */
export function isOutboundRoute({ parents }: OutboundRoute): boolean {
  return parents.some(({ strangeGroup }) => strangeGroup === undefined);
}

/**
 * The kinds of routes of which one at the very same parent and port puts a route out of force.
 * Source: Linkerd policy-controller/k8s/status/src/index.rs, parent_has_conflicting_routes.
 */
const stronger: ReadonlyMap<string, readonly string[]> = new Map([
  ['HTTPRoute', ['GRPCRoute']],
  ['TLSRoute', ['GRPCRoute', 'HTTPRoute']],
  ['TCPRoute', ['GRPCRoute', 'HTTPRoute', 'TLSRoute']],
]);

/**
 * Finds the route that puts one of a kind out of force at a parent.
 *
 * @param kind The kind of the route that may be out of force.
 * @param parent One of its parents, from `outboundRoute`.
 * @param routes The routes that may be attached to the same parent.
 * @returns The first such route; undefined where there is none.
 * @example
 * const parent = { kind: 'Service', namespace: 'shop', name: 'web', pointer: '/spec/parentRefs/0' } as const;
 * conflictingRoute('HTTPRoute', parent, []); // undefined
 */
export function conflictingRoute(
  kind: string,
  parent: OutboundParent,
  routes: Iterable<KubernetesObject>,
): KubernetesObject | undefined {
  const kinds = stronger.get(kind) ?? [];
  if (kinds.length === 0) return undefined;
  for (const route of routes)
    if (kinds.includes(route.kind) && outboundRoute(route).parents.some((other) => isSame(other, parent)))
      return route;
  return undefined;
}

function isSame(one: OutboundParent, other: OutboundParent): boolean {
  return (
    one.strangeGroup === undefined &&
    one.kind === other.kind &&
    one.namespace === other.namespace &&
    one.name === other.name &&
    one.port === other.port
  );
}

interface Surroundings {
  readonly namespace: string;
  readonly usualGroup: string;
}

function readParent(
  { group: written, kind: writtenKind, name, namespace, port }: Fields,
  pointer: JsonPointer,
  { namespace: own, usualGroup }: Surroundings,
): readonly OutboundParent[] {
  const group = typeof written === 'string' ? written : usualGroup;
  const kind = kindOf(writtenKind);
  if (kind === undefined || text(name) === '') return [];
  const isRight = kind === 'Service' ? isCore(group) : isLinkerds(group);
  // What has another group on purpose is somebody else's kind.
  if (!isRight && group !== 'gateway.networking.k8s.io' && group !== 'policy.linkerd.io') return [];
  return [
    {
      kind,
      namespace: text(namespace) || own,
      name: text(name),
      pointer,
      ...portOf(port),
      ...(isRight ? {} : { strangeGroup: group }),
    },
  ];
}

function readBackend(
  { group, kind: written, name, namespace, port, weight }: Fields,
  pointer: JsonPointer,
  own: string,
): readonly OutboundBackend[] {
  if (weight === 0 || text(name) === '') return [];
  const kind = kindOf(written ?? 'Service');
  const isRight = kind === 'EgressNetwork' ? isLinkerds(text(group)) : isCore(text(group));
  return [
    {
      kind: kind !== undefined && isRight ? kind : 'other',
      written: text(written) || 'Service',
      namespace: text(namespace) || own,
      name: text(name),
      pointer,
      ...portOf(port),
    },
  ];
}

function kindOf(value: unknown): OutboundParent['kind'] | undefined {
  const kind = text(value).toLowerCase();
  if (kind === 'service') return 'Service';
  return kind === 'egressnetwork' ? 'EgressNetwork' : undefined;
}

function isCore(group: string): boolean {
  return group === '' || group.toLowerCase() === 'core';
}

function isLinkerds(group: string): boolean {
  return group.toLowerCase() === 'policy.linkerd.io';
}

function portOf(port: unknown): { readonly port?: number } {
  return typeof port === 'number' && port > 0 ? { port } : {};
}
