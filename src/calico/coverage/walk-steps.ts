import { endOfTier } from '../flow/trail.ts';
import type { Direction } from '../policy/policy.ts';
import type { Tier } from '../world/tier.ts';
import type { Candidate } from './candidate.ts';
import { allOf, type Condition, not } from './condition.ts';
import type { Family, UnknownReason } from './coverage.ts';
import type { GenericRule } from './generic-rule.ts';
import type { OtherEnd } from './other-end.ts';
import type { PodSpace } from './pod-space.ts';

/** A tier with the policies of a direction that can select a pod of the namespace. */
export interface CandidateTier {
  readonly tier: Tier;
  readonly candidates: readonly JudgedCandidate[];
}

export interface JudgedCandidate extends Candidate {
  readonly rules: (direction: Direction, family: Family) => readonly GenericRule[];
  readonly isFamilySensitive: (direction: Direction) => boolean;
  /** Why nobody knows what the policy does; its rules then count for nothing. */
  readonly doubt?: UnknownReason;
}

/** What happens to a pod that fulfils a condition and to which nothing has happened before. */
export interface WalkStep {
  readonly condition: Condition;
  readonly outcome: 'allow' | 'deny' | 'pass' | 'unknown';
  readonly candidate: JudgedCandidate;
  /** The index of the rule. */
  readonly rule: number;
}

/** The steps of a tier, and whom it selects at all: only for them it ends in its default action. */
export interface TierSteps {
  readonly tier: Tier;
  readonly steps: readonly WalkStep[];
  readonly selects: readonly { readonly candidate: JudgedCandidate; readonly condition: Condition }[];
}

const outcomes = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

/** The walk of a generic flow through the tiers, as conditions on the pod. */
export function walkSteps(
  tiers: readonly CandidateTier[],
  direction: Direction,
  family: Family,
  space: PodSpace,
  otherEnd: OtherEnd,
): readonly TierSteps[] {
  return tiers.map(({ tier, candidates }) => {
    const steps: WalkStep[] = [];
    const selects: { candidate: JudgedCandidate; condition: Condition }[] = [];
    for (const candidate of candidates) {
      if (!candidate.policy.types.includes(direction)) continue;
      const condition = space.conditionOf(candidate.selector);
      if (condition.kind === 'constant' && !condition.value) continue;
      if (candidate.doubt) {
        steps.push({ condition, outcome: 'unknown', candidate, rule: endOfTier });
        continue;
      }
      selects.push({ candidate, condition });
      for (const rule of candidate.rules(direction, family)) {
        if (!meets(rule, otherEnd)) continue;
        const own = allOf([condition, ...podConditions(rule, space)]);
        steps.push({ condition: own, outcome: outcomes[rule.action], candidate, rule: rule.index });
      }
    }
    return { tier, steps, selects };
  });
}

function meets({ nets, notNets }: GenericRule, { liesIn }: OtherEnd): boolean {
  return (!nets || liesIn(nets)) && !(notNets && liesIn(notNets));
}

function podConditions(
  { selector, notSelector, podNets, podNotNets }: GenericRule,
  space: PodSpace,
): readonly Condition[] {
  return [
    ...(selector === undefined ? [] : [space.conditionOf(selector)]),
    ...(notSelector === undefined ? [] : [not(space.conditionOf(notSelector))]),
    ...(podNets === undefined ? [] : [space.freeCondition(podNets)]),
    ...(podNotNets === undefined ? [] : [not(space.freeCondition(podNotNets))]),
  ];
}
