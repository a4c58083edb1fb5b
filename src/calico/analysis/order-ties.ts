import { halfOf } from '../flow/evaluate-flow.ts';
import type { TrailStep } from '../flow/trail.ts';
import { type VersionTraits, versionTraits } from '../policy/calico-version.ts';
import { type Direction, directions, type Policy, rulesOf } from '../policy/policy.ts';
import { positionOf } from '../policy/policy-name.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import { type SearchEffort, searchEffort } from '../selector/satisfiability.ts';
import { valueAt, withEntries } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
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
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param policy one of the world's, as `findPolicy` returns it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3' };
 * const spec = { order: 1, ingress: [{ action: 'Allow' }] };
 * const one = { ...head, kind: 'NetworkPolicy', metadata: { name: 'z', namespace: 'a' }, spec };
 * const contrary = { order: 1, ingress: [{ action: 'Deny' }] };
 * const other = { ...head, kind: 'GlobalNetworkPolicy', metadata: { name: 'b' }, spec: contrary };
 * const world = createPolicyWorld([one, other], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...one, name: 'z', namespace: 'a' });
 * findOrderTies(world, policy).map((tie) => tie.other.name); // ['b']
 */
export function findOrderTies(world: PolicyWorld, policy: Policy): readonly OrderTie[] {
  if (!isInForce(world, policy) || isOfOneVersion(policy)) return [];
  const budget: Budget = { left: maximumSamples, effort: searchEffort() };
  const [now, before] = [tieKey(policy, sinceChange), tieKey(policy, untilChange)];
  const ties: OrderTie[] = [];
  for (const other of rivalsOf(world, policy)) {
    if (ties.length === maximumTies || budget.left <= 0) break;
    if (now < tieKey(other, sinceChange) === before < tieKey(other, untilChange)) continue;
    const tie = compare(world, policy, other, budget);
    if (tie) ties.push(tie);
  }
  return ties;
}

/** The policies beside one, of its own order and of all versions; each once. */
function* rivalsOf(world: PolicyWorld, policy: Policy): Generator<Policy> {
  const [first] = policy.types;
  for (const direction of policy.types) {
    for (const other of policiesBeside(world, policy, policy.tier, direction)) {
      if (other === policy || other.order !== policy.order || isOfOneVersion(other)) continue;
      const isKnown = first !== undefined && direction !== first && other.types.includes(first);
      if (!isKnown) yield other;
    }
  }
}

interface Budget {
  left: number;
  readonly effort: SearchEffort;
}

/** Kinds that are read only on one side of the change have no other resolution. */
function isOfOneVersion({ kind }: Policy): boolean {
  return kind.endsWith('ClusterNetworkPolicy') || kind.endsWith('AdminNetworkPolicy');
}

const [sinceChange, untilChange] = [versionTraits('3.32'), versionTraits('3.31')];

function tieKey({ kind, namespace = '', name, tier }: Policy, traits: VersionTraits): string {
  return positionOf({ kind, namespace, name, tier }, traits).tieKey;
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

function* contraryRules(
  one: Policy,
  other: Policy,
  direction: Direction,
): Generator<[PolicyRule, PolicyRule]> {
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
  const [now, before] = [sinceChange, untilChange].map((traits) => {
    const half = halfOf(resolvedBy(world, tier, pod.namespace, traits), pod, direction, flow);
    const step = half?.trail.at(-1);
    return half && step ? { verdict: half.verdict, step } : undefined;
  });
  return now && before ? [now, before] : undefined;
}

/** The world with the ties of one tier resolved as one range of versions does. */
function resolvedBy(world: PolicyWorld, tier: string, namespace: string, traits: VersionTraits): PolicyWorld {
  const retied = (policies: readonly Policy[]) =>
    policies.map((policy) => (policy.tier === tier ? { ...policy, tieKey: tieKey(policy, traits) } : policy));
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
