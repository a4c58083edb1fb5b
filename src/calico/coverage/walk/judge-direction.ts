import { type Direction, rulesOf } from '../../policy/policy.ts';
import type { DirectionCoverage, Family, UnknownReason, Witness } from '../coverage.ts';
import type { Budget } from '../pods/narrowing.ts';
import type { ModelTier, NamespaceModel } from './namespace-model.ts';
import { always } from '../pods/condition.ts';
import { type NetCriterion, type OtherEnd, otherEnds, wideShare } from '../facts/other-end.ts';
import { isCertain } from '../pods/pod-space.ts';
import { decidingStep, findEscape, plainPod, type PodChoice, trailOf } from './pod-walk.ts';
import { type TierSteps, type WalkStep, walkSteps } from './walk-steps.ts';
import { witnessOf } from './witness.ts';
import type { KnownAccount } from '../../labels/account-labels.ts';

/** Everything that decides whether a namespace is covered in one direction. */
export interface DirectionCase {
  readonly namespace: string;
  readonly direction: Direction;
  readonly families: readonly Family[];
  readonly model: NamespaceModel;
  readonly accounts: readonly KnownAccount[];
}

/** Conditions that are looked at for one direction before the search is given up: some tens of milliseconds. */
const maximumWork = 200_000;

/** Judges one direction; the holes of a covered one are another question. */
export function judgeDirection(asked: DirectionCase): Omit<DirectionCoverage, 'holes'> {
  const { namespace, direction } = asked;
  const judged = { ...asked, model: { ...asked.model, tiers: reachableTiers(asked.model.tiers, direction) } };
  const reasons = new Set<UnknownReason>();
  const budget = { left: maximumWork };
  let plainTrail: DirectionCoverage['decidedBy'] | undefined;
  for (const family of familiesToJudge(judged)) {
    const result = judgeFamily(judged, family, budget);
    if (result.escape) {
      const { steps, pod, end } = result.escape;
      return {
        direction,
        verdict: 'allow',
        witness: witnessOf(
          judged.model.space,
          pod,
          family,
          end,
          judged.accounts,
          setsBehind(judged.model, decidingStep(steps, pod), direction, end),
        ),
        decidedBy: trailOf(steps, pod, namespace),
        reasons: [],
      };
    }
    for (const reason of result.reasons) reasons.add(reason);
    plainTrail ??= result.plainTrail;
  }
  return {
    direction,
    verdict: reasons.size > 0 ? 'unknown' : 'deny',
    decidedBy: plainTrail ?? [],
    reasons: [...reasons],
  };
}

/** The large network sets by which the rule that decides finds the other end. */
function setsBehind(
  { sets }: NamespaceModel,
  step: WalkStep | undefined,
  direction: Direction,
  { address }: OtherEnd,
): NonNullable<Witness['sets']> {
  if (!sets || !step) return [];
  const rule = step.generic?.rule;
  const selector = rule && (direction === 'Ingress' ? rule.source : rule.destination).selector;
  return selector ? sets.holding(selector, address) : [];
}

/** The tiers up to the first that nothing gets out of: what comes behind it must not matter in any way. */
function reachableTiers(tiers: readonly ModelTier[], direction: Direction): readonly ModelTier[] {
  const last = tiers.findIndex(({ tier, policies }) => {
    const own = policies.filter(({ policy }) => policy.types.includes(direction));
    const isClosed = own.some(({ condition, doubt }) => condition === always && !doubt);
    const passes = own.some(({ policy }) =>
      rulesOf(policy, direction).some(({ action }) => action === 'Pass'),
    );
    return tier.defaultAction === 'Deny' && isClosed && !passes;
  });
  return last < 0 ? tiers : tiers.slice(0, last + 1);
}

interface FamilyResult {
  readonly escape?: {
    readonly steps: readonly TierSteps[];
    readonly pod: PodChoice;
    readonly end: OtherEnd;
  };
  readonly reasons: readonly UnknownReason[];
  readonly plainTrail: DirectionCoverage['decidedBy'];
}

function judgeFamily(
  { namespace, direction, model }: DirectionCase,
  family: Family,
  budget: Budget,
): FamilyResult {
  const { space } = model;
  const ends = otherEnds(criteriaOf(model, direction, family), family);
  if (!ends) return { reasons: [tooManyRanges], plainTrail: [] };
  const reasons = new Set<UnknownReason>();
  let open = 0;
  let widest: FamilyResult['escape'];
  let plainTrail: DirectionCoverage['decidedBy'] | undefined;
  for (const end of ends) {
    const steps = walkSteps(model, direction, family, end);
    const { escapes, doubts, exhausted } = findEscape(steps, space, budget);
    if (escapes && !isCertain(space, escapes)) reasons.add(tooManyClasses);
    else if (escapes) {
      open += end.share;
      if (!widest || end.share > widest.end.share) widest = { steps, pod: escapes, end };
      continue;
    }
    for (const doubt of doubts) reasons.add(doubt);
    if (exhausted) reasons.add(tooManyClasses);
    plainTrail ??= trailOf(steps, plainPod, namespace);
  }
  return {
    ...(widest && open > wideShare ? { escape: widest } : {}),
    reasons: [...reasons],
    plainTrail: plainTrail ?? [],
  };
}

function criteriaOf(
  { tiers }: NamespaceModel,
  direction: Direction,
  family: Family,
): readonly NetCriterion[] {
  const criteria: NetCriterion[] = [];
  for (const { policies } of tiers) {
    for (const { rules, doubt } of policies) {
      if (doubt) continue;
      for (const { generic } of rules(direction, family)) {
        criteria.push(...generic.inside, ...generic.outside);
      }
    }
  }
  return criteria;
}

/** Both families, but one of them alone where no rule tells them apart. */
function familiesToJudge({ families, model, direction }: DirectionCase): readonly Family[] {
  const isSensitive = model.tiers.some(({ policies }) =>
    policies.some((policy) => policy.isFamilySensitive(direction)),
  );
  return isSensitive ? families : families.slice(0, 1);
}

export const tooManyClasses: UnknownReason = {
  code: 'too-many-classes',
  message: 'the policies tell more kinds of pods apart than are tried one by one',
};

const tooManyRanges: UnknownReason = {
  code: 'too-many-address-ranges',
  message: 'the policies cut the address space into more ranges than are tried one by one',
};
