import type { CoverageOptions, CoverageVerdict, Direction, WideOpening } from '../../calico/index.ts';
import { type PossibleWorlds, possibleWorlds } from '../../inventory/possible-worlds.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { isSpared, namespacesReached, type ReachedNamespace } from './change-reach.ts';
import { createVerdicts, verdictsIn } from './namespace-coverage.ts';
import { effortFor } from '../limits.ts';

/** What a change does to the default-deny of a namespace; neither is empty for all of the changes that are told of. */
export interface CoverChange extends ReachedNamespace {
  /** The directions that the change opens, or of which nobody can say any more that they are closed. */
  readonly lost: readonly LostDirection[];
  /** The directions that stay denied and that the change opens wide all the same. */
  readonly widened: readonly WidenedDirection[];
}

/** A direction that a change takes the default-deny from. */
export interface LostDirection {
  readonly direction: Direction;
  /** Before the change it could not be decided, and what is visible of it is opened. */
  readonly undecided: boolean;
  /** Where it was undecided: the policies after the change in the way in which what is visible of them is opened. */
  readonly opened?: PossibleWorlds;
  /** It was undecided, and the two states were too much to compare: nobody has looked, so it counts as lost. */
  readonly exceeded?: true;
}

/** A direction in which rules together leave neither TCP nor UDP closed. */
export interface WidenedDirection {
  readonly direction: Direction;
  readonly wideOpen: WideOpening;
}

/**
 * The governed namespaces from which the subject's change takes a default-deny, or which it opens wide. Those that a
 * convention holds and in which nothing runs are let go.
 *
 * Where it was certain that a direction is denied, it must stay so. Where it could not be decided (a policy that
 * nobody can read, a gap in the view, an unknown version of Calico), the two states are compared in what is visible
 * and for each version of Calico that is possible: what was denied there must stay so, and what was undecided there
 * must not be opened.
 */
export const coverChanges = rememberInScope(
  { name: 'changes of cover by the subject' },
  (subject: Subject, context: RuleContext): readonly CoverChange[] => {
    const compare = createComparison(subject, context);
    return namespacesReached(subject, context).flatMap((reached) => {
      if (isSpared(reached, context)) return [];
      const change = compare(reached);
      return change.lost.length > 0 || change.widened.length > 0 ? [{ ...reached, ...change }] : [];
    });
  },
);

/** How a direction is compared in what is visible. */
export function visibly(direction: Direction, { wanted }: Pick<ReachedNamespace, 'wanted'>): CoverageOptions {
  return { directions: [direction], families: wanted.families, doubts: 'left-out' };
}

function createComparison(subject: Subject, { before, inventory }: RuleContext) {
  const verdictsBefore = createVerdicts(before);
  const effort = effortFor(subject);
  let known: readonly Pair[] | undefined;
  const pairs = () => (known ??= pairsOf(possibleWorlds(before), possibleWorlds(inventory)));
  /** One direction before and after the change in what is visible, for each way to read it. */
  const compared = function* (reached: ReachedNamespace, direction: Direction): Iterable<Visible> {
    const options = { ...visibly(direction, reached), effort };
    for (const pair of pairs()) {
      const [was] = verdictsIn(pair.before.worlds, reached.former, options);
      const [is] = verdictsIn(pair.after.worlds, reached.now, options);
      if (was && is) yield { was, is, after: pair.after };
    }
  };
  return (reached: ReachedNamespace): Pick<CoverChange, 'lost' | 'widened'> => {
    const { former, verdicts, wanted } = reached;
    if (verdicts.every(({ verdict, wideOpen }) => verdict === 'deny' && !wideOpen))
      return { lost: [], widened: [] };
    const were = verdictsBefore(former, wanted);
    const pairsOfVerdicts = verdicts.flatMap((is) => {
      const was = were.find(({ direction }) => direction === is.direction);
      return was ? [{ was, is }] : [];
    });
    const visible = (direction: Direction) => compared(reached, direction);
    return {
      lost: pairsOfVerdicts.flatMap(({ was, is }) => lostIn(was, is, visible)),
      widened: pairsOfVerdicts.flatMap(({ was, is }) => widenedIn(was, is, visible)),
    };
  };
}

/** Two verdicts on what is visible, one before and one after a change. */
interface Visible {
  readonly was: CoverageVerdict;
  readonly is: CoverageVerdict;
  readonly after: PossibleWorlds;
}

type Compare = (direction: Direction) => Iterable<Visible>;

function lostIn(was: CoverageVerdict, is: CoverageVerdict, visible: Compare): readonly LostDirection[] {
  const { direction } = is;
  if (is.verdict === 'deny' || was.verdict === 'allow') return [];
  if (was.verdict === 'deny') return [{ direction, undecided: false }];
  for (const one of visible(direction)) {
    if (isExceeded(one)) return [{ direction, undecided: true, exceeded: true }];
    if (opens(one)) return [{ direction, undecided: true, opened: one.after }];
  }
  return [];
}

function opens({ was, is }: Visible): boolean {
  return was.verdict === 'deny' ? is.verdict !== 'deny' : was.verdict === 'unknown' && is.verdict === 'allow';
}

/** A comparison that was too much can't tell that nothing is lost, unless there was nothing to lose. */
function isExceeded({ was, is }: Visible): boolean {
  if (was.exceeded) return true;
  return is.exceeded === true && was.verdict !== 'allow';
}

function widenedIn(was: CoverageVerdict, is: CoverageVerdict, visible: Compare): readonly WidenedDirection[] {
  const { direction } = is;
  const isDecided = was.verdict !== 'unknown' && is.verdict !== 'unknown';
  for (const one of isDecided ? [{ was, is }] : visible(direction)) {
    if ('after' in one && isExceeded(one)) return [{ direction, wideOpen: { limit: tooMuch } }];
    if (one.is.wideOpen && one.was.verdict === 'deny' && !one.was.wideOpen)
      return [{ direction, wideOpen: one.is.wideOpen }];
  }
  return [];
}

/** Why a direction counts as lost or open that nobody has compared. */
export const tooMuch =
  'what is visible of its policies is too large to be compared before and after the change in one review';

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
