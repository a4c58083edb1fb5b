import { endOfTier, profileStep, stepOfPolicy, type TrailStep } from '../../flow/trail.ts';
import { holdsFor, not } from '../pods/condition.ts';
import type { UnknownReason } from '../coverage.ts';
import { type Budget, Narrowing } from '../pods/narrowing.ts';
import type { PodSpace } from '../pods/pod-space.ts';
import type { TierSteps, WalkStep } from './walk-steps.ts';

/** Index of the value that a variable of the pod space has. */
export type PodChoice = (variable: number) => number;

/** Whether some pod gets a generic flow through. */
export interface WalkResult {
  /** The pod that does. */
  readonly escapes?: PodChoice;
  /** What some pod meets of which nobody knows what it does; of no matter where a pod escapes. */
  readonly doubts: ReadonlySet<UnknownReason>;
  /** Whether the search was given up. */
  readonly exhausted: boolean;
}

/** Passes for some pods only that are followed one behind the other before the search is given up. */
const maximumDepth = 256;

/** The pod with no labels, under the service account `default`. */
export const plainPod: PodChoice = () => 0;

/**
 * Searches for a pod that a walk ends in Allow for, the plainest first. Exact: labels are independent of each other,
 * and each is narrowed down only as far as some step depends on it.
 */
export function findEscape(tiers: readonly TierSteps[], space: PodSpace, budget: Budget): WalkResult {
  const none = new Set<UnknownReason>();
  if (endsInAllow(tiers, plainPod)) return { escapes: plainPod, doubts: none, exhausted: false };
  const sizes = space.variables.map(({ values }) => values.length);
  const pods = new Narrowing(sizes, budget);
  const search: Search = { tiers, sizes, budget, pods, doubts: new Set(), closed: new Map(), depth: 0 };
  const escapes = walkFrom(search, 0);
  return {
    ...(escapes ? { escapes: choiceOf(search) } : {}),
    doubts: search.doubts,
    exhausted: pods.exhausted,
  };
}

/**
 * Searches for a pod that escapes in as many of some walks as a choice among them asks for: `choose` is called with the
 * walk of one of them, which tells whether some pod that is left escapes by it and fulfils what it is given besides.
 */
export function findJointEscape(
  space: PodSpace,
  budget: Budget,
  choose: (
    escapesBy: (tiers: readonly TierSteps[], besides: () => boolean) => boolean,
  ) => (then: () => boolean) => boolean,
): { readonly escapes?: PodChoice; readonly exhausted: boolean } {
  const sizes = space.variables.map(({ values }) => values.length);
  const pods = new Narrowing(sizes, budget);
  const closed = new Map<readonly TierSteps[], Map<number, boolean>>();
  const escapesBy = (tiers: readonly TierSteps[], besides: () => boolean) => {
    const known = closed.get(tiers) ?? new Map<number, boolean>();
    closed.set(tiers, known);
    const mark = pods.mark();
    if (walkFrom({ tiers, sizes, budget, pods, doubts: new Set(), closed: known, depth: 0, besides }, 0))
      return true;
    pods.backTo(mark);
    return false;
  };
  const found = choose(escapesBy)(() => pods.settle());
  return { ...(found ? { escapes: choiceOf({ sizes, pods }) } : {}), exhausted: pods.exhausted };
}

/** The decisions that one pod meets; policies of which nobody knows what they do are passed over. */
export function trailOf(
  tiers: readonly TierSteps[],
  pod: PodChoice,
  namespace: string,
): readonly TrailStep[] {
  const trail: TrailStep[] = [];
  for (const { tier, steps, selects } of tiers) {
    const first = selects.find(({ condition }) => holdsFor(condition, pod));
    if (!first) continue;
    const step = steps.find(({ condition, outcome }) => outcome !== 'unknown' && holdsFor(condition, pod));
    const verdict = step ? knownOutcome(step) : tier.defaultAction === 'Pass' ? 'pass' : 'deny';
    const { policy } = step ?? first;
    trail.push(stepOfPolicy(tier, policy, step ? step.rule : endOfTier, verdict, step?.written));
    if (verdict !== 'pass') return trail;
  }
  return [...trail, profileStep(namespace)];
}

