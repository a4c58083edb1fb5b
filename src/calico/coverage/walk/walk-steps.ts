import { endOfTier } from '../../flow/trail.ts';
import type { Direction, Policy } from '../../policy/policy.ts';
import type { Tier } from '../../state/tier.ts';
import type { Condition } from '../pods/condition.ts';
import type { Family, UnknownReason } from '../coverage.ts';
import type { GenericRule } from '../facts/generic-rule.ts';
import type { NamespaceModel } from './namespace-model.ts';
import type { OtherEnd } from '../facts/other-end.ts';

/** What happens to a pod that fulfils a condition and to which nothing has happened before. */
export interface WalkStep {
  readonly condition: Condition;
  readonly outcome: 'allow' | 'deny' | 'pass' | 'unknown';
  readonly policy: Policy;
  /** The index of the rule, and that in the object's own list. */
  readonly rule: number;
  readonly written?: number;
  /** The rule as a generic flow meets it. */
  readonly generic?: GenericRule;
  /** For `unknown`: why. */
  readonly doubt?: UnknownReason;
}

/** The steps of a tier, and whom it selects at all: only for them it ends in its default action. */
export interface TierSteps {
  readonly tier: Tier;
  readonly steps: readonly WalkStep[];
  readonly selects: readonly { readonly policy: Policy; readonly condition: Condition }[];
}

const outcomes = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

/** The walk of a generic flow through the tiers, as conditions on the pod. */
export function walkSteps(
  { tiers }: NamespaceModel,
  direction: Direction,
  family: Family,
  otherEnd: OtherEnd,
): readonly TierSteps[] {
  return tiers.map(({ tier, policies }) => {
    const steps: WalkStep[] = [];
    const selects: TierSteps['selects'][number][] = [];
    for (const model of policies) {
      const { policy, condition, doubt } = model;
      if (!policy.types.includes(direction)) continue;
      if (doubt) {
        steps.push({ condition, outcome: 'unknown', policy, rule: endOfTier, doubt });
        continue;
      }
      selects.push(model);
      for (const { generic, condition: own } of model.rules(direction, family)) {
        if (!meets(generic, otherEnd)) continue;
        steps.push({
          condition: own,
          outcome: outcomes[generic.action],
          policy,
          rule: generic.index,
          written: generic.rule.index,
          generic,
        });
      }
    }
    return { tier, steps, selects };
  });
}

function meets({ inside, outside }: GenericRule, { liesIn }: OtherEnd): boolean {
  return inside.every(liesIn) && !outside.some(liesIn);
}
