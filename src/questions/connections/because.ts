import { type ConnectionStep, stepsOf, type Way } from '../../calico/index.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import type { DecidingRule } from './connections-answer.ts';

/** Tells what lets connections through; the same list for the same ways. */
export type Because = (ways: readonly (Way | undefined)[], direction: Direction) => readonly DecidingRule[];

/** Creates the telling; what is told of one way is kept, since many connections share it. */
export function createBecause(): Because {
  const known = new Map<Way, readonly DecidingRule[]>();
  const rules = new Map<ConnectionStep, DecidingRule>();
  const ofWay = (way: Way, direction: Direction) => {
    const told = known.get(way) ?? toldOf(way, direction, rules);
    known.set(way, told);
    return told;
  };
  return (ways, direction) => {
    const distinct = [...new Set(ways)].filter((way) => way !== undefined);
    const [first, ...others] = distinct;
    if (!first) return [];
    if (others.length === 0) return ofWay(first, direction);
    return [...new Set(distinct.flatMap((way) => ofWay(way, direction)))];
  };
}

/** Without the ends of tiers: they decide nothing that is let through but where all of them pass. */
function toldOf(
  way: Way,
  direction: Direction,
  rules: Map<ConnectionStep, DecidingRule>,
): readonly DecidingRule[] {
  return stepsOf(way).flatMap((step) => {
    if (step.policy && !step.rule && step.matches === 'yes') return [];
    const rule = rules.get(step) ?? ruleOf(step, direction);
    rules.set(step, rule);
    return [rule];
  });
}

function ruleOf(
  { matches, policy, rule, tier, verdict }: ConnectionStep,
  direction: Direction,
): DecidingRule {
  return {
    tier: tier?.name ?? policy?.tier ?? profileTier,
    verdict,
    ...(policy ? { policy: policy.reference } : {}),
    ...(rule ? { rule: rule.index } : {}),
    ...(matches === 'maybe' ? { doubtful: true } : {}),
    ...(policy && rule
      ? {
          at: {
            object: policy.reference,
            pointer: pointerOf('spec', direction.toLowerCase(), rule.index),
          },
        }
      : {}),
  };
}

/** As Calico's flow logs call what comes after all tiers. */
const profileTier = '__PROFILE__';
