import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import { serversByPort } from '../../../linkerd/index.ts';
import { nameOf } from '../../../facts/object-name.ts';
import { defineRule } from '../../define-rule.ts';
import { meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * A Server is ignored on a port of some pods, because an older one selects the same port of them. Linkerd's webhook
 * has not refused that since edge-25.2.2.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs.
 */
export const serverOverlap = defineRule({
  id: 'mesh/server-overlap',
  title: 'A Server is ignored where another selects the same port of the same pods',
  appliesTo: { kinds: ['Server.policy.linkerd.io'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const { name, namespace = 'default' } = object.metadata;
    const mesh = meshConventionOf(context.convention);
    if (!mesh) return [];
    const policies = meshPoliciesAround(subject, context);
    for (const workload of context.inventory.workloads(namespace)) {
      const template = podTemplateOf(workload);
      if (!template) continue;
      for (const [port, { orderKnown, overlapped, server }] of serversByPort(
        template,
        namespace,
        policies,
        mesh.linkerd,
      )) {
        if (!overlapped.some((other) => other.name === name)) continue;
        return [
          {
            pointer: '/spec/podSelector',
            message: orderKnown
              ? `it is ignored on port ${port} of ${nameOf(workload)}, which the older Server "${server.name}" selects too`
              : `port ${port} of ${nameOf(workload)} is selected by Server "${server.name}" too, and only the one created first counts`,
            expected: 'one Server for each port of a pod: narrower selectors, or one of the two gone',
          },
        ];
      }
    }
    return [];
  },
});
