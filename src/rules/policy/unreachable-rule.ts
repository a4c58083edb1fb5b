import { findUnreachableRules, type Policy, type UnreachableRules } from '../../calico/index.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { nameOf } from '../../facts/object-name.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { policyInWords, ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';
import { listInWords } from '../../text/list.ts';

/**
 * No connection ever gets to a rule: what comes before it, in the policy, its tier or an earlier tier, decides
 * otherwise for all that it matches.
 * Source: Calico felix/rules/endpoints.go, the walk through tiers and policies.
 */
export const unreachableRule = defineRule({
  id: 'policy/unreachable-rule',
  title: 'A rule is never reached because something before it decides otherwise',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    const { spec } = subject.object;
    // Forwarded connections pass by the policies that are not for them.
    if (!policy || (isRecord(spec) && spec.applyOnForward === true)) return [];
    return findUnreachableRules(context.inventory.policyWorld, policy).map((unreachable) => {
      const { direction, rules } = unreachable;
      const [first = 0] = rules;
      return {
        pointer: rulePointer(direction, first),
        message: `${rulesInWords(unreachable)} never reached, ${deciderInWords(policy, unreachable)} first`,
        expected: placeInWords(policy, unreachable),
      };
    });
  },
});

/** `ingress rule 2 is`, `egress rules 1, 2 and 4 are` */
function rulesInWords({ direction, rules }: UnreachableRules): string {
  const numbers = rules.map((index) => String(index + 1));
  if (numbers.length === 1) return `${ruleInWords(direction, rules[0] ?? 0)} is`;
  return `${direction.toLowerCase()} rules ${listInWords(numbers, { most: 5, overBy: 2 })} are`;
}

function deciderInWords(own: Policy, { direction, decider }: UnreachableRules): string {
  const { action, policy, rule } = decider;
  const does = { Allow: 'allows', Deny: 'denies', Pass: 'passes on' }[action];
  if (!rule) return `the end of tier "${policy.tier}" ${does} for ${nameOf(policy.reference)}`;
  const which = ruleInWords(direction, rule.index);
  return policy === own ? `its ${which} ${does}` : `${policyInWords(policy)} ${does} by its ${which}`;
}

function placeInWords(own: Policy, { direction, rules, decider }: UnreachableRules): string {
  const { policy, rule } = decider;
  const [first = 0] = rules;
  if (policy === own) return `${ruleInWords(direction, first)} before rule ${(rule?.index ?? 0) + 1}`;
  if (policy.tier !== own.tier) return `a rule in tier "${policy.tier}" that allows or passes it`;
  return Number.isFinite(policy.order)
    ? `an order below ${policy.order}`
    : 'an order, the other policy has none';
}
