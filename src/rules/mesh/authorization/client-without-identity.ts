import { namespaceIdentity } from '../../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { pointerOf } from '../../../kubernetes/json-pointer.ts';
import { serviceCallsOf, type ServiceCall } from '../../../kubernetes/service-calls.ts';
import type { Remark } from '../../../facts/finding.ts';
import { isWhole, meshPoliciesOf } from '../../../facts/mesh/mesh-policies.ts';
import { nameOf } from '../../../facts/object-name.ts';
import { closedPorts, outsideTypeOf, type ClosedPort } from '../../../facts/mesh/outside-clients.ts';
import type { RuleContext } from '../../../facts/subject.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A port needs an identity of the mesh, and those that it is there for cannot have one: whoever comes by a LoadBalancer or
 * a NodePort, and the API server, which calls webhooks and aggregated APIs. Each of them is refused. At admission the
 * authorization may be a second away.
 * Source: linkerd2 policy-controller/k8s/index/src/defaults.rs, default_client_authz.
 */
export const clientWithoutIdentity = defineRule({
  id: 'mesh/client-without-identity',
  title: 'A port needs a mesh identity, and its clients cannot have one',
  appliesTo: {
    kinds: [
      'Service.',
      'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
      'MutatingWebhookConfiguration.admissionregistration.k8s.io',
      'APIService.apiregistration.k8s.io',
      'CustomResourceDefinition.apiextensions.k8s.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: { admission: 'off', ci: 'warn', audit: 'warn' },
  readsInventory: true,
  check: ({ object }, context) => {
    if (!isWhole(context.inventory)) return [];
    return object.kind === 'Service'
      ? ofService(object, context)
      : serviceCallsOf(object).flatMap((call) => ofCall(call, context));
  },
});

function ofService(service: KubernetesObject, context: RuleContext): readonly Remark[] {
  const type = outsideTypeOf(service);
  if (type === undefined) return [];
  return closedIn(service, context).map((closed) => ({
    pointer: pointerOf('spec', 'ports', closed.index),
    message: `clients that come by this ${type} have no mesh identity, and port ${closed.port} of ${nameOf(closed.workload)} refuses whoever has none`,
    ...decides(closed),
    expected: remedyFor(closed, 'the networks of these clients'),
  }));
}

function ofCall(call: ServiceCall, context: RuleContext): readonly Remark[] {
  const { inventory } = context;
  for (const service of inventory.services(call.namespace)) {
    if (service.metadata.name !== call.name) continue;
    const [closed] = closedIn(service, context, call.port);
    if (!closed) continue;
    const { found, witness } = decides(closed);
    return [
      {
        pointer: call.pointer,
        message: `the API server has no mesh identity, so port ${closed.port} of ${nameOf(closed.workload)} refuses ${call.what}`,
        witness: call.otherwise === undefined ? witness : `${witness}; ${call.otherwise}`,
        found,
        expected: remedyFor(closed, "the API server's addresses"),
        namespace: call.namespace,
      },
    ];
  }
  return [];
}

/** The closed ports behind a Service of a namespace in the mesh, each once. */
function closedIn(service: KubernetesObject, context: RuleContext, only?: number): readonly ClosedPort[] {
  const { conventions, inventory } = context;
  const { namespace = 'default' } = service.metadata;
  const mesh = meshConventionOf(
    conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace))),
  );
  const policies = mesh && meshPoliciesOf(namespace, inventory);
  // What was meant to admit somebody and cannot be read is a finding of its own.
  if (!policies || policies.unusable.length > 0) return [];
  const seen = new Set<number>();
  return closedPorts(service, mesh, policies, context, only).filter(({ index }) => {
    const isNew = !seen.has(index);
    seen.add(index);
    return isNew;
  });
}

function decides({ access: { policy, server } }: ClosedPort): {
  readonly found: string;
  readonly witness: string;
} {
  return server
    ? {
        found: `Server "${server.server.name}", access policy ${policy}`,
        witness: 'nothing authorizes clients without an identity for its Server',
      }
    : {
        found: `default inbound policy ${policy}`,
        witness: `no Server governs the port, and ${policy} admits nobody without an identity`,
      };
}

function remedyFor({ access: { server }, port }: ClosedPort, whose: string): string {
  const target = server ? `Server "${server.server.name}"` : `a Server for port ${port}`;
  return `an AuthorizationPolicy for ${target} with a NetworkAuthentication of ${whose}`;
}
