import type { KubernetesObject } from '../../kubernetes/object.ts';
import { list, record } from '../../kubernetes/read.ts';
import { networkProblems } from './networks.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of an EgressNetwork.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<EgressNetworkSpec>;
 * charts/linkerd-crds policy/egress-network.yaml.
 */
export function egressNetworkProblems({ spec: value }: KubernetesObject): readonly ObjectProblem[] {
  const { networks, trafficPolicy } = record(value);
  if (trafficPolicy !== 'Allow' && trafficPolicy !== 'Deny')
    return [
      bySchema(
        '/spec/trafficPolicy',
        trafficPolicy === undefined
          ? 'trafficPolicy is missing'
          : `trafficPolicy ${JSON.stringify(trafficPolicy)} is not allowed`,
        'Allow or Deny',
      ),
    ];
  if (networks === undefined || networks === null) return [];
  if (list(networks).length === 0)
    return [
      byWebhook(
        '/spec/networks',
        'networks is empty',
        'at least one network, or no networks for all addresses outside the cluster',
      ),
    ];
  return networkProblems(networks, '/spec/networks');
}
