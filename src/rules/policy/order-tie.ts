import { findOrderTies, type OrderTie, type Policy } from '../../calico/index.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { nameOf } from '../../facts/object-name.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { connectionInWords } from '../../facts/policy/policy-in-words.ts';

/**
 * Two policies of one tier have the same order and contradict each other, and which one comes first changed with
 * Calico 3.32: an upgrade changes the verdict.
 * Source: Calico felix/calc/policy_sorter.go (3.32 and 3.31).
 */
export const orderTie = defineRule({
  id: 'policy/order-tie',
  title: 'Two policies of the same order contradict each other, and the release of Calico decides',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy) return [];
    return findOrderTies(context.inventory.policyWorld, policy)
      .filter(({ other }) => subject.operation !== 'STATE' || policy.tieKey < other.tieKey)
      .map((tie) => ({
        pointer: '/spec/order',
        lead: `${nameOf(subject.object)} and ${nameOf(tie.other.reference)}`,
        message: `${orderInWords(policy)} in tier "${policy.tier}", Calico 3.32 and 3.31 decide otherwise`,
        found: Number.isFinite(policy.order) ? String(policy.order) : 'no order',
        expected: 'different orders, the smaller one for the policy that is to come first',
        witness: `${connectionInWords(tie.sample)}: ${resolutionsInWords(tie)}`,
      }));
  },
});

function orderInWords({ order }: Policy): string {
  return Number.isFinite(order) ? `both have order ${order}` : 'both have no order';
}

function resolutionsInWords({ sample, verdicts }: OrderTie): string {
  const [now, before] = verdicts.map(({ step }) => stepInWords(step, sample.direction));
  return `from 3.32 on ${now ?? ''}, until 3.31 ${before ?? ''}`;
}
