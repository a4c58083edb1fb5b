import { type Address, parseAddress } from '../net/address.ts';
import { applyStaged } from '../policy/in-force.ts';
import { readProtocol } from '../policy/match-fields.ts';
import { comparePolicies, type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import type { PodEndpoint } from '../world/endpoint.ts';
import { valueAt } from '../world/layered-map.ts';
import type { PolicyWorld } from '../world/policy-world.ts';
import type { Tier } from '../world/tier.ts';
import { podLabels } from './endpoint-labels.ts';
import type { Flow, FlowEnd, FlowHalf, FlowVerdict } from './flow.ts';
import { flowIndexOf, labelledPod } from './flow-index.ts';
import { matchesRule, type ResolvedEnd, type ResolvedFlow } from './match-rule.ts';
import { endOfTier, profileStep, stepOfPolicy, type TrailStep } from './trail.ts';

/**
 * Walks a connection through the egress policies of its source and the ingress policies of its destination.
 * Source: Calico app-policy/checker/check.go, felix/calc/policy_resolver.go.
 */
export function evaluateFlow(world: PolicyWorld, flow: Flow): FlowVerdict {
  const source = findEnd(world, flow.source);
  const destination = findEnd(world, flow.destination);
  const protocol = readProtocol(flow.protocol)?.number;
  const problem = problemOf(source) ?? problemOf(destination);
  if (problem !== undefined) return { verdict: 'unknown', problem };
  if (protocol === undefined)
    return { verdict: 'unknown', problem: `protocol "${flow.protocol}" is not known` };
  const resolved = resolveFlow(world, flow, source as FoundEnd, destination as FoundEnd, protocol);
  const egress = walk(world, (source as FoundEnd).pod, 'Egress', resolved);
  const ingress = walk(world, (destination as FoundEnd).pod, 'Ingress', resolved);
  const denies = egress?.verdict === 'deny' || ingress?.verdict === 'deny';
  return {
    verdict: denies ? 'deny' : 'allow',
    ...(egress ? { egress } : {}),
    ...(ingress ? { ingress } : {}),
  };
}

interface FoundEnd {
  readonly pod?: PodEndpoint;
  readonly addresses: readonly Address[];
}

function findEnd(world: PolicyWorld, end: FlowEnd): FoundEnd | { readonly problem: string } {
  if ('pod' in end) {
    const pod = valueAt(world.pods, end.pod);
    return pod ? { pod, addresses: pod.addresses } : { problem: `pod ${end.pod} does not exist` };
  }
  const address = parseAddress(end.ip);
  return address ? { addresses: [address] } : { problem: `"${end.ip}" is no IP address` };
}

function problemOf(end: FoundEnd | { readonly problem: string }): string | undefined {
  return 'problem' in end ? end.problem : undefined;
}

function resolveFlow(
  world: PolicyWorld,
  flow: Flow,
  source: FoundEnd,
  destination: FoundEnd,
  protocol: number,
): ResolvedFlow {
  const index = flowIndexOf(world);
  const family = commonFamily(source, destination);
  const resolve = ({ pod, addresses }: FoundEnd, port: number): ResolvedEnd => {
    const address = addresses.find((candidate) => candidate.family === family);
    const unaddressed = pod && !pod.hostNetwork && !address ? [labelledPod(world, pod)] : [];
    return { address, labelled: address ? index.labelledAt(address) : unaddressed, port };
  };
  return {
    family,
    protocol,
    source: resolve(source, flow.sourcePort ?? 0),
    destination: resolve(destination, flow.destinationPort ?? 0),
    icmpType: flow.icmpType ?? 0,
    icmpCode: flow.icmpCode ?? 0,
    index,
  };
}

/** The first family in which both ends have an address; that of the end which has one; else IPv4. */
function commonFamily(source: FoundEnd, destination: FoundEnd): 4 | 6 {
  const families = destination.addresses.map(({ family }) => family);
  const common = source.addresses.find(({ family }) => families.includes(family))?.family;
  return common ?? families[0] ?? source.addresses[0]?.family ?? 4;
}

function walk(
  world: PolicyWorld,
  pod: PodEndpoint | undefined,
  direction: Direction,
  flow: ResolvedFlow,
): FlowHalf | undefined {
  if (!pod || pod.hostNetwork) return undefined;
  const labelOf = podLabels(world, pod);
  const trail: TrailStep[] = [];
  for (const tier of world.tiers) {
    const policies = policiesOfTier(world, tier.name, pod.namespace).filter(
      (policy) =>
        policy.types.includes(direction) && policy.selector && evaluateSelector(policy.selector, labelOf),
    );
    const step = decideTier(tier, policies, direction, flow);
    if (!step) continue;
    trail.push(step);
    if (step.verdict !== 'pass') return { verdict: step.verdict, trail };
  }
  trail.push(profileStep(pod.namespace));
  return { verdict: 'allow', trail };
}

function policiesOfTier(world: PolicyWorld, tier: string, namespace: string): readonly Policy[] {
  const own = (valueAt(world.index.namespaced, namespace) ?? []).filter((policy) => policy.tier === tier);
  const policies = [...(world.index.global.get(tier) ?? []), ...own].sort(comparePolicies);
  return world.options.staged === 'enforced' ? applyStaged(policies) : policies;
}

const verdicts = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

/** What a tier decides; undefined where none of its policies selects the pod in the direction. */
function decideTier(
  tier: Tier,
  policies: readonly Policy[],
  direction: Direction,
  flow: ResolvedFlow,
): TrailStep | undefined {
  const [first] = policies;
  if (!first) return undefined;
  for (const policy of policies) {
    for (const [index, rule] of rulesOf(policy, direction).entries()) {
      if (rule.action === 'Log' || !matchesRule(rule, flow)) continue;
      return stepOfPolicy(tier, policy, index, verdicts[rule.action]);
    }
  }
  return stepOfPolicy(tier, first, endOfTier, tier.defaultAction === 'Pass' ? 'pass' : 'deny');
}
