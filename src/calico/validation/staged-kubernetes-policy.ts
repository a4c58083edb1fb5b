import { isRecord } from '../../kubernetes/object.ts';
import { convertKubernetesPolicy } from '../policy/conversion/convert.ts';
import type { Check } from './report.ts';
import { all, anything, fields, list, oneOf } from './schema.ts';
import { stagedAction, stagedDelete } from './staged-action.ts';

/** A Kubernetes policy that is staged must convert without loss. */
export const stagedKubernetesPolicySpec: Check = all(
  fields('the spec of a StagedKubernetesNetworkPolicy', {
    podSelector: anything,
    policyTypes: list(oneOf('Ingress', 'Egress'), { unique: true, maximum: 2 }),
    ingress: list(fields('a rule', { from: anything, ports: anything })),
    egress: list(fields('a rule', { to: anything, ports: anything })),
    stagedAction,
  }),
  (value, pointer, report) => {
    if (!isRecord(value) || value.stagedAction === 'Delete') return;
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'staged' },
      spec: value,
    };
    if (!convertKubernetesPolicy(policy).conversionError) return;
    const message = 'a rule of the policy cannot be converted, so Calico would drop it';
    report({ pointer, code: 'conversion', message, expected: 'a valid Kubernetes NetworkPolicy' });
  },
  stagedDelete([]),
);
