import { groupOf } from '../../../kubernetes/object.ts';
import {
  isOutboundRoute,
  outboundRoute,
  type OutboundBackend,
  type OutboundParent,
} from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import type { RuleContext } from '../../../facts/subject.ts';
import { namedObject } from '../../../facts/mesh/named-object.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { outboundRouteKinds } from '../../../facts/mesh/outbound-route-kinds.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A backend to which Linkerd sends nothing: it does not exist, is of a kind that is no backend, or is an EgressNetwork
 * that is not the route's parent. Its share of the requests fails.
 * Source: linkerd2 policy-controller/k8s/index/src/outbound/index/http.rs, convert_backend;
 * policy-controller/grpc/src/outbound/http.rs, convert_backend and invalid_backend.
 */
export const routeBackend = defineRule({
  id: 'mesh/route-backend',
  title: 'A route sends requests to a backend that Linkerd does not reach',
  appliesTo: { kinds: outboundRouteKinds, operations: ['CREATE', 'UPDATE', 'STATE'] },
  // At admission the backend may come a second later.
  defaultAction: { admission: 'off', ci: 'warn', audit: 'warn' },
  readsInventory: true,
  check: ({ object }, context) => {
    const route = outboundRoute(object);
    if (!meshConventionOf(context.convention) || !isOutboundRoute(route)) return [];
    const isLinkerds = groupOf(object.apiVersion) === 'policy.linkerd.io';
    return route.backends.flatMap((backend) => {
      const remark =
        remarkOn(backend, route.parents, context) ?? (isLinkerds ? withoutPort(backend) : undefined);
      return remark ? [{ pointer: backend.pointer, ...remark }] : [];
    });
  },
});

type Words = Pick<Remark, 'message' | 'expected' | 'found'>;

function remarkOn(
  backend: OutboundBackend,
  parents: readonly OutboundParent[],
  context: RuleContext,
): Words | undefined {
  const { kind, name, namespace, written } = backend;
  if (kind === 'other')
    return {
      message: `backend "${name}" is a ${written} of another group, to which Linkerd sends nothing: ${fails}`,
      expected: 'a Service (without a group), or the EgressNetwork that is the parent',
    };
  const found = namedObject({ kind, name, namespace }, context);
  if (found.is === 'missing')
    return {
      message: `there is no ${kind} "${namespace}/${name}" for its backend: ${fails}`,
      found: name,
      expected:
        found.meant === undefined ? `the name of an existing ${kind}` : `did you mean ${found.meant}?`,
    };
  if (kind === 'EgressNetwork' && !parents.some((parent) => isSame(parent, backend)))
    return {
      message: `EgressNetwork "${namespace}/${name}" is a backend and no parent of the route: ${fails}`,
      expected: 'the same EgressNetwork as parent and backend',
    };
  return undefined;
}

const fails = 'its share of the requests fails';

/** Linkerd's webhook asks for the port in routes of the Gateway API alone. */
function withoutPort({ kind, name, port }: OutboundBackend): Words | undefined {
  if (kind !== 'Service' || port !== undefined) return undefined;
  return {
    message: `backend Service "${name}" has no port: ${fails}`,
    expected: 'port: the port of the Service',
  };
}

function isSame(parent: OutboundParent, backend: OutboundBackend): boolean {
  return (
    parent.kind === backend.kind && parent.namespace === backend.namespace && parent.name === backend.name
  );
}
