import type { ObjectReference } from '../../kubernetes/object.ts';
import type { Selector } from '../selector/ast.ts';
import type { PolicyProblem } from './problem.ts';
import type { PolicyRule } from './policy-rule.ts';
import { type Direction, directions } from '../../kubernetes/direction.ts';

export { type Direction, directions };

/** What Calico calls a policy: objects of other APIs are policies of a kind of their own to it, staged ones too. */
export type PolicyKind =
  | 'NetworkPolicy'
  | 'GlobalNetworkPolicy'
  | 'StagedNetworkPolicy'
  | 'StagedGlobalNetworkPolicy'
  | 'StagedKubernetesNetworkPolicy'
  | 'KubernetesNetworkPolicy'
  | 'KubernetesClusterNetworkPolicy'
  | 'KubernetesAdminNetworkPolicy'
  | 'KubernetesBaselineAdminNetworkPolicy';

/** A policy of any kind as Calico's calculation sees it, defaults filled in for the mode and version of the cluster. */
export interface Policy {
  /** The object it was written as. */
  readonly reference: ObjectReference;
  readonly kind: PolicyKind;
  readonly name: string;
  /** Absent for policies of the whole cluster. */
  readonly namespace?: string;
  readonly tier: string;
  /** `Infinity` where the object has none: such policies come last in their tier. */
  readonly order: number;
  /** Decides between equal orders in the cluster's version: the smaller string comes first. */
  readonly tieKey: string;
  /** The directions the policy governs, whether written or defaulted. */
  readonly types: readonly Direction[];
  /** False where `types` was left out, so that the mode of the cluster decided. */
  readonly typesWritten: boolean;
  readonly staged: boolean;
  /** What a staged policy would do: `Set` by default. */
  readonly stagedAction?: string;
  /** doNotTrack and preDNAT policies are kept for host endpoints and never reach a pod. */
  readonly hostOnly: boolean;
  /** Which endpoints it selects, as composed by Calico; undefined where Calico drops the policy. */
  readonly selector: Selector | undefined;
  /** The same, and where Calico drops the policy, which endpoints it seems to be meant for, at the widest. */
  readonly claims: Selector;
  /** False where the composed selector reaches beyond the policy's own namespace, which no valid one does. */
  readonly confined: boolean;
  /** Equal for policies that differ in nothing but their namespace. */
  readonly fingerprint: string;
  /** The selectors as written; empty where left out. */
  readonly written: {
    readonly selector: string;
    readonly namespaceSelector: string;
    readonly serviceAccountSelector: string;
  };
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
  /** What Calico's API server or calicoctl would refuse about the object; empty for a valid one. */
  readonly problems: readonly PolicyProblem[];
  /** Calico cannot read some rule of the policy, which is of an API of Kubernetes. */
  readonly conversionError: boolean;
  /** The object's fields that Calico does not know and drops. */
  readonly unknownFields: readonly PolicyProblem[];
}

/**
 * The rules of a policy for a direction; none where the policy does not govern the direction.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { types: ['Egress'], egress: [{ action: 'Allow' }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, ...metadata });
 * rulesOf(policy, 'Egress').map(({ action }) => action); // ['Allow']
 * rulesOf(policy, 'Ingress'); // []
 */
export function rulesOf(policy: Policy, direction: Direction): readonly PolicyRule[] {
  if (!policy.types.includes(direction)) return [];
  return direction === 'Ingress' ? policy.ingress : policy.egress;
}

/** Orders the policies of one tier: by order, then by name in the way of the cluster's version. */
export function comparePolicies(left: Policy, right: Policy): number {
  if (left.order !== right.order) return left.order < right.order ? -1 : 1;
  return left.tieKey < right.tieKey ? -1 : left.tieKey > right.tieKey ? 1 : 0;
}
