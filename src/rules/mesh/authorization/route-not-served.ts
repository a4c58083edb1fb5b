import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { groupOf } from '../../../kubernetes/object.ts';
import { protocolsServing, type MeshPolicySet, type ServedKind } from '../../../linkerd/index.ts';
import { meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A route or a rate limit hangs on a Server whose protocol does not serve it. The authorizations of such a route are
 * void, so that its callers are refused, and such a limit limits nothing.
 * Source: linkerd2 policy-controller/grpc/src/inbound.rs, to_server.
 */
export const routeNotServed = defineRule({
  id: 'mesh/route-not-served',
  title: "A route or a rate limit is not served by its Server's protocol",
  appliesTo: {
    kinds: [
      'HTTPRoute.policy.linkerd.io',
      'HTTPRoute.gateway.networking.k8s.io',
      'GRPCRoute.gateway.networking.k8s.io',
      'HTTPLocalRateLimitPolicy.policy.linkerd.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    if (!meshConventionOf(context.convention)) return [];
    const kind = object.kind as ServedKind;
    const served = protocolsServing(kind);
    const policies = meshPoliciesAround(subject, context);
    const namespace = object.metadata.namespace ?? 'default';
    const names = serversOf(object, policies);
    const server = policies.servers.find(
      (candidate) =>
        candidate.namespace === namespace &&
        names.includes(candidate.name) &&
        !served.includes(candidate.protocol),
    );
    if (!server) return [];
    const effect =
      kind === 'HTTPLocalRateLimitPolicy'
        ? 'nothing is limited'
        : 'its authorizations are void and its callers are refused';
    return [
      {
        pointer: kind === 'HTTPLocalRateLimitPolicy' ? '/spec/targetRef' : '/spec/parentRefs',
        message: `a Server with proxyProtocol ${server.protocol} ("${server.name}") does not serve ${plurals[kind]}, so ${effect}`,
        found: `proxyProtocol: ${server.protocol} of Server "${server.name}"`,
        expected: `proxyProtocol: ${served[0]} on the Server${
          server.protocol === 'gRPC' && kind === 'HTTPRoute' ? ', or a GRPCRoute' : ''
        }${server.protocol !== 'opaque' && server.protocol !== 'TLS' && kind === 'GRPCRoute' ? ', or an HTTPRoute for the path of the gRPC method' : ''}`,
      },
    ];
  },
});

const plurals = {
  HTTPRoute: 'HTTPRoutes',
  GRPCRoute: 'GRPCRoutes',
  HTTPLocalRateLimitPolicy: 'rate limits',
} as const satisfies Readonly<Record<ServedKind, string>>;

/** The names of the Servers that an object hangs on; none where Linkerd cannot read it. */
function serversOf(object: KubernetesObject, { rateLimits, routes }: MeshPolicySet): readonly string[] {
  const { kind, metadata } = object;
  const isOwn = (other: { readonly name: string; readonly namespace: string }) =>
    other.name === metadata.name && other.namespace === (metadata.namespace ?? 'default');
  if (kind === 'HTTPLocalRateLimitPolicy') return rateLimits.filter(isOwn).map(({ server }) => server);
  const group = groupOf(object.apiVersion);
  return routes.find((route) => route.kind === kind && route.group === group && isOwn(route))?.servers ?? [];
}
