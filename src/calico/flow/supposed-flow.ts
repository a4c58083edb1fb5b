import type { Address } from '../../kubernetes/net/address.ts';
import { containsAddress, type Net } from '../../kubernetes/net/net.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import type { Peer, PolicyRule } from '../policy/policy-rule.ts';
import { atomsByKey } from '../selector/atoms.ts';
import type { Selector } from '../selector/ast.ts';
import { resolveSelector } from '../selector/resolve.ts';
import { podLabels } from '../state/endpoint-labels.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import { valueAt } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { findFlow, walk } from './evaluate-flow.ts';
import type { FlowEnd } from './flow.ts';
import { matchesRule, type ResolvedFlow } from './match-rule.ts';
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
  /**
   * How much of a peer Pod is right: everything but what no template tells; its labels, while it may have others; or
   * nothing, because all that is known is what it is there for.
   */
  readonly peerKnown?: 'template' | 'labels' | 'nothing';
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

/** One end of a rule without what it asks and nobody can answer; the same where there is nothing of it. */
type Relaxation = (peer: Peer) => Peer;

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

function relaxation(
  world: PolicyWorld,
  there: PodEndpoint,
  known: NonNullable<SupposedFlow['peerKnown']>,
  notAt: readonly Address[] = [],
): Relaxation {
  const isNameless = there.ports.length === 0 || known !== 'template';
  const isAddressless = there.addresses.length === 0;
  const asksUnknown = labelDoubt(world, there, known);
  return (peer) => {
    const { nets, notNets, notPorts, notSelector, ports, selector, service, ...rest } = peer;
    const mayLieIn = nets.some((net) => !notAt.some((address) => isAbout(net, address)));
    const asksAddress = isAddressless && (mayLieIn || (nets.length === 0 && notNets.length > 0));
    const asksName = isNameless && [...ports, ...notPorts].some((port) => 'name' in port);
    const keeps = selector && !asksUnknown(selector);
    const keepsNot = notSelector && !asksUnknown(notSelector);
    const isSure = !asksAddress && !asksName && !service && (keeps ?? true) && (keepsNot ?? true);
    if (isSure) return peer;
    return {
      ...rest,
      nets: asksAddress ? [] : nets,
      notNets: asksAddress ? [] : notNets,
      ports: asksName ? [] : ports,
      notPorts: asksName ? [] : notPorts,
      ...(keeps ? { selector } : {}),
      ...(keepsNot ? { notSelector } : {}),
    };
  };
}

/** Whether a block is that of one address, or so small that it is about its neighbours alone. */
function isAbout(net: Net, address: Address): boolean {
  return containsAddress(net, address) && net.length >= neighbourhood[net.family];
}

/** Addresses of Services come from a range of their own, which is hardly ever smaller. */
const neighbourhood = { 4: 24, 6: 120 } as const;

const names = new Set([
  'projectcalico.org/namespace',
  'projectcalico.org/orchestrator',
  'pcns.kubernetes.io/metadata.name',
  'pcns.projectcalico.org/name',
]);

/** Whether a selector asks for labels of a pod that are not known. */
function labelDoubt(
  world: PolicyWorld,
  there: PodEndpoint,
  known: NonNullable<SupposedFlow['peerKnown']>,
): (selector: Selector) => boolean {
  if (known === 'nothing') return () => true;
  const knowsNamespace = valueAt(world.namespaces, there.namespace) !== undefined;
  const knowsAccount =
    known === 'template' &&
    valueAt(world.serviceAccounts, there.namespace)?.has(there.serviceAccount) === true;
  const isKnown = (key: string) => {
    if (names.has(key)) return true;
    if (key.startsWith('pcns.')) return knowsNamespace;
    if (key.startsWith('pcsa.')) return knowsAccount || key === 'pcsa.projectcalico.org/name';
    return known === 'template' || Object.hasOwn(there.labels, key);
  };
  const labelOf = podLabels(world, there);
  return (selector) => {
    const keys = [...atomsByKey(selector).keys()];
    if (keys.every(isKnown)) return false;
    // What is known can be enough: a pod of another namespace, whatever else it is labelled.
    const known = keys.filter(isKnown).map((key) => [key, labelOf(key)] as const);
    return typeof resolveSelector(selector, new Map(known)) !== 'boolean';
  };
}
