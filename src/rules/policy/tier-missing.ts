import { defineRule } from '../define-rule.ts';
import { isCalicoPolicy, policyOf } from '../../facts/policy/policy-of.ts';
import { aThirdWrong, nearestWord } from '../../text/nearest-word.ts';

/**
 * A policy is in a tier that does not exist. Calico's API server refuses it; where it is stored all the same, its tier
 * comes after all others and denies what no rule of it allows.
 * Source: Calico libcalico-go/lib/clientv3/networkpolicy.go; felix/calc/policy_sorter.go.
 */
export const tierMissing = defineRule({
  id: 'policy/tier-missing',
  title: 'A policy is in a tier that does not exist',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: { admission: 'deny', ci: 'warn', audit: 'warn' },
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy || !isCalicoPolicy(policy)) return [];
    const { tiers, traits } = context.inventory.policyWorld;
    const existing = tiers.filter(({ exists }) => exists).map(({ name }) => name);
    if (existing.includes(policy.tier)) return [];
    const nearest = nearestWord(policy.tier, existing, aThirdWrong);
    return [
      {
        pointer: traits.tierFromName ? '/metadata/name' : '/spec/tier',
        message: `its tier "${policy.tier}" does not exist${traits.tierFromName ? '; Calico until 3.31 takes the tier from the name' : ''}`,
        found: policy.tier,
        expected: nearest === undefined ? `a Tier "${policy.tier}", applied before` : `tier: ${nearest}`,
        witness: 'a policy of a missing tier comes after all others, and denies what it does not allow',
        ...(context.inventory.gaps.length > 0 ? { advisory: true as const } : {}),
      },
    ];
  },
});
