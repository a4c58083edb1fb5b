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

/** Supposes a Pod in a world. */
export function supposePod(world: PolicyWorld, pod: KubernetesObject): SupposedPod {
  const endpoint = readPod(pod);
  const found: Partial<Record<Direction, readonly TierPolicies[]>> = {};
  return {
    endpoint,
    policies: (direction) => (found[direction] ??= policiesOfPod(world, endpoint, direction)),
  };
}
