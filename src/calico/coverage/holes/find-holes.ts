import { type Direction, rulesOf } from '../../policy/policy.ts';
import { type Condition, not } from '../pods/condition.ts';
import type { Family, Hole } from '../coverage.ts';
import type { GenericRule } from '../facts/generic-rule.ts';
import type { ModelPolicy, ModelTier, NamespaceModel } from '../walk/namespace-model.ts';
import { Narrowing } from '../pods/narrowing.ts';

/** Conditions that are looked at before every rule that is left counts as a hole. */
const maximumWork = 200_000;

/**
 * What is open in a namespace that is covered: the rules that a specific connection can reach and that allow it, or
 * pass it on to where it is allowed. A hole is as wide as what gets to its rule: behind a tier that lets nothing beyond
 * it but what narrow rules pass on, none is wide. At the worst a rule is named that others together keep from being
 * reached.
 * Source: Calico felix/rules/endpoints.go, the walk through tiers and policies.
 */
export function findHoles(
  { tiers, space }: NamespaceModel,
  direction: Direction,
  families: readonly Family[],
): readonly Hole[] {
  // All rules are asked for before the variables of the space are counted.
  for (const { policies } of tiers) {
    for (const { rules } of policies) for (const family of families) rules(direction, family);
  }
  const sizes = space.variables.map(({ values }) => values.length);
  const context: Context = { direction, families, pods: new Narrowing(sizes, { left: maximumWork }) };
  const holes: Hole[] = [];
  let passes: readonly Hole[] = [];
  let isNarrow = false;
  for (const tier of tiers) {
    const mark = context.pods.mark();
    const found = tierHoles(context, tier);
    context.pods.backTo(mark);
    holes.push(...(isNarrow ? found.holes.map(narrowed) : found.holes));
    const passed: readonly Hole[] = isNarrow ? found.passes.map(narrowed) : found.passes;
    // What an earlier tier passes on gets beyond a closed one by its own passes alone.
    passes = found.isClosed ? passed : [...passes, ...passed];
    if (!found.isClosed) continue;
    if (passed.length === 0) break;
    isNarrow ||= passed.every(({ wide }) => !wide);
  }
  return [...holes, ...passes];
}

function narrowed(hole: Hole): Hole {
  if (!hole.wide) return hole;
  return {
    policy: hole.policy,
    tier: hole.tier,
    direction: hole.direction,
    rule: hole.rule,
    get opens() {
      return hole.opens;
    },
    wide: false,
  };
}

interface Context {
  readonly direction: Direction;
  readonly families: readonly Family[];
  readonly pods: Narrowing;
}

interface TierHoles {
  readonly holes: readonly Hole[];
  readonly passes: readonly Hole[];
  /** Whether nothing but what passes gets beyond the tier. */
  readonly isClosed: boolean;
}

function tierHoles(context: Context, { tier, policies }: ModelTier): TierHoles {
  const { pods, direction } = context;
  const holes: Hole[] = [];
  const passes: Hole[] = [];
  const selects: Condition[] = [];
  for (const model of policies) {
    const { policy, condition, doubt } = model;
    if (doubt || !policy.types.includes(direction) || pods.evaluate(condition) === false) continue;
    selects.push(condition);
    const opened = model.holes(direction);
    for (const [index, rule] of rulesOf(policy, direction).entries()) {
      const hole = opened[index];
      if (hole) (rule.action === 'Allow' ? holes : passes).push(hole);
      const ends = endsFor(context, model, index);
      const applies = ends && rule.action !== 'Allow' ? pods.evaluate(ends) : false;
      if (!ends || applies === false) continue;
      if (applies === true || !pods.demand(not(ends))) return { holes, passes, isClosed: true };
      // The rule has ended it for every pod of the policy.
      if (pods.evaluate(condition) === false) break;
    }
  }
  if (tier.defaultAction === 'Pass') return { holes, passes, isClosed: false };
  const isClosed = selects.some((selected) => !pods.demand(not(selected)));
  return { holes, passes, isClosed };
}

/** For which pods a rule ends the way for every connection; undefined where some connections get by it. */
function endsFor({ families, direction }: Context, model: ModelPolicy, index: number): Condition | undefined {
  const rules = families.map((family) =>
    model.rules(direction, family).find(({ generic }) => generic.index === index),
  );
  return rules.every((rule) => rule && isForAll(rule.generic)) ? rules[0]?.condition : undefined;
}

function isForAll({ inside, outside, podNets, podNotNets, rule }: GenericRule): boolean {
  const { notProtocol, notIcmp, source, destination } = rule;
  const exceptions =
    source.notPorts.length + destination.notPorts.length > 0 ||
    source.notSelector !== undefined ||
    destination.notSelector !== undefined;
  return (
    inside.every(({ isEverything }) => isEverything) &&
    outside.length === 0 &&
    podNets === undefined &&
    podNotNets === undefined &&
    !notProtocol &&
    !notIcmp &&
    !exceptions
  );
}
