import { type Direction, type Policy, typesOf } from '../../calico/index.ts';
import { groupOf, isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';

/**
 * A policy leaves out which directions it governs, where the answer depends on how Calico is installed or is not what
 * its rules suggest.
 * Source: Calico api/pkg/defaults/networkpolicy.go, api/admission/networkpolicy.mutatingadmissionpolicy.yaml,
 * felix/calc/policy_sorter.go; Kubernetes pkg/apis/networking/v1/defaults.go.
 */
export const typesImplicit = defineRule({
  id: 'policy/types-implicit',
  title: 'A policy leaves out its types where they are not what its rules suggest',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const { object } = subject;
    const policy = policyOf(subject, context);
    if (!policy || policy.typesWritten || !isRecord(object.spec)) return [];
    if (policy.staged && policy.stagedAction !== 'Set') return [];
    const surprise = surpriseOf(object, policy, object.spec);
    return surprise ? [surprise] : [];
  },
});

type Surprise = Pick<Remark, 'pointer' | 'message' | 'expected' | 'fix'>;

function surpriseOf(object: KubernetesObject, policy: Policy, spec: Spec): Surprise | undefined {
  switch (policy.kind) {
    case 'KubernetesNetworkPolicy':
    case 'StagedKubernetesNetworkPolicy':
      return surpriseOfKubernetes(spec);
    case 'NetworkPolicy':
    case 'GlobalNetworkPolicy':
    case 'StagedNetworkPolicy':
    case 'StagedGlobalNetworkPolicy':
      return groupOf(object.apiVersion) === 'crd.projectcalico.org'
        ? surpriseOfStored(spec)
        : surpriseOf3(spec);
    default:
      return undefined;
  }
}

type Spec = Readonly<Record<string, unknown>>;

function surpriseOf3(spec: Spec): Surprise | undefined {
  const [byLength, byPresence] = [typesOf(spec, 'apiserver'), typesOf(spec, 'v3crd')];
  if (inWords(byLength) !== inWords(byPresence)) {
    return {
      pointer: '/spec/types',
      message: `without types an empty list of rules means ${inWords(byPresence)} to native v3 resources and ${inWords(byLength)} to Calico's API server`,
      expected: `types: [${byPresence.join(', ')}]`,
      fix: [{ pointer: '/spec/types', value: byPresence }],
    };
  }
  if (hasRules(spec.ingress) || hasRules(spec.egress) || byPresence.includes('Egress')) return undefined;
  return {
    pointer: '/spec/types',
    message: 'without types and rules it governs ingress alone, egress stays as it is',
    expected: 'types: [Ingress, Egress], or types: [Ingress] if that is meant',
  };
}

/** Nothing completes what is written to Calico's storage, and Felix takes no types for both. */
function surpriseOfStored(spec: Spec): Surprise | undefined {
  const meant = typesOf(spec, 'v3crd');
  if (meant.length === 2) return undefined;
  const other = meant.includes('Ingress') ? 'egress' : 'ingress';
  return {
    pointer: '/spec/types',
    message: `without types an object of crd.projectcalico.org governs both directions, so ${other} is denied as well`,
    expected: `types: [${meant.join(', ')}], or types: [Ingress, Egress] if that is meant`,
  };
}

function surpriseOfKubernetes(spec: Spec): Surprise | undefined {
  const isEmpty = Array.isArray(spec.egress) && spec.egress.length === 0;
  if (isEmpty) {
    return {
      pointer: '/spec/policyTypes',
      message: 'without policyTypes an empty list of egress rules counts for nothing, egress stays as it is',
      expected: 'policyTypes: [Ingress, Egress]',
    };
  }
  if (hasRules(spec.ingress) || Array.isArray(spec.ingress) || !hasRules(spec.egress)) return undefined;
  return {
    pointer: '/spec/policyTypes',
    message: 'without policyTypes a policy with egress rules alone denies all ingress as well',
    expected: 'policyTypes: [Egress], or policyTypes: [Ingress, Egress] if that is meant',
  };
}

function hasRules(rules: unknown): boolean {
  return Array.isArray(rules) && rules.length > 0;
}

function inWords(types: readonly Direction[]): string {
  return types.map((type) => type.toLowerCase()).join(' and ');
}
