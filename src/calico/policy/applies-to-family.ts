import type { Family } from '../../kubernetes/net/address.ts';
import type { PolicyRule } from './policy-rule.ts';

/** The numbers of the protocols that belong to one family each. */
export const icmp = 1;
export const icmpV6 = 58;

/**
 * Whether a rule exists for a family: a rule whose list of blocks, positive or negative, holds none of the family
 * does not, nor one that excludes every address of the family.
 * Source: Calico felix/rules/policy.go, FilterRuleToIPVersion.
 */
export function appliesToFamily(rule: PolicyRule, family: Family): boolean {
  if (rule.ipVersion !== undefined && rule.ipVersion !== family) return false;
  if (rule.protocol?.number === icmp && family === 6) return false;
  if (rule.protocol?.number === icmpV6 && family === 4) return false;
  return [rule.source, rule.destination].every(({ nets, notNets }) => {
    if (nets.length > 0 && !nets.some((net) => net.family === family)) return false;
    if (notNets.length === 0) return true;
    const excluded = notNets.filter((net) => net.family === family);
    return excluded.length > 0 && !excluded.some((net) => net.length === 0);
  });
}