/** The step by which a pod escapes; undefined where it gets beyond the last tier. */
export function decidingStep(tiers: readonly TierSteps[], pod: PodChoice): WalkStep | undefined {
  for (const { tier, steps, selects } of tiers) {
    const step = steps.find(({ condition, outcome }) => outcome !== 'unknown' && holdsFor(condition, pod));
    if (step && step.outcome !== 'pass') return step;
    if (step || tier.defaultAction === 'Pass') continue;
    if (selects.some(({ condition }) => holdsFor(condition, pod))) return undefined;
  }
  return undefined;
}

interface Search {
  readonly tiers: readonly TierSteps[];
  readonly sizes: readonly number[];
  readonly budget: Budget;
  readonly pods: Narrowing;
  readonly doubts: Set<UnknownReason>;
  /** Whether the walk from a tier on ends in Deny for every pod there is. */
  readonly closed: Map<number, boolean>;
  /** How many passes for some pods only lie behind. */
  readonly depth: number;
  /** What else is asked of a pod that escapes; without it, that there is one. */
  readonly besides?: () => boolean;
}

/** Whether a pod as narrowed down escapes from a tier on; if so it is left narrowed down to such pods. */
function walkFrom(search: Search, start: number): boolean {
  const { pods, tiers } = search;
  for (let index = start; index < tiers.length; index++) {
    const current = tiers[index] as TierSteps;
    const end = walkTier(search, current, index);
    if (end === 'escaped') return true;
    if (end === 'denied') return false;
    if (end === 'passed' || current.tier.defaultAction === 'Pass') continue;
    for (const { condition } of current.selects) if (!pods.demand(not(condition))) return false;
  }
  return search.besides ? search.besides() : pods.settle();
}

/** What a tier does to the pods that are left, `nothing` where no rule of it is left that applies to all of them. */
function walkTier(
  search: Search,
  { steps }: TierSteps,
  index: number,
): 'escaped' | 'denied' | 'passed' | 'nothing' {
  const { pods } = search;
  for (const step of steps) {
    if (pods.exhausted) return 'denied';
    const applies = pods.evaluate(step.condition);
    if (applies === false) continue;
    if (step.outcome === 'pass' && applies === true) return 'passed';
    if (takes(search, step, index)) return 'escaped';
    if (applies === true || !pods.demand(not(step.condition))) return 'denied';
  }
  return 'nothing';
}

/** Whether a pod that a step applies to escapes by it. */
function takes(search: Search, step: WalkStep, index: number): boolean {
  const { pods } = search;
  if (step.outcome === 'deny') return false;
  if (step.outcome === 'pass' && isClosedFrom(search, index + 1)) return false;
  const mark = pods.mark();
  if (pods.demand(step.condition)) {
    if (step.outcome === 'pass') {
      if (walkFrom({ ...search, depth: search.depth + 1 }, index + 1)) return true;
    } else if (step.outcome === 'allow' && search.besides) {
      if (search.besides()) return true;
    } else if (pods.settle()) {
      if (step.outcome === 'allow') return true;
      if (step.doubt) search.doubts.add(step.doubt);
    }
  }
  pods.backTo(mark);
  return false;
}

/** Asked before each pass for some pods only, so that many of them do not multiply. */
function isClosedFrom(search: Search, index: number): boolean {
  const known = search.closed.get(index);
  if (known !== undefined) return known;
  if (search.depth > maximumDepth) search.budget.left = 0;
  if (search.pods.exhausted) return true;
  const pods = new Narrowing(search.sizes, search.budget);
  const { besides: _, ...alone } = search;
  const fresh: Search = { ...alone, pods, doubts: new Set(), depth: search.depth + 1 };
  const closed = !walkFrom(fresh, index) && fresh.doubts.size === 0;
  search.closed.set(index, closed);
  return closed;
}

function endsInAllow(tiers: readonly TierSteps[], pod: PodChoice): boolean {
  for (const { tier, steps, selects } of tiers) {
    const step = steps.find(({ condition }) => holdsFor(condition, pod));
    if (step && step.outcome !== 'pass') return step.outcome === 'allow';
    if (step || tier.defaultAction === 'Pass') continue;
    if (selects.some(({ condition }) => holdsFor(condition, pod))) return false;
  }
  return true;
}

function knownOutcome({ outcome }: WalkStep): TrailStep['verdict'] {
  return outcome === 'unknown' ? 'deny' : outcome;
}

/** The plainest of the pods that are left. */
function choiceOf({ sizes, pods }: Pick<Search, 'sizes' | 'pods'>): PodChoice {
  const values = sizes.map((_, variable) => pods.firstValue(variable));
  return (variable) => values[variable] ?? 0;
}
