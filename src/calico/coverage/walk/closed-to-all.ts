import { endOfTier, stepOfPolicy, type TrailStep } from '../../flow/trail.ts';
import type { Direction } from '../../policy/policy.ts';
import { evaluateSelector } from '../../selector/evaluate.ts';
import type { DirectionCoverage, Family, Hole } from '../coverage.ts';
import type { GenericRule } from '../facts/generic-rule.ts';
import { doubtOf } from './namespace-model.ts';
import { accountValue, isAccountKey, type KnownAccount } from '../../labels/account-labels.ts';
import type { Candidate, NamespaceParts } from '../facts/candidate.ts';

/**
 * The usual case of a covered namespace, told without looking at pods one by one: before any rule that could let a
 * generic flow through or pass it on there is a tier that ends in Deny and selects every pod. Undefined where it is
 * not as simple as that; the namespace can be covered all the same.
 */
export function closedToAll(
  { tiers, accounts }: NamespaceParts,
  direction: Direction,
  families: readonly Family[],
): DirectionCoverage | undefined {
  const decidedBy: TrailStep[] = [];
  const holes: Hole[] = [];
  const shares = families.map(() => 0);
  for (const { tier, candidates } of tiers) {
    let first: Candidate | undefined;
    let selectsAll = false;
    for (const candidate of candidates) {
      const { policy, facts, selector } = candidate;
      if (!policy.types.includes(direction)) continue;
      if (doubtOf(policy, tier) || facts.passes(direction)) return undefined;
      if (!families.every((family, index) => adds(shares, index, facts.rules(direction, family))))
        return undefined;
      for (const hole of facts.holes(direction)) if (hole) holes.push(hole);
      selectsAll ||= selector === true;
      if (!first && selectsPlainPod(candidate, accounts)) first = candidate;
    }
    if (!first) continue;
    if (tier.defaultAction === 'Deny' && !selectsAll) return undefined;
    const verdict = tier.defaultAction === 'Deny' ? 'deny' : 'pass';
    decidedBy.push(stepOfPolicy(tier, first.policy, endOfTier, verdict));
    if (verdict === 'deny') return { direction, verdict, decidedBy, holes, reasons: [] };
  }
  return undefined;
}

/**
 * Whether all rules that a generic flow could match ask for an address in some blocks, and all blocks so far together
 * leave an address out: then there is a flow that matches none of them.
 */
function adds(shares: number[], index: number, rules: readonly GenericRule[]): boolean {
  for (const { inside, outside } of rules) {
    if (inside.every(({ isEverything }) => isEverything)) return false;
    for (const { share } of [...inside, ...outside]) shares[index] = (shares[index] ?? 0) + share;
  }
  return (shares[index] ?? 0) < 1;
}

/** Whether the pod without labels, under the account that every namespace has, is selected. */
export function selectsPlainPod({ selector }: Candidate, [account]: readonly KnownAccount[]): boolean {
  if (selector === true) return true;
  return evaluateSelector(selector, (key) =>
    account && isAccountKey(key) ? accountValue(account, key) : undefined,
  );
}
