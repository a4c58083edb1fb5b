import { findPassToProfile } from '../../calico/index.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';

/**
 * A rule passes connections on, and no later tier has a policy for the same pods: what is left is the profile of their
 * namespace, which allows.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/conversion.go, the profiles of namespaces.
 */
export const passToProfile = defineRule({
  id: 'policy/pass-to-profile',
  title: 'A rule passes connections on to where everything is allowed',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy) return [];
    return findPassToProfile(context.inventory.policyWorld, policy).map(({ direction, rule }) => ({
      pointer: rulePointer(direction, rule, 'action'),
      message: `what ${ruleInWords(direction, rule)} passes on is allowed, no tier after "${policy.tier}" has a policy for its pods`,
      found: 'Pass',
      expected:
        policy.tier === 'default'
          ? 'the policy in a tier before "default", with a default-deny in "default", or no such rule'
          : `a policy in a tier after "${policy.tier}" that selects the same pods, or no such rule`,
      witness: "after the last tier Calico asks the namespace's profile, which allows everything",
    }));
  },
});
