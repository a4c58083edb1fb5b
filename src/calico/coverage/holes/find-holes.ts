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
 * pass it on to where it is allowed. At the worst a rule is named that another one keeps from being reached.
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
