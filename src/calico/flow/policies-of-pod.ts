import { comparePolicies, type Direction, type Policy } from '../policy/policy.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import type { Tier } from '../state/tier.ts';
import { podLabels } from '../state/endpoint-labels.ts';

/** A tier with those of its policies that select a pod in a direction. */
export interface TierPolicies {
  readonly tier: Tier;
  readonly policies: readonly [Policy, ...Policy[]];
}

/**
 * The policies in force that select a pod in a direction, by tier, in the order of the walk; tiers without any are left
 * out. No policy selects a pod on its node's network.
 */
export function policiesOfPod(
  world: PolicyWorld,
  pod: PodEndpoint,
  direction: Direction,
): readonly TierPolicies[] {
  if (pod.hostNetwork) return [];
  const labelOf = podLabels(world, pod);
  return world.tiers.flatMap((tier) => {
    const [first, ...others] = policiesOfTier(world, tier.name, pod.namespace).filter(
      ({ selector, types }) =>
        types.includes(direction) && selector !== undefined && evaluateSelector(selector, labelOf),
    );
    return first ? [{ tier, policies: [first, ...others] as const }] : [];
  });
}

function policiesOfTier(world: PolicyWorld, tier: string, namespace: string): readonly Policy[] {
  const own = (valueAt(world.index.namespaced, namespace) ?? []).filter((policy) => policy.tier === tier);
  return [...(world.index.global.get(tier) ?? []), ...own].sort(comparePolicies);
}
