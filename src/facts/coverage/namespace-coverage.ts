import {
  type CoverageEffort,
  type CoverageOptions,
  type CoverageVerdict,
  coverageVerdicts,
  type DirectionCoverage,
  judgeCoverage,
  type NamespaceLike,
  type PolicyWorld,
} from '../../calico/index.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import { escapeInWords, type MayName } from './coverage-in-words.ts';
import { remedyFor, repairsFor } from './remedy.ts';

/** Whether one direction of a namespace is default-denied, in the terms of a convention. */
export interface DirectionVerdict extends CoverageVerdict {
  readonly holes: DirectionCoverage['holes'];
  /** For `allow`: the pod that gets out and what lets it, in words. */
  readonly escapes?: string;
  /** For `unknown`: why, in words. */
  readonly reasons: readonly string[];
  /** For `unknown`: what makes an answer possible, in words. */
  readonly repairs: readonly string[];
  /** For `allow`: what ends it, where a further policy does not. */
  readonly remedy?: () => string | undefined;
}

/**
 * Judges the directions and families that a convention wants denied; a partial view makes the answer unknown.
 * Policies that are being deleted are in force still and not for long, so they neither cover nor are they overlooked:
 * each direction has the worse of the verdicts with and without them. Where Calico's version is not known and the
 * answer hangs on it, it is unknown.
 */
export function judgeNamespace(
  inventory: Inventory,
  namespace: NamespaceLike,
  convention: DefaultDenyConvention,
  mayName: MayName = () => true,
): readonly DirectionVerdict[] {
  const { gaps } = inventory;
  const { directions, families } = convention;
  const options = { directions, families, gaps };
  const [present, ...others] = possibleWorlds(inventory).map(({ untilVersion, worlds }) => ({
    untilVersion,
    verdicts: worlds.map((world) => judgeIn(world, namespace, options, mayName)).reduce(worseOfEach),
  }));
  return (present?.verdicts ?? []).map((verdict, index) => {
    const other = others.find(({ verdicts }) => verdicts[index]?.verdict !== verdict.verdict);
    if (!other)
      return widest(
        verdict,
        others.map(({ verdicts }) => verdicts[index]),
      );
    const { direction } = verdict;
    return {
      direction,
      verdict: 'unknown',
      holes: [],
      reasons: [versionReason(other.untilVersion ?? '')],
      repairs: ['set spec.calico.version in the convention'],
    };
  });
}

/**
 * The verdicts of `judgeNamespace` alone, for questions about many namespaces. With an effort, what is not judged for want
 * of it is `unknown`.
 */
export function createVerdicts(
  inventory: Inventory,
  effort?: CoverageEffort,
): (namespace: NamespaceLike, convention: DefaultDenyConvention) => readonly CoverageVerdict[] {
  const { gaps } = inventory;
  const [present, ...others] = possibleWorlds(inventory).map(
    ({ worlds }) =>
      (namespace: NamespaceLike, options: CoverageOptions) =>
        verdictsIn(worlds, namespace, options),
  );
  return (namespace, { directions, families }) => {
    const options = { directions, families, gaps, ...(effort ? { effort } : {}) };
    const verdicts = present?.(namespace, options) ?? [];
    if (others.length === 0) return verdicts;
    const otherVerdicts = others.map((judge) => judge(namespace, options));
    return verdicts.map((verdict, index) =>
      otherVerdicts.every((other) => other[index]?.verdict === verdict.verdict)
        ? widest(
            verdict,
            otherVerdicts.map((other) => other[index]),
          )
        : (otherVerdicts.find((other) => other[index]?.exceeded)?.[index] ?? {
            direction: verdict.direction,
            verdict: 'unknown',
          }),
    );
  };
}

/** The verdicts of some worlds of which each may be the one there is: each direction has the worst of them. */
export function verdictsIn(
  worlds: readonly PolicyWorld[],
  namespace: NamespaceLike,
  options: CoverageOptions,
): readonly CoverageVerdict[] {
  return worlds.map((world) => coverageVerdicts(world, namespace, options)).reduce(worseOfEach);
}

/** The same with the pod that escapes, in words. */
export function judgeWorlds(
  worlds: readonly PolicyWorld[],
  namespace: NamespaceLike,
  options: CoverageOptions,
  mayName: MayName,
): readonly DirectionVerdict[] {
  return worlds.map((world) => judgeIn(world, namespace, options, mayName)).reduce(worseOfEach);
}

function judgeIn(
  world: PolicyWorld,
  namespace: NamespaceLike,
  options: CoverageOptions,
  mayName: MayName,
): readonly DirectionVerdict[] {
  return judgeCoverage(world, namespace, options).directions.map((coverage) => ({
    direction: coverage.direction,
    verdict: coverage.verdict,
    ...(coverage.wideOpen ? { wideOpen: coverage.wideOpen } : {}),
    holes: coverage.holes,
    ...(coverage.witness
      ? {
          escapes: escapeInWords(coverage.witness, coverage.decidedBy, coverage.direction, mayName),
          remedy: () => remedyFor(world, namespace, coverage, mayName),
        }
      : {}),
    reasons: coverage.reasons.map(({ message }) => message),
    repairs: repairsFor(coverage.reasons),
  }));
}

function versionReason(version: string): string {
  return `Calico until ${version} decides otherwise than later ones, and which version it is cannot be told: set spec.calico.version in the convention`;
}

/** Among verdicts that are the same in each version of Calico one that is wide open. */
function widest<Verdict extends CoverageVerdict>(
  verdict: Verdict,
  others: readonly (Verdict | undefined)[],
): Verdict {
  return [verdict, ...others].find((one) => one?.wideOpen) ?? verdict;
}

const openness = { deny: 0, unknown: 2, allow: 3 } as const;

function opennessOf({ verdict, wideOpen }: CoverageVerdict): number {
  return wideOpen ? 1 : openness[verdict];
}

function worseOfEach<Verdict extends CoverageVerdict>(
  verdicts: readonly Verdict[],
  others: readonly Verdict[],
): readonly Verdict[] {
  return verdicts.map((one, index) => {
    const other = others[index] ?? one;
    return opennessOf(other) > opennessOf(one) ? other : one;
  });
}
