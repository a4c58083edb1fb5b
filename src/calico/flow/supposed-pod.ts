import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { Direction } from '../policy/policy.ts';
import { type PodEndpoint, readPod } from '../state/endpoint.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { policiesOfPod, type TierPolicies } from './policies-of-pod.ts';

/** A pod that need not exist, read once for many questions about its connections in one world. */
export interface SupposedPod {
  readonly endpoint: PodEndpoint;
  /** The policies that select it in a direction. */
  readonly policies: (direction: Direction) => readonly TierPolicies[];
}

/** Whether a pod has been read already; nothing that came as JSON has functions. */
export function isSupposed(pod: KubernetesObject | SupposedPod): pod is SupposedPod {
  return typeof pod.policies === 'function';
}

/**
 * Supposes a Pod in a world.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param pod a Pod, which need have no more than labels and a namespace
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' } };
 * const [tier] = supposePod(world, pod).policies('Ingress');
 * tier.policies.map(({ name }) => name); // ['deny']
 */
export function supposePod(world: PolicyWorld, pod: KubernetesObject): SupposedPod {
  const endpoint = readPod(pod);
  const found: Partial<Record<Direction, readonly TierPolicies[]>> = {};
  return {
    endpoint,
    policies: (direction) => (found[direction] ??= policiesOfPod(world, endpoint, direction)),
  };
}
