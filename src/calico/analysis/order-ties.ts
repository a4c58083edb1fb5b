import { halfOf } from '../flow/evaluate-flow.ts';
import type { TrailStep } from '../flow/trail.ts';
import { versionTraits } from '../policy/calico-version.ts';
import { type Direction, directions, type Policy, rulesOf } from '../policy/policy.ts';
import { positionOf } from '../policy/policy-name.ts';
import type { Rule } from '../policy/rule.ts';
import { type SearchEffort, searchEffort } from '../selector/satisfiability.ts';
import { valueAt, withEntries } from '../world/layered-map.ts';
import type { PolicyWorld } from '../world/policy-world.ts';
import { isInForce, policiesBeside } from './neighbours.ts';
import { type SampleFlow, sampleFlow } from './sample-flow.ts';

/** Two policies of the same order, and a connection that depends on which of them comes first. */
export interface OrderTie {
  readonly other: Policy;
  readonly sample: SampleFlow;
  /** What becomes of the connection from Calico 3.32 on, and until 3.31. */
  readonly verdicts: readonly [TieVerdict, TieVerdict];
}

export interface TieVerdict {
  readonly verdict: 'allow' | 'deny';
  /** The step that decides. */
  readonly step: TrailStep;
}

/** Samples that are tried, and ties that are found, before the search is given up. */
const maximumSamples = 100;
const maximumTies = 5;

/**
 * Finds policies of the same tier and order whose precedence Calico resolves in one way since 3.32 and in another
 * until 3.31, where a connection shows the difference: by name first, or by namespace first.
 * Source: Calico felix/calc/policy_sorter.go (3.32 and 3.31).
 */
export function findOrderTies(world: PolicyWorld, policy: Policy): readonly OrderTie[] {
  if (!isInForce(world, policy) || isOfOneVersion(policy)) return [];
  const budget: Budget = { left: maximumSamples, effort: searchEffort() };
  const rivals = new Set(
    policy.types.flatMap((direction) => [...policiesBeside(world, policy, policy.tier, direction)]),
  );
  const ties: OrderTie[] = [];
  for (const other of rivals) {
    if (ties.length === maximumTies || budget.left <= 0) break;
    if (other === policy || other.order !== policy.order || isOfOneVersion(other)) continue;
    const tie = isResolvedOtherwise(policy, other) ? compare(world, policy, other, budget) : undefined;
    if (tie) ties.push(tie);
  }
  return ties;
}

interface Budget {
  left: number;
  readonly effort: SearchEffort;
}

/** Kinds that are read only on one side of the change have no other resolution. */
function isOfOneVersion({ kind }: Policy): boolean {
  return kind.endsWith('ClusterNetworkPolicy') || kind.endsWith('AdminNetworkPolicy');
}

const schemes = [versionTraits('3.32'), versionTraits('3.31')] as const;

function tieKeys({ kind, namespace = '', name, tier }: Policy): readonly [string, string] {
  const [now, before] = schemes.map((traits) => positionOf({ kind, namespace, name, tier }, traits).tieKey);
  return [now ?? '', before ?? ''];
}

function isResolvedOtherwise(one: Policy, other: Policy): boolean {
  const [[now, before], [otherNow, otherBefore]] = [tieKeys(one), tieKeys(other)];
  return now < otherNow !== before < otherBefore;
}

function compare(world: PolicyWorld, policy: Policy, other: Policy, budget: Budget): OrderTie | undefined {
  for (const direction of directions) {
    if (!policy.types.includes(direction) || !other.types.includes(direction)) continue;
    for (const rules of contraryRules(policy, other, direction)) {
      for (const family of [4, 6] as const) {
        if (--budget.left < 0) return undefined;
        const sample = sampleFlow(world, {
          policies: [policy, other],
          rules,
          direction,
          family,
          effort: budget.effort,
        });
        const verdicts = sample && verdictsOf(world, policy.tier, sample);
        if (verdicts && isBetween(policy, other, verdicts)) return { other, sample, verdicts };
      }
    }
  }
  return undefined;
}

/** Whether the two policies decide, each of them once, and not others that the connection meets as well. */
function isBetween(one: Policy, other: Policy, [now, before]: OrderTie['verdicts']): boolean {
  const decides = (policy: Policy, { step }: TieVerdict) =>
    step.kind === policy.kind && step.name === policy.name && step.namespace === policy.namespace;
  if (now.verdict === before.verdict) return false;
  return decides(one, now) ? decides(other, before) : decides(other, now) && decides(one, before);
}

function* contraryRules(one: Policy, other: Policy, direction: Direction): Generator<[Rule, Rule]> {
  for (const rule of rulesOf(one, direction)) {
    if (rule.action === 'Log') continue;
    for (const rival of rulesOf(other, direction)) {
      if (rival.action !== 'Log' && rival.action !== rule.action) yield [rule, rival];
    }
  }
}

function verdictsOf(
  world: PolicyWorld,
  tier: string,
  { pod, direction, flow }: SampleFlow,
): OrderTie['verdicts'] | undefined {
  const [now, before] = ([0, 1] as const).map((scheme) => {
    const half = halfOf(resolvedBy(world, tier, pod.namespace, scheme), pod, direction, flow);
    const step = half?.trail.at(-1);
    return half && step ? { verdict: half.verdict, step } : undefined;
  });
  return now && before ? [now, before] : undefined;
}

/** The world with the ties of one tier resolved as one range of versions does. */
function resolvedBy(world: PolicyWorld, tier: string, namespace: string, scheme: 0 | 1): PolicyWorld {
  const retied = (policies: readonly Policy[]) =>
    policies.map((policy) =>
      policy.tier === tier ? { ...policy, tieKey: tieKeys(policy)[scheme] } : policy,
    );
  const { global, namespaced } = world.index;
  const own = valueAt(namespaced, namespace);
  return {
    ...world,
    tiers: world.tiers,
    index: {
      ...world.index,
      global: new Map([...global, [tier, retied(global.get(tier) ?? [])]]),
      namespaced: own ? withEntries(namespaced, [[namespace, retied(own)]]) : namespaced,
    },
  };
}
