import type { Family } from '../../kubernetes/net/address.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { findFlow, type FoundFlow } from './evaluate-flow.ts';
import { labelDoubt } from './label-doubt.ts';
import type { TierPolicies } from './policies-of-pod.ts';
import { createRuleMatch, type RuleMatch } from './rule-match.ts';
import { isSupposed, supposePod, type SupposedPod } from './supposed-pod.ts';
import { endOfTier, profileStep, stepOfPolicy, type TrailStep } from './trail.ts';

/** A connection between two ends, a pod or an address, of which a pod need not exist. */
export interface PossibleFlow {
  readonly source: PossibleEnd;
  readonly destination: PossibleEnd;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6';
  /** The port at the destination; 0 for ICMP. */
  readonly port: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** Where neither end has an address: the family of those that they will have, by default IPv4 or else IPv6. */
  readonly family?: Family;
}

/** A Pod as a template makes it, which has no address yet; or an address. */
export type PossibleEnd = { readonly pod: KubernetesObject | SupposedPod } | { readonly ip: string };

/** A rule that may match or not, or a policy that may select the pod or not. */
export interface FlowDoubt {
  readonly policy: Policy;
  /** Absent where it is not known whether the policy selects the pod at all. */
  readonly rule?: PolicyRule;
}

/** What the policies of one end make of a connection. */
export interface PossibleHalf {
  /** `unknown` where what decides hangs on what is not known of a pod. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** The walk as it is where nothing that is in doubt matches. */
  readonly trail: readonly TrailStep[];
  readonly doubts: readonly FlowDoubt[];
  /** The policies that select the pod, in the order of the walk. */
  readonly policies: readonly TierPolicies[];
}

/**
 * What the policies of the source, for egress, or of the destination, for ingress, make of a connection, with everything
 * that may be: a pod that a template makes has no address yet, and the labels of a namespace or service account that the
 * world does not hold are not known. Where every way leads to the same verdict, that is it.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @returns undefined where no policy can select the end: an address, or a pod on its node's network
 * @throws nothing; an address that is none counts as an end of which nothing is known
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const spec = { types: ['Ingress'], ingress: [{ action: 'Allow', source: { nets: ['10.0.0.0/8'] } }] };
 * const world = createPolicyWorld([{ ...head, metadata: { name: 'in', namespace: 'shop' }, spec }], { mode: 'v3crd' });
 * const podNamed = (name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' } });
 * const flow = { source: { pod: podNamed('web') }, destination: { pod: podNamed('db') }, protocol: 'TCP', port: 80 };
 * judgePossibleFlow(world, 'Ingress', flow).verdict; // 'unknown'
 */
export function judgePossibleFlow(
  world: PolicyWorld,
  direction: Direction,
  flow: PossibleFlow,
): PossibleHalf | undefined {
  const { destination, family, port, source, ...rest } = flow;
  const ends = { source: suppose(world, source), destination: suppose(world, destination) };
  const own = direction === 'Egress' ? ends.source : ends.destination;
  if (!('pod' in own) || own.pod.endpoint.hostNetwork) return undefined;
  const { endpoint, policies: policiesOf } = own.pod;
  const unsure = policiesInDoubt(world, endpoint, direction).map((policy) => ({ policy }));
  const policies = policiesOf(direction);
  const found = findFlow(world, { ...ends, ...rest, destinationPort: port });
  if ('problem' in found) return { verdict: 'unknown', trail: [], doubts: unsure, policies };
  const match = createRuleMatch(world, ...inFamily(found, family));
  const walked = walkAllWays(endpoint, policies, direction, match);
  const [first, ...others] = walked.verdicts;
  const verdict = unsure.length > 0 || others.length > 0 ? 'unknown' : (first ?? 'unknown');
  return { verdict, trail: walked.trail, doubts: [...unsure, ...walked.doubts], policies };
}

/** The flow in the family that was asked for, where no address tells another one. */
function inFamily(found: FoundFlow, family: Family | undefined): [FoundFlow, boolean] {
  const { destination, source } = found.resolved;
  const hasAddress = source.address !== undefined || destination.address !== undefined;
  if (hasAddress || family === undefined) return [found, hasAddress];
  return [{ ...found, resolved: { ...found.resolved, family } }, true];
}

function suppose(
  world: PolicyWorld,
  end: PossibleEnd,
): { readonly pod: SupposedPod } | { readonly ip: string } {
  if ('ip' in end) return end;
  return { pod: isSupposed(end.pod) ? end.pod : supposePod(world, end.pod) };
}

/** Policies that select the pod or not by labels of its namespace or service account which the world does not hold. */
export function policiesInDoubt(
  world: PolicyWorld,
  pod: PodEndpoint,
  direction: Direction,
): readonly Policy[] {
  const asksUnknown = labelDoubt(world, pod, 'template');
  return [...world.policies].filter((policy) => {
    const { hostOnly, namespace = pod.namespace, selector, staged, types } = policy;
    const counts = !hostOnly && !staged && types.includes(direction) && namespace === pod.namespace;
    return counts && selector !== undefined && asksUnknown(selector);
  });
}

const verdicts = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

interface AllWays {
  readonly verdicts: ReadonlySet<'allow' | 'deny'>;
  readonly trail: readonly TrailStep[];
  readonly doubts: readonly FlowDoubt[];
}

/** Where a rule may match, both ways are gone: it decides, and it does not. */
function walkAllWays(
  pod: PodEndpoint,
  tiers: readonly TierPolicies[],
  direction: Direction,
  match: RuleMatch,
): AllWays {
  const found = new Set<'allow' | 'deny'>();
  const trail: TrailStep[] = [];
  const doubts: FlowDoubt[] = [];
  let isOver = false;
  for (const tierPolicies of tiers) {
    const { mayGoOn, step } = walkTier(tierPolicies, direction, match, found, doubts);
    if (!isOver) trail.push(step);
    isOver ||= step.verdict !== 'pass';
    if (!mayGoOn) return { verdicts: found, trail, doubts };
  }
  if (!isOver) trail.push(profileStep(pod.namespace));
  found.add('allow');
  return { verdicts: found, trail, doubts };
}

function walkTier(
  { policies, tier }: TierPolicies,
  direction: Direction,
  match: RuleMatch,
  found: Set<'allow' | 'deny'>,
  doubts: FlowDoubt[],
): { readonly mayGoOn: boolean; readonly step: TrailStep } {
  let mayGoOn = false;
  for (const policy of policies) {
    for (const [index, rule] of rulesOf(policy, direction).entries()) {
      const matches = rule.action === 'Log' ? 'no' : match(rule);
      if (rule.action === 'Log' || matches === 'no') continue;
      const verdict = verdicts[rule.action];
      if (verdict === 'pass') mayGoOn = true;
      else found.add(verdict);
      if (matches === 'yes') return { mayGoOn, step: stepOfPolicy(tier, policy, index, verdict, rule.index) };
      doubts.push({ policy, rule });
    }
  }
  const verdict = tier.defaultAction === 'Pass' ? 'pass' : 'deny';
  if (verdict === 'deny') found.add('deny');
  return {
    mayGoOn: mayGoOn || verdict === 'pass',
    step: stepOfPolicy(tier, policies[0], endOfTier, verdict),
  };
}
