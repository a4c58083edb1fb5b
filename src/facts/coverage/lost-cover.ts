import type { CoverageVerdict, Direction, WideOpening } from '../../calico/index.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { type PossibleWorlds, possibleWorlds } from '../../inventory/possible-worlds.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { createVerdicts, type DirectionVerdict, judgeWorlds, verdictsIn } from './namespace-coverage.ts';
import type { MayName } from './coverage-in-words.ts';

/** A direction that a change takes the default-deny from. */
export interface LostDirection {
  readonly direction: Direction;
  /** Before the change it could not be decided, and what is visible of it is opened. */
  readonly undecided: boolean;
}

/** A direction in which rules together leave neither TCP nor UDP closed. */
export interface WidenedDirection {
  readonly direction: Direction;
  readonly wideOpen: WideOpening;
}

/** A namespace before and after a change, with the default-deny that is wanted of it. */
export interface Comparison {
  readonly former: NamespaceIdentity;
  readonly now: NamespaceIdentity;
  readonly wanted: DefaultDenyConvention;
  /** After the change. */
  readonly verdicts: readonly CoverageVerdict[];
}

/** Compares namespaces before and after a change. */
export interface CoverComparison {
  /** The directions that the change opens, or of which nobody can say any more that they are closed. */
  readonly lost: (compared: Comparison) => readonly LostDirection[];
  /** The directions that stay denied and that the change opens wide all the same. */
  readonly widened: (compared: Comparison) => readonly WidenedDirection[];
  /** Where it could not be decided before: how what is visible is opened. */
  readonly opened: (compared: Comparison, mayName: MayName) => readonly DirectionVerdict[];
}

/**
 * Where it was certain that a direction is denied, it must stay so. Where it could not be decided (a policy that
 * nobody can read, a gap in the view, an unknown version of Calico), the two states are compared in what is visible
 * and for each version of Calico that is possible: what was denied there must stay so, and what was undecided there
 * must not be opened.
 */
export function compareCover(before: Inventory, after: Inventory): CoverComparison {
  const verdictsBefore = createVerdicts(before);
  let known: readonly Pair[] | undefined;
  const pairs = () => (known ??= pairsOf(possibleWorlds(before), possibleWorlds(after)));
  const opens = (pair: Pair, compared: Comparison, direction: Direction) => {
    const { former, now, wanted } = compared;
    const options = { directions: [direction], families: wanted.families, doubts: 'left-out' } as const;
    const [was] = verdictsIn(pair.before.worlds, former, options);
    const [is] = verdictsIn(pair.after.worlds, now, options);
    if (was?.verdict === 'deny') return is?.verdict !== 'deny';
    return was?.verdict === 'unknown' && is?.verdict === 'allow';
  };
  const lost = (compared: Comparison): readonly LostDirection[] => {
    const { former, verdicts, wanted } = compared;
    if (verdicts.every(isDenied)) return [];
    const were = verdictsBefore(former, wanted);
    return verdicts.flatMap(({ direction, verdict }): readonly LostDirection[] => {
      const was = were.find((one) => one.direction === direction)?.verdict;
      if (verdict === 'deny' || was === 'allow') return [];
      if (was === 'deny') return [{ direction, undecided: false }];
      return pairs().some((pair) => opens(pair, compared, direction)) ? [{ direction, undecided: true }] : [];
    });
  };
  const widened = (compared: Comparison): readonly WidenedDirection[] => {
    const { former, now, verdicts, wanted } = compared;
    if (verdicts.every(({ verdict, wideOpen }) => verdict === 'deny' && !wideOpen)) return [];
    const were = verdictsBefore(former, wanted);
    return verdicts.flatMap((after) => {
      const { direction } = after;
      const before = were.find((one) => one.direction === direction);
      const options = { directions: [direction], families: wanted.families, doubts: 'left-out' } as const;
      const isDecided = before?.verdict !== 'unknown' && after.verdict !== 'unknown';
      const comparisons = isDecided
        ? [{ was: before, is: after }]
        : pairs().map((pair) => ({
            was: verdictsIn(pair.before.worlds, former, options)[0],
            is: verdictsIn(pair.after.worlds, now, options)[0],
          }));
      const found = comparisons.find(
        ({ was, is }) => is?.wideOpen && was?.verdict === 'deny' && !was.wideOpen,
      );
      return found?.is?.wideOpen ? [{ direction, wideOpen: found.is.wideOpen }] : [];
    });
  };
  return {
    lost,
    widened,
    opened: (compared, mayName) =>
      lost(compared).flatMap(({ direction, undecided }) => {
        const pair = undecided ? pairs().find((one) => opens(one, compared, direction)) : undefined;
        if (!pair) return [];
        const { families } = compared.wanted;
        const options = { directions: [direction], families, doubts: 'left-out' } as const;
        return judgeWorlds(pair.after.worlds, compared.now, options, mayName);
      }),
  };
}

function isDenied({ verdict }: CoverageVerdict): boolean {
  return verdict === 'deny';
}

/** One way to read what there was, and the same way to read what there will be. */
interface Pair {
  readonly before: PossibleWorlds;
  readonly after: PossibleWorlds;
}

/** A side that all versions read alike has one way to be read for all of them; a version that a side rules out is none. */
function pairsOf(before: readonly PossibleWorlds[], after: readonly PossibleWorlds[]): readonly Pair[] {
  const versions = new Set([...before, ...after].map(({ untilVersion }) => untilVersion));
  return [...versions].flatMap((version) => {
    const [was, is] = [readAs(before, version), readAs(after, version)];
    return was && is ? [{ before: was, after: is }] : [];
  });
}

function readAs(worlds: readonly PossibleWorlds[], version: string | undefined): PossibleWorlds | undefined {
  return (
    worlds.find(({ untilVersion }) => untilVersion === version) ??
    (worlds.length === 1 ? worlds[0] : undefined)
  );
}
