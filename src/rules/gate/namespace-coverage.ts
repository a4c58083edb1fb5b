import { judgeCoverage, type DirectionCoverage, type PolicyWorld } from '../../calico/index.ts';
import type { DefaultDenyConvention, Direction } from '../../conventions/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, labelsOf } from '../../kubernetes/object.ts';
import type { RuleContext } from '../rule.ts';
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

/**
 * Judges the directions and families that a convention wants denied; a partial view makes the answer unknown.
 * Policies that are being deleted are in force still and not for long, so they neither cover nor are they overlooked:
 * each direction has the worse of the verdicts with and without them.
 */
export function judgeNamespace(
  inventory: Inventory,
  namespace: NamespaceIdentity,
  convention: DefaultDenyConvention,
): readonly DirectionVerdict[] {
  const { policyWorld, lastingWorld } = inventory;
  const verdicts = judgeIn(policyWorld, inventory, namespace, convention);
  if (lastingWorld === policyWorld) return verdicts;
  const lasting = judgeIn(lastingWorld, inventory, namespace, convention);
  return verdicts.map((verdict, index) => worse(verdict, lasting[index] ?? verdict));
}

function judgeIn(
  world: PolicyWorld,
  { gaps }: Inventory,
  namespace: NamespaceIdentity,
  { directions, families }: DefaultDenyConvention,
): readonly DirectionVerdict[] {
  return judgeCoverage(world, namespace, { directions, families, gaps }).directions.map((coverage) => ({
    direction: coverage.direction,
    verdict: coverage.verdict,
    // Looked for where somebody asks.
    get holes() {
      return coverage.holes;
    },
    ...(coverage.witness
      ? { escapes: escapeInWords(coverage.witness, coverage.decidedBy, coverage.direction) }
      : {}),
    reasons: coverage.reasons.map(({ message }) => message),
  }));
}

const openness = { deny: 0, unknown: 1, allow: 2 } as const;

function worse(a: DirectionVerdict, b: DirectionVerdict): DirectionVerdict {
  return openness[b.verdict] > openness[a.verdict] ? b : a;
}

/** In CI a namespace counts with the cover label, since admission will put it there. */
export function identityAsAdmitted(
  object: KubernetesObject,
  { coverLabel }: DefaultDenyConvention,
  { point }: RuleContext,
): NamespaceIdentity {
  const { name, labels } = namespaceIdentity(object.metadata.name ?? '', object);
  if (point !== 'ci' || !coverLabel || Object.hasOwn(labelsOf(object), coverLabel.key))
    return { name, labels };
  return { name, labels: { ...labels, [coverLabel.key]: coverLabel.value } };
}

/** Directions that are open for the same reason, together. */
export function groupByEscape(
  verdicts: readonly DirectionVerdict[],
): readonly (readonly DirectionVerdict[])[] {
  return [...Map.groupBy(verdicts, ({ escapes }) => escapes).values()];
}
