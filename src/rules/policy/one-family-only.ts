import { findOneFamilyDenies } from '../../calico/index.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { connectionInWords, ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';

/**
 * A rule denies every address of one IP version and, since it lists addresses of that version alone, is not there for
 * the other, where the same connections are allowed.
 * Source: Calico felix/rules/policy.go, FilterRuleToIPVersion.
 */
export const oneFamilyOnly = defineRule({
  id: 'policy/one-family-only',
  title: 'A rule denies everybody over one IP version and leaves the other open',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy) return [];
    const families = context.convention?.defaultDeny?.families;
    return findOneFamilyDenies(context.inventory.policyWorld, policy)
      .filter(({ open }) => families?.includes(open) ?? true)
      .map(({ direction, rule, denied, open, sample, step }) => ({
        pointer: rulePointer(direction, rule),
        message: `${ruleInWords(direction, rule)} denies everybody over ${denied} only, the same is allowed over ${open}`,
        expected: `the same rule for ${open === 'IPv6' ? '::/0' : '0.0.0.0/0'}, or one without addresses`,
        witness: `${connectionInWords(sample)}: ${stepInWords(step, direction)}`,
      }));
  },
});
