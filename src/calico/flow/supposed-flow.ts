import type { Address } from '../../kubernetes/net/address.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { findFlow, walk } from './evaluate-flow.ts';
import type { FlowEnd } from './flow.ts';
import type { PeerKnown } from './label-doubt.ts';
import { matchesRule, type ResolvedFlow } from './match-rule.ts';
import { type Relaxation, relaxation } from './peer-doubt.ts';
import { isSupposed, supposePod, type SupposedPod } from './supposed-pod.ts';
import type { TrailStep } from './trail.ts';

/** A connection that a pod makes (`Egress`) or takes (`Ingress`), neither end of which need exist. */
export interface SupposedFlow {
  /** The Pod whose policies are asked; read already, where there is more to ask of it in this world. */
  readonly pod: KubernetesObject | SupposedPod;
  readonly direction: Direction;
  /** The other end: as a rule a Pod, of which nobody needs to know more than its labels. */
  readonly peer: FlowEnd;
  readonly protocol: 'TCP' | 'UDP';
  /** The port at the destination. */
  readonly port: number;
  /** How much of a peer Pod is right; by default everything that a template tells. */
  readonly peerKnown?: PeerKnown;
  /** Addresses that the peer does not have, though it is called by them: those of Services, which are translated. */
  readonly peerNotAt?: readonly Address[];
}

export interface SupposedVerdict {
  /** `unknown`: denied by what is known, while some rule might let it through. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  readonly trail: readonly TrailStep[];
  /** For a denial: the policy of the last step. */
  readonly decidedBy?: Policy;
}

/**
 * What the policies of one pod make of a connection with a pod that is known by its labels alone. Its address, the
 * Services it stands behind, its ports where no container is described, and the labels of a namespace or service
 * account that the world does not hold are not known: a rule that asks for them makes a denial `unknown`.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' } };
 * const peer = { pod: { ...pod, metadata: { namespace: 'shop', labels: { app: 'web' } } } };
 * const flow = { pod, direction: 'Ingress', peer, protocol: 'TCP', port: 80 };
 * judgeSupposedFlow(world, flow).verdict; // 'deny'
 */
export function judgeSupposedFlow(world: PolicyWorld, flow: SupposedFlow): SupposedVerdict {
  const { direction, peerKnown = 'template', peerNotAt = [] } = flow;
  const found = findEnds(world, flow);
  if (!found) return { verdict: 'unknown', trail: [] };
  const { here, there, resolved } = found;
  if (here.endpoint.hostNetwork) return { verdict: 'allow', trail: [] };
  const tiers = here.policies(direction);
  const half = walk(here.endpoint, tiers, direction, resolved);
  if (half.verdict === 'allow') return { verdict: 'allow', trail: half.trail };
  const policies = tiers.flatMap((tier) => tier.policies);
  const decidedBy = policies.find((policy) => isStepOf(half.trail.at(-1), policy));
  const relax = there ? relaxation(world, there, peerKnown, peerNotAt) : undefined;
  const isDoubtful = relax !== undefined && mightMatch(policies, direction, relax, resolved);
  return {
    verdict: isDoubtful ? 'unknown' : 'deny',
    trail: half.trail,
    ...(decidedBy ? { decidedBy } : {}),
  };
}

/** The pod and its peer, and the connection between them; undefined where it cannot be told. */
function findEnds(
  world: PolicyWorld,
  { direction, peer, pod, port, protocol }: Omit<SupposedFlow, 'peerKnown'>,
):
  | {
      readonly here: SupposedPod;
      readonly there: PodEndpoint | undefined;
      readonly resolved: ResolvedFlow;
    }
  | undefined {
  const here = isSupposed(pod) ? pod : supposePod(world, pod);
  const [source, destination] = direction === 'Egress' ? [{ pod: here }, peer] : [peer, { pod: here }];
  const found = findFlow(world, { source, destination, protocol, destinationPort: port });
  if ('problem' in found) return undefined;
  const there = direction === 'Egress' ? found.destination : found.source;
  return { here, there, resolved: found.resolved };
}

/** A rule that opens, and the policy that it is part of. */
export interface OpeningRule {
  readonly policy: Policy;
  readonly rule: PolicyRule;
}

/**
 * The rules that let a pod connect to some peer's port, or some peer connect to its own, whoever the peer is.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { ingress: [{ action: 'Allow', protocol: 'TCP', source: { selector: "app == 'web'" } }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' } };
 * const rules = openingRules(world, { pod, direction: 'Ingress', protocol: 'TCP', port: 80 });
 * rules.map(({ rule }) => rule.source.written.selector); // ["app == 'web'"]
 */
export function openingRules(
  world: PolicyWorld,
  flow: Omit<SupposedFlow, 'peer' | 'peerKnown'>,
): readonly OpeningRule[] {
  const { direction } = flow;
  const peer = { pod: { apiVersion: 'v1', kind: 'Pod', metadata: {} } };
  const { here, there, resolved } = findEnds(world, { ...flow, peer }) ?? {};
  if (!here || !there || !resolved) return [];
  const relax = relaxation(world, there, 'nothing');
  return here.policies(direction).flatMap(({ policies }) =>
    policies.flatMap((policy) =>
      rulesOf(policy, direction)
        .filter((rule) => rule.action === 'Allow' && matchesRule(relaxed(rule, direction, relax), resolved))
        .map((rule) => ({ policy, rule })),
    ),
  );
}

function relaxed(rule: PolicyRule, direction: Direction, relax: Relaxation): PolicyRule {
  const side = direction === 'Egress' ? 'destination' : 'source';
  const peer = relax(rule[side]);
  return peer === rule[side] ? rule : { ...rule, [side]: peer };
}

function isStepOf(step: TrailStep | undefined, { kind, name, namespace, tier }: Policy): boolean {
  return step?.tier === tier && step.kind === kind && step.name === name && step.namespace === namespace;
}

/** Whether some rule that opens would match if what is not known of the other end were as the rule asks. */
function mightMatch(
  policies: readonly Policy[],
  direction: Direction,
  relax: Relaxation,
  flow: ResolvedFlow,
): boolean {
  return policies.some((policy) =>
    rulesOf(policy, direction).some((rule) => {
      if (rule.action !== 'Allow' && rule.action !== 'Pass') return false;
      // A rule that matches as it is, and still did not decide, comes too late whatever the peer is.
      const doubtful = relaxed(rule, direction, relax);
      return doubtful !== rule && matchesRule(doubtful, flow);
    }),
  );
}
