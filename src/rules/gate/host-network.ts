import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { Remark } from '../../facts/finding.ts';
import { podPlacesOf } from '../../workloads/custom/pod-places.ts';
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
  appliesTo: { kinds: ['workload', 'pod-maker'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const { object } = subject;
    const places = podPlacesOf(object, context.convention?.workloads);
    if (places) return context.convention?.defaultDeny ? places.hostNetwork.map(remarkAt) : [];
    const template = podTemplateOf(object);
    if (!context.convention?.defaultDeny || template?.spec.hostNetwork !== true) return [];
    if (isFromJudgedTemplate(subject, context) || isMirrorPod(object)) return [];
    return [remarkAt(`${template.pointer}/spec/hostNetwork`)];
  },
});

function remarkAt(pointer: JsonPointer): Remark {
  return {
    pointer,
    message: 'its pods use the network of their node, where no policy of the namespace reaches them',
    found: 'hostNetwork: true',
    expected: 'hostNetwork: false, or a HostEndpoint and policies for the node',
  };
}
