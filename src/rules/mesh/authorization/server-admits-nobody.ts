import { isRecord } from '../../../kubernetes/object.ts';
import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import { authorizationsOfServer, serverFit } from '../../../linkerd/index.ts';
import { isWhole, meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A Server denies what nobody authorizes, whatever the default policy of its namespace is: one that was made for
 * something else, such as a rate limit, refuses every request. `accessPolicy: deny` says so itself. At admission the
 * authorization may be a second away.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs; website, reference/authorization-policy.
 */
export const serverAdmitsNobody = defineRule({
  id: 'mesh/server-admits-nobody',
  title: 'A Server refuses every request, because nothing authorizes any client',
  appliesTo: { kinds: ['Server.policy.linkerd.io'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: { admission: 'off', ci: 'warn', audit: 'warn' },
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const mesh = meshConventionOf(context.convention);
    if (!mesh || !isWhole(context.inventory)) return [];
    if (isRecord(object.spec) && object.spec.accessPolicy === 'deny') return [];
    const policies = meshPoliciesAround(subject, context);
    const server = policies.servers.find(
      ({ name, namespace }) => name === object.metadata.name && namespace === object.metadata.namespace,
    );
    if (!server || server.accessPolicy !== 'deny' || authorizationsOfServer(server, policies) > 0) return [];
    const templates = [...context.inventory.workloads(server.namespace)].flatMap(
      (workload) => podTemplateOf(workload) ?? [],
    );
    // Where it selects nothing, that is a finding of its own, and pods that nobody sees may be somebody's.
    if (serverFit(server, templates, mesh.linkerd) !== 'selects') return [];
    // What is meant to authorize somebody and cannot be read is a finding of its own.
    if (policies.unusable.some(({ kind }) => kind.endsWith('Policy') || kind.endsWith('Authorization')))
      return [];
    return [
      {
        pointer: '/spec',
        message: `it denies every request on port ${server.port} of the pods that it selects, because no AuthorizationPolicy or ServerAuthorization is about it`,
        expected: `an AuthorizationPolicy with targetRef {group: policy.linkerd.io, kind: Server, name: ${server.name}}; or accessPolicy: deny if that is meant, and accessPolicy: all-unauthenticated if everybody may connect`,
      },
    ];
  },
});
