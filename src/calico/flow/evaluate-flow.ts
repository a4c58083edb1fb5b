import { type Address, parseAddress, type Family } from '../../kubernetes/net/address.ts';
import { readProtocol } from '../policy/match-fields.ts';
import { type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import { type PodEndpoint, readPod } from '../state/endpoint.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import type { Tier } from '../state/tier.ts';
import type { Flow, FlowEnd, FlowHalf, FlowVerdict } from './flow.ts';
import { flowIndexOf, labelledPod } from './flow-index.ts';
import { matchesRule, type ResolvedEnd, type ResolvedFlow } from './match-rule.ts';
import { policiesOfPod, type TierPolicies } from './policies-of-pod.ts';
import { isSupposed } from './supposed-pod.ts';
import { endOfTier, profileStep, stepOfPolicy, type TrailStep } from './trail.ts';

/**
 * Walks a connection through the egress policies of its source and the ingress policies of its destination.
 * Source: Calico app-policy/checker/check.go, felix/calc/policy_resolver.go.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param flow its two ends, a protocol and ports; an end that cannot be found makes the verdict `unknown`, with why
 * @returns the verdict and that of each end which is a pod, with its trail
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const flow = { source: { ip: '192.0.2.1' }, destination: { pod }, protocol: 'TCP', destinationPort: 80 };
 * evaluateFlow(world, flow).ingress.trail.map(printStep); // ['default|NetworkPolicy|shop/deny|-1|D']
 */
export function evaluateFlow(world: PolicyWorld, flow: Flow): FlowVerdict {
  const found = findFlow(world, flow);
  if ('problem' in found) return { verdict: 'unknown', problem: found.problem };
  const egress = halfOf(world, found.source, 'Egress', found.resolved);
  const ingress = halfOf(world, found.destination, 'Ingress', found.resolved);
  const denies = egress?.verdict === 'deny' || ingress?.verdict === 'deny';
  return {
    verdict: denies ? 'deny' : 'allow',
    ...(egress ? { egress } : {}),
    ...(ingress ? { ingress } : {}),
  };
}

/** A flow with what is known of it: the pods at its ends, where there are any, and all that rules ask about. */
export interface FoundFlow {
  readonly source: PodEndpoint | undefined;
  readonly destination: PodEndpoint | undefined;
  readonly resolved: ResolvedFlow;
}

/** Finds the ends of a flow; or says why they can't be found. */
export function findFlow(world: PolicyWorld, flow: Flow): FoundFlow | { readonly problem: string } {
  const source = findEnd(world, flow.source);
  const destination = findEnd(world, flow.destination);
  if ('problem' in source) return source;
  if ('problem' in destination) return destination;
  const protocol = readProtocol(flow.protocol)?.number;
  if (protocol === undefined) return { problem: `protocol "${flow.protocol}" is not known` };
  return {
    source: source.pod,
    destination: destination.pod,
    resolved: resolveFlow(world, flow, source, destination, protocol),
  };
}

/** An end of a flow that is there, or is supposed. */
export interface FoundEnd {
  readonly pod?: PodEndpoint;
  /** Set for a pod that the world does not hold, so that nothing is found of it by its address. */
  readonly supposed?: true;
  readonly addresses: readonly Address[];
}

function findEnd(world: PolicyWorld, end: FlowEnd): FoundEnd | { readonly problem: string } {
  if ('pod' in end) {
    if (typeof end.pod !== 'string') {
      const pod = isSupposed(end.pod) ? end.pod.endpoint : readPod(end.pod);
      return { pod, supposed: true, addresses: pod.addresses };
    }
    const pod = valueAt(world.pods, end.pod);
    return pod ? { pod, addresses: pod.addresses } : { problem: `pod ${end.pod} does not exist` };
  }
  const address = parseAddress(end.ip);
  return address ? { addresses: [address] } : { problem: `"${end.ip}" is no IP address` };
}

function resolveFlow(
  world: PolicyWorld,
  flow: Flow,
  source: FoundEnd,
  destination: FoundEnd,
  protocol: number,
): ResolvedFlow {
  const family = commonFamily(source, destination);
  return {
    family,
    protocol,
    source: resolveEnd(world, source, family, flow.sourcePort ?? 0),
    destination: resolveEnd(world, destination, family, flow.destinationPort ?? 0),
    icmpType: flow.icmpType ?? 0,
    icmpCode: flow.icmpCode ?? 0,
    index: flowIndexOf(world),
  };
}

/** An end as rules see it that are asked about connections of a family. */
export function resolveEnd(
  world: PolicyWorld,
  { pod, supposed, addresses }: FoundEnd,
  family: Family,
  port: number,
): ResolvedEnd {
  const address = addresses.find((candidate) => candidate.family === family);
  const isFoundByAddress = address !== undefined && !supposed;
  const itself = pod && !pod.hostNetwork && !isFoundByAddress ? [labelledPod(world, pod)] : [];
  const labelled = address ? [...itself, ...flowIndexOf(world).labelledAt(address)] : itself;
  return { address, labelled, port };
}

/** The first family in which both ends have an address; that of the end which has one; else IPv4. */
function commonFamily(source: FoundEnd, destination: FoundEnd): Family {
  const families = destination.addresses.map(({ family }) => family);
  const common = source.addresses.find(({ family }) => families.includes(family))?.family;
  return common ?? families[0] ?? source.addresses[0]?.family ?? 4;
}

/** What one end of a flow decides; undefined where no policy can select it. */
export function halfOf(
  world: PolicyWorld,
  pod: PodEndpoint | undefined,
  direction: Direction,
  flow: ResolvedFlow,
): FlowHalf | undefined {
  if (!pod || pod.hostNetwork) return undefined;
  return walk(pod, policiesOfPod(world, pod, direction), direction, flow);
}

/** Walks a flow through the policies of a pod with a network of its own. */
export function walk(
  pod: PodEndpoint,
  tiers: readonly TierPolicies[],
  direction: Direction,
  flow: ResolvedFlow,
): FlowHalf {
  const trail: TrailStep[] = [];
  for (const { tier, policies } of tiers) {
    const step = decideTier(tier, policies, direction, flow);
    trail.push(step);
    if (step.verdict !== 'pass') return { verdict: step.verdict, trail };
  }
  trail.push(profileStep(pod.namespace));
  return { verdict: 'allow', trail };
}

const verdicts = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

/** What a tier decides whose policies select the pod in the direction. */
function decideTier(
  tier: Tier,
  policies: readonly [Policy, ...Policy[]],
  direction: Direction,
  flow: ResolvedFlow,
): TrailStep {
  for (const policy of policies) {
    for (const [index, rule] of rulesOf(policy, direction).entries()) {
      if (rule.action === 'Log' || !matchesRule(rule, flow)) continue;
      return stepOfPolicy(tier, policy, index, verdicts[rule.action], rule.index);
    }
  }
  return stepOfPolicy(tier, policies[0], endOfTier, tier.defaultAction === 'Pass' ? 'pass' : 'deny');
}
