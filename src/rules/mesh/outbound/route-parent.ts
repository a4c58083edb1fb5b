import type { KubernetesObject } from '../../../kubernetes/object.ts';
import {
  atLeast,
  conflictingRoute,
  isRoutable,
  outboundRoute,
  overridesRoutes,
  servicePortNumbers,
  type OutboundParent,
} from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import type { RuleContext } from '../../../facts/subject.ts';
import { namedObject } from '../../../facts/mesh/named-object.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { outboundRouteKinds } from '../../../facts/mesh/outbound-route-kinds.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A route whose parent does not take it: the Service or EgressNetwork does not exist, has no such port or no address, is
 * named with the wrong group, or something else overrides the route there. Linkerd notes it in the route's status.
 * Source: linkerd2 policy-controller/k8s/status/src/index.rs, parent_condition_service, parent_condition_egress_network
 * and parent_has_conflicting_routes; policy-controller/k8s/index/src/outbound/index.rs, apply_http_route, for the port.
 */
export const routeParent = defineRule({
  id: 'mesh/route-parent',
  title: 'A route has no effect on a parent that it names',
  appliesTo: { kinds: outboundRouteKinds, operations: ['CREATE', 'UPDATE', 'STATE'] },
  // At admission the parent may come a second later.
  defaultAction: { admission: 'off', ci: 'warn', audit: 'warn' },
  readsInventory: true,
  check: ({ object }, context) => {
    if (!meshConventionOf(context.convention)) return [];
    return outboundRoute(object).parents.flatMap((parent) => {
      const remark = remarkOn(object, parent, context);
      return remark ? [{ pointer: parent.pointer, ...remark }] : [];
    });
  },
});

type Words = Pick<Remark, 'message' | 'expected' | 'found'>;

function remarkOn(route: KubernetesObject, parent: OutboundParent, context: RuleContext): Words | undefined {
  const { kind, name, namespace, strangeGroup } = parent;
  const what = `${kind} "${namespace}/${name}"`;
  if (strangeGroup !== undefined) {
    const group = kind === 'Service' ? 'group: core' : 'group: policy.linkerd.io';
    return {
      message: `parent ${what} has the group ${strangeGroup}, so Linkerd does not attach the route to it`,
      expected: `${group}, written out: without it the API server stores ${strangeGroup}`,
    };
  }
  const found = namedObject(parent, context);
  if (found.is === 'unknown') return undefined;
  if (found.is === 'missing')
    return {
      message: `there is no ${what}, so the route has no effect on it`,
      found: name,
      expected:
        found.meant === undefined ? `the name of an existing ${kind}` : `did you mean ${found.meant}?`,
    };
  const problem = kind === 'Service' ? serviceProblem(found.object, parent, context) : undefined;
  return problem ?? conflict(route, parent, context);
}

function serviceProblem(
  service: KubernetesObject,
  { name, namespace, port }: OutboundParent,
  { inventory }: RuleContext,
): Words | undefined {
  const what = `Service "${namespace}/${name}"`;
  if (!isRoutable(service))
    return {
      message: `${what} has no cluster IP, so Linkerd does not attach routes to it`,
      expected: 'a parent Service with a cluster IP (not headless, not ExternalName)',
    };
  const ports = servicePortNumbers(service);
  if (port !== undefined && ports.length > 0 && !ports.includes(port))
    return {
      message: `${what} has no port ${port}, so no traffic takes the route`,
      found: `port: ${port}`,
      expected: `port: ${ports.join(' or ')} (of the Service, not of the container), or no port for all of them`,
    };
  for (const policy of inventory.meshPolicies(namespace))
    if (overridesRoutes(policy, { name, namespace }))
      return {
        message: `ServiceProfile "${namespace}/${policy.metadata.name}" overrides every route of ${what}`,
        expected: 'either the routes or the ServiceProfile',
      };
  return undefined;
}

function conflict(
  { kind, metadata: { namespace = 'default' } }: KubernetesObject,
  parent: OutboundParent,
  { convention, inventory }: RuleContext,
): Words | undefined {
  const version = meshConventionOf(convention)?.linkerd.version ?? '';
  if (!atLeast(version, '2.16')) return undefined;
  const places = new Set([namespace, parent.namespace]);
  const routes = [...places].flatMap((place) => [...inventory.meshPolicies(place)]);
  const stronger = conflictingRoute(kind, parent, routes);
  if (!stronger) return undefined;
  const { name, namespace: place = 'default' } = stronger.metadata;
  return {
    message: `${stronger.kind} "${place}/${name}" is attached to ${parent.kind} "${parent.namespace}/${parent.name}" as well, so Linkerd ignores this ${kind}`,
    expected: `one kind of routes for the same parent and port`,
  };
}
