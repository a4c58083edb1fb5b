import type { TierPolicies } from '../flow/policies-of-pod.ts';
import { type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import { type EndSet, inBoth, inEither, notIn } from './end-set.ts';
import { common, either, type NumberSet, printNumbers, without } from '../../kubernetes/net/number-set.ts';
import type { Reach } from './rule-reach.ts';
import { beginWay, type ConnectionStep, type Way } from './steps.ts';

/** Connections of one end with others for which its policies decide alike. */
export interface Stretch {
  readonly ends: EndSet;
  readonly numbers: NumberSet;
  readonly verdict: 'allow' | 'unknown';
  readonly way: Way;
}

/** A part of all connections on its way through the tiers, with what may have become of it so far. */
interface Part {
  readonly ends: EndSet;
  readonly numbers: NumberSet;
  readonly mayAllow: boolean;
  readonly mayDeny: boolean;
  /** Whether it may go on to the next tier. */
  readonly mayPass: boolean;
  readonly way: Way;
}

/** What a rule matches, in groups of ends of which none is in two. */
export type ReachOf = (rule: PolicyRule) => readonly Reach[];

/**
 * Walks all connections of one end at once through its policies: each rule cuts off what it decides. Where it may match or
 * not both ways are gone, as `judgePossibleFlow` does for one connection.
 * @returns what is not denied for certain; no connection is in two of them
 */
export function walkHalf(
  tiers: readonly TierPolicies[],
  direction: Direction,
  ends: EndSet,
  numbers: NumberSet,
  reachOf: ReachOf,
): readonly Stretch[] {
  const found: Stretch[] = [];
  const settle = (part: Part) => {
    if (!part.mayAllow) return;
    const { way } = part;
    const verdict = part.mayDeny ? 'unknown' : 'allow';
    found.push({ ends: part.ends, numbers: part.numbers, verdict, way });
  };
  let parts: readonly Part[] = [
    { ends, numbers, mayAllow: false, mayDeny: false, mayPass: false, way: beginWay() },
  ];
  for (const tier of tiers) {
    const onward: Part[] = [];
    for (const part of joined(walkTier(tier, direction, parts, reachOf)))
      if (part.mayPass) onward.push({ ...part, mayPass: false });
      else settle(part);
    parts = onward;
  }
  for (const part of parts)
    settle({ ...part, mayAllow: true, way: tiers.length === 0 ? part.way : part.way.onward(profile) });
  return found;
}

const profile: ConnectionStep = { tier: undefined, verdict: 'allow', matches: 'yes' };

const verdicts = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

function walkTier(
  { policies, tier }: TierPolicies,
  direction: Direction,
  parts: readonly Part[],
  reachOf: ReachOf,
): readonly Part[] {
  const over: Part[] = [];
  let open = parts;
  for (const policy of policies)
    for (const rule of rulesOf(policy, direction)) {
      if (rule.action === 'Log' || open.length === 0) continue;
      const verdict = verdicts[rule.action];
      for (const reach of reachOf(rule)) {
        const step = stepOf({ policy, rule, tier, verdict, isSure: reach.isSure });
        const left: Part[] = [];
        for (const part of open) {
          const cut = cutOff(part, reach);
          if (!cut) {
            left.push(part);
            continue;
          }
          left.push(...cut.rest);
          (reach.isSure ? over : left).push(decided(cut.hit, step));
        }
        open = joined(left);
      }
    }
  const isPassed = tier.defaultAction === 'Pass';
  const end: ConnectionStep = {
    tier,
    policy: policies[0],
    verdict: isPassed ? 'pass' : 'deny',
    matches: 'yes',
  };
  return [...over, ...open.map((part) => decided(part, end))];
}

function decided(part: Part, step: ConnectionStep): Part {
  return {
    ...part,
    mayAllow: part.mayAllow || step.verdict === 'allow',
    mayDeny: part.mayDeny || step.verdict === 'deny',
    mayPass: part.mayPass || step.verdict === 'pass',
    way: part.way.onward(step),
  };
}

/** What of a part a rule reaches, and the rest of it; undefined where that is all. */
function cutOff(
  part: Part,
  reach: Reach,
): { readonly hit: Part; readonly rest: readonly Part[] } | undefined {
  const ends = inBoth(part.ends, reach.ends);
  if (!ends) return undefined;
  const numbers = common(part.numbers, reach.numbers);
  if (numbers.length === 0) return undefined;
  const otherEnds = notIn(part.ends, reach.ends);
  const otherNumbers = without(part.numbers, reach.numbers);
  return {
    hit: { ...part, ends, numbers },
    rest: [
      ...(otherEnds ? [{ ...part, ends: otherEnds }] : []),
      ...(otherNumbers.length > 0 ? [{ ...part, ends, numbers: otherNumbers }] : []),
    ],
  };
}

/** Parts that went the same way as one, where they have the same numbers or the same ends. */
function joined(parts: readonly Part[]): readonly Part[] {
  if (parts.length < 2) return parts;
  const byNumbers = new Map<string, Part>();
  for (const part of parts) {
    const key = `${part.way.number} ${stateOf(part)} ${printNumbers(part.numbers)}`;
    const known = byNumbers.get(key);
    byNumbers.set(key, known ? { ...known, ends: inEither(known.ends, part.ends) } : part);
  }
  const byEnds = new Map<string, Part>();
  for (const part of byNumbers.values()) {
    const key = `${part.way.number} ${stateOf(part)} ${part.ends.join()}`;
    const known = byEnds.get(key);
    byEnds.set(key, known ? { ...known, numbers: either(known.numbers, part.numbers) } : part);
  }
  return [...byEnds.values()];
}

function stateOf({ mayAllow, mayDeny, mayPass }: Part): number {
  return (mayAllow ? 1 : 0) + (mayDeny ? 2 : 0) + (mayPass ? 4 : 0);
}

interface StepParts {
  readonly policy: Policy;
  readonly rule: PolicyRule;
  readonly tier: TierPolicies['tier'];
  readonly verdict: ConnectionStep['verdict'];
  readonly isSure: boolean;
}

/** By rule, so that equal ways are the same one; a rule has one tier and one policy in a world. */
const stepsOfRules = new WeakMap<PolicyRule, Map<boolean, ConnectionStep>>();

function stepOf({ isSure, policy, rule, tier, verdict }: StepParts): ConnectionStep {
  const known = stepsOfRules.get(rule) ?? new Map<boolean, ConnectionStep>();
  stepsOfRules.set(rule, known);
  const step = known.get(isSure) ?? { tier, policy, rule, verdict, matches: isSure ? 'yes' : 'maybe' };
  known.set(isSure, step);
  return step;
}
