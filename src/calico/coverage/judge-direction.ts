import type { Direction } from '../policy/policy.ts';
import type { DirectionCoverage, Family, UnknownReason } from './coverage.ts';
import { type OtherEnd, otherEnds, wideShare } from './other-end.ts';
import { createPodSpace, type KnownAccount, type PodSpace } from './pod-space.ts';
import { findEscape, plainPod, type PodChoice, trailOf } from './pod-walk.ts';
import { type CandidateTier, type TierSteps, walkSteps } from './walk-steps.ts';
import { witnessOf } from './witness.ts';

/** Everything that decides whether a namespace is covered in one direction. */
export interface DirectionCase {
  readonly namespace: string;
  readonly direction: Direction;
  readonly families: readonly Family[];
  readonly tiers: readonly CandidateTier[];
  readonly accounts: readonly KnownAccount[];
}

/** Judges one direction; the holes of a covered one are another question. */
export function judgeDirection(judged: DirectionCase): Omit<DirectionCoverage, 'holes'> {
  const { namespace, direction } = judged;
  const reasons = new Set<UnknownReason>();
  let plainTrail: DirectionCoverage['decidedBy'] | undefined;
  for (const family of familiesToJudge(judged)) {
    const result = judgeFamily(judged, family);
    if (result.escape) {
      const { steps, space, pod, end } = result.escape;
      return {
        direction,
        verdict: 'allow',
        witness: witnessOf(space, pod, family, end, judged.accounts),
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

interface FamilyResult {
  readonly escape?: {
    readonly steps: readonly TierSteps[];
    readonly space: PodSpace;
    readonly pod: PodChoice;
    readonly end: OtherEnd;
  };
  readonly reasons: readonly UnknownReason[];
  readonly plainTrail: DirectionCoverage['decidedBy'];
}

function judgeFamily({ namespace, direction, tiers, accounts }: DirectionCase, family: Family): FamilyResult {
  const rules = tiers.flatMap(({ candidates }) =>
    candidates.flatMap((candidate) => (candidate.doubt ? [] : candidate.rules(direction, family))),
  );
  const criteria = rules.flatMap(({ nets, notNets }) => [nets, notNets].filter((item) => item !== undefined));
  const ends = otherEnds(criteria, family);
  if (!ends) return { reasons: [tooManyRanges], plainTrail: [] };
  const selectors = [
    ...tiers.flatMap(({ candidates }) => candidates.map(({ selector }) => selector)),
    ...rules.flatMap(({ selector, notSelector }) => [selector ?? true, notSelector ?? true]),
  ];
  const space = createPodSpace(selectors, accounts);
  const reasons = new Set<UnknownReason>(space.complete ? [] : [tooManyClasses]);
  let open = 0;
  let widest: FamilyResult['escape'];
  let plainTrail: DirectionCoverage['decidedBy'] | undefined;
  for (const end of ends) {
    const steps = walkSteps(tiers, direction, family, space, end);
    const { escapes, doubts, exhausted } = findEscape(steps, space);
    if (escapes) {
      open += end.share;
      if (!widest || end.share > widest.end.share) widest = { steps, space, pod: escapes, end };
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

/** Both families, but one of them alone where no rule tells them apart. */
function familiesToJudge({ families, tiers, direction }: DirectionCase): readonly Family[] {
  const isSensitive = tiers.some(({ candidates }) =>
    candidates.some((candidate) => candidate.isFamilySensitive(direction)),
  );
  return isSensitive ? families : families.slice(0, 1);
}

const tooManyClasses: UnknownReason = {
  code: 'too-many-classes',
  message: 'the policies tell more kinds of pods apart than are tried one by one',
};

const tooManyRanges: UnknownReason = {
  code: 'too-many-address-ranges',
  message: 'the policies cut the address space into more ranges than are tried one by one',
};
