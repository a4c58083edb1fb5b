import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { defineRule } from '../define-rule.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { isMirrorPod } from '../../workloads/makers.ts';

/**
 * The pods of a workload share the network of their node: to Calico they are no endpoints, no policy of a namespace
 * selects them, and other pods' rules know them by the node's address alone.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/conversion.go, IsHostNetworked.
 */
export const hostNetwork = defineRule({
  id: 'gate/host-network',
  title: 'The pods of a workload use the network of their node, where no policy reaches them',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const { object } = subject;
    const template = podTemplateOf(object);
    if (!context.convention?.defaultDeny || template?.spec.hostNetwork !== true) return [];
    if (isFromJudgedTemplate(subject, context) || isMirrorPod(object)) return [];
    return [
      {
        pointer: `${template.pointer}/spec/hostNetwork`,
        message: 'its pods use the network of their node, where no policy of the namespace reaches them',
        found: 'hostNetwork: true',
        expected: 'hostNetwork: false, or a HostEndpoint and policies for the node',
      },
    ];
  },
});
