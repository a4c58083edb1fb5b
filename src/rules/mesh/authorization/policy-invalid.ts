import { valueAt } from '../../../kubernetes/json-pointer.ts';
import { isRecord } from '../../../kubernetes/object.ts';
import { linkerdObjectProblems, meshPolicyProblems, type ObjectProblem } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * An object of Linkerd's that Linkerd cannot use: its schema or its webhook refuses it, or its policy controller ignores
 * it. By default the API server goes on where the webhook does not answer, so such objects do get in, and then nothing
 * happens. At admission the webhook answers by itself. Annotations are the matter of `mesh/annotation-value`.
 * Source: linkerd2 policy-controller/runtime/src/admission.rs; charts/linkerd-crds; policy-controller/k8s/index/src/inbound.
 */
export const meshPolicyInvalid = defineRule({
  id: 'mesh/policy-invalid',
  title: 'Linkerd would refuse or ignore an object of its own',
  appliesTo: {
    kinds: [
      'Server.policy.linkerd.io',
      'ServerAuthorization.policy.linkerd.io',
      'AuthorizationPolicy.policy.linkerd.io',
      'MeshTLSAuthentication.policy.linkerd.io',
      'NetworkAuthentication.policy.linkerd.io',
      'HTTPLocalRateLimitPolicy.policy.linkerd.io',
      'EgressNetwork.policy.linkerd.io',
      'HTTPRoute.policy.linkerd.io',
      'HTTPRoute.gateway.networking.k8s.io',
      'GRPCRoute.gateway.networking.k8s.io',
      'TLSRoute.gateway.networking.k8s.io',
      'TCPRoute.gateway.networking.k8s.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: { admission: 'warn', ci: 'deny', audit: 'warn' },
  check: ({ object }, context) => {
    if (!meshConventionOf(context.convention) || !isOfLinkerd(object.spec, object.apiVersion)) return [];
    const refusals = linkerdObjectProblems(object);
    const found = (pointer: string) => foundAt(valueAt(object, pointer));
    if (refusals.length > 0)
      return refusals
        .filter(({ pointer }) => !pointer.startsWith('/metadata/'))
        .map((problem) => ({ ...remarkOn(problem), ...found(problem.pointer) }));
    return meshPolicyProblems(object).map(({ message, pointer }): Remark => {
      return {
        pointer,
        message: `Linkerd accepts it and cannot use it: ${message}`,
        defaultAction: 'warn',
        ...found(pointer),
      };
    });
  },
});

function remarkOn({ expected, message, pointer, refusedBy }: ObjectProblem): Remark {
  const who = refusedBy === 'schema' ? 'the API server' : 'Linkerd';
  return {
    pointer,
    message: `${who} refuses it: ${message}`,
    ...(expected === undefined ? {} : { expected }),
  };
}

function foundAt(value: unknown): Pick<Remark, 'found'> {
  if (value === undefined || isRecord(value) || Array.isArray(value)) return {};
  return { found: JSON.stringify(value) };
}

/** Routes of the Gateway API are Linkerd's only by their parents: most are attached to gateways of others. */
function isOfLinkerd(spec: unknown, apiVersion: string): boolean {
  if (!apiVersion.startsWith('gateway.networking.k8s.io/')) return true;
  const parents: unknown = isRecord(spec) ? spec.parentRefs : undefined;
  return (
    Array.isArray(parents) &&
    parents.some(
      (parent) =>
        isRecord(parent) &&
        (parent.kind === 'Service' || parent.kind === 'Server' || parent.kind === 'EgressNetwork'),
    )
  );
}
