import { judgeCoverage, type DirectionCoverage } from '../../calico/index.ts';
import type { DefaultDenyConvention, Direction } from '../../conventions/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { escapeInWords } from './words.ts';

/** Whether one direction of a namespace is default-denied, in the terms of a convention. */
export interface DirectionVerdict {
  readonly direction: Direction;
  readonly verdict: DirectionCoverage['verdict'];
  readonly holes: DirectionCoverage['holes'];
  /** For `allow`: the pod that gets out and what lets it, in words. */
  readonly escapes?: string;
  /** For `unknown`: why, in words. */
  readonly reasons: readonly string[];
}

/** Judges the directions and families that a convention wants denied; a partial view makes the answer unknown. */
export function judgeNamespace(
  inventory: Inventory,
  namespace: NamespaceIdentity,
  { directions, families }: DefaultDenyConvention,
): readonly DirectionVerdict[] {
  const { gaps, policyWorld } = inventory;
  return judgeCoverage(policyWorld, namespace, { directions, families, gaps }).directions.map((coverage) => ({
    direction: coverage.direction,
    verdict: coverage.verdict,
    holes: coverage.holes,
    ...(coverage.witness
      ? { escapes: escapeInWords(coverage.witness, coverage.decidedBy, coverage.direction) }
      : {}),
    reasons: coverage.reasons.map(({ message }) => message),
  }));
}

/** Directions that are open for the same reason, together. */
export function groupByEscape(
  verdicts: readonly DirectionVerdict[],
): readonly (readonly DirectionVerdict[])[] {
  return [...Map.groupBy(verdicts, ({ escapes }) => escapes).values()];
}
