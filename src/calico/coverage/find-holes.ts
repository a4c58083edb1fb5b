import { type Direction, rulesOf } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { allOf, type Condition, not } from './condition.ts';
import type { Family, Hole } from './coverage.ts';
import { describeHole, isWide } from './describe-hole.ts';
import type { GenericRule } from './generic-rule.ts';
import { Narrowing } from './narrowing.ts';
import { createPodSpace, type KnownAccount, type PodSpace } from './pod-space.ts';
import type { CandidateTier, JudgedCandidate } from './walk-steps.ts';

/** Conditions that are looked at before every rule that is left counts as a hole. */
const maximumWork = 200_000;

/**
 * What is open in a namespace that is covered: the rules that a specific connection can reach and that allow it, or
 * pass it on to where it is allowed. At the worst a rule is named that another one keeps from being reached.
 */
export function findHoles(
  tiers: readonly CandidateTier[],
  direction: Direction,
  families: readonly Family[],
  accounts: readonly KnownAccount[],
): readonly Hole[] {
  const space = createPodSpace(selectorsOf(tiers, direction, families), accounts);
  const sizes = space.variables.map(({ values }) => values.length);
  const context: Context = { direction, families, space, pods: new Narrowing(sizes, { left: maximumWork }) };
  const holes: Hole[] = [];
  let passes: Hole[] = [];
  for (const tier of tiers) {
    const mark = context.pods.mark();
    const found = tierHoles(context, tier);
    context.pods.backTo(mark);
    holes.push(...found.holes);
    passes.push(...found.passes);
    if (found.isClosed && found.passes.length === 0) {
      passes = [];
      break;
    }
  }
  return [...holes, ...passes];
}

interface Context {
  readonly direction: Direction;
  readonly families: readonly Family[];
  readonly space: PodSpace;
  readonly pods: Narrowing;
}

interface TierHoles {
  readonly holes: readonly Hole[];
  readonly passes: readonly Hole[];
  /** Whether nothing but what passes gets beyond the tier. */
  readonly isClosed: boolean;
}

function tierHoles(context: Context, { tier, candidates }: CandidateTier): TierHoles {
  const { pods, space, direction } = context;
  const holes: Hole[] = [];
  const passes: Hole[] = [];
  const selects: Condition[] = [];
  for (const candidate of candidates) {
    const selected = space.conditionOf(candidate.selector);
    if (candidate.doubt || !candidate.policy.types.includes(direction)) continue;
    if (pods.evaluate(selected) === false) continue;
    selects.push(selected);
    for (const [index, rule] of rulesOf(candidate.policy, direction).entries()) {
      const generic = genericConditions(context, candidate, index, selected);
      const hole = () => holeOf(candidate, tier.name, direction, rule, index);
      if (rule.action === 'Allow') holes.push(hole());
      if (rule.action === 'Pass') passes.push(hole());
      if (!generic) continue;
      const applies = pods.evaluate(generic);
      if (applies === false || rule.action === 'Allow') continue;
      if (applies === true || !pods.demand(not(generic))) return { holes, passes, isClosed: true };
    }
  }
  if (tier.defaultAction === 'Pass') return { holes, passes, isClosed: false };
  const isClosed = selects.some((selected) => !pods.demand(not(selected)));
  return { holes, passes, isClosed };
}

/** For which pods a rule ends the way for every connection; undefined where some connections get by for each. */
function genericConditions(
  { families, direction, space }: Context,
  candidate: JudgedCandidate,
  index: number,
  selected: Condition,
): Condition | undefined {
  const rules = families.map((family) =>
    candidate.rules(direction, family).find((rule) => rule.index === index),
  );
  const [first] = rules;
  if (!first || !rules.every((rule) => rule && isForAll(rule))) return undefined;
  return allOf([
    selected,
    space.conditionOf(first.selector ?? true),
    not(space.conditionOf(first.notSelector ?? false)),
  ]);
}

function isForAll({ nets, notNets, podNets, podNotNets, rule }: GenericRule): boolean {
  const { notProtocol, notIcmp, source, destination } = rule;
  const exceptions =
    source.notPorts.length + destination.notPorts.length > 0 ||
    source.notSelector !== undefined ||
    destination.notSelector !== undefined;
  return (
    (!nets || nets.isEverything) &&
    !notNets &&
    podNets === undefined &&
    podNotNets === undefined &&
    !notProtocol &&
    !notIcmp &&
    !exceptions
  );
}

function holeOf(
  { policy }: JudgedCandidate,
  tier: string,
  direction: Direction,
  rule: Rule,
  index: number,
): Hole {
  return {
    policy: policy.reference,
    tier,
    direction,
    rule: index,
    opens: describeHole(policy, rule, direction),
    wide: isWide(rule, direction),
  };
}

function selectorsOf(tiers: readonly CandidateTier[], direction: Direction, families: readonly Family[]) {
  return tiers.flatMap(({ candidates }) =>
    candidates.flatMap((candidate) => [
      candidate.selector,
      ...families.flatMap((family) =>
        candidate
          .rules(direction, family)
          .flatMap((rule) => [rule.selector ?? true, rule.notSelector ?? true]),
      ),
    ]),
  );
}
