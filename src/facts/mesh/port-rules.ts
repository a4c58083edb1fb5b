import {
  judgeSupposedFlow,
  rulesOf,
  type Direction,
  type Peer,
  type Policy,
  type Rule as PolicyRule,
  type SupposedVerdict,
} from '../../calico/index.ts';
import { rememberInScope } from '../../memo/scope.ts';
import { placeOf } from '../policy/peer-namespaces.ts';
import { policyOf } from '../policy/policy-of.ts';
import { limits, lookAt, type Look } from '../limits.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { meshConventionOf, type MeshWorkload } from '../workload/mesh-workload.ts';
import { createPortEnds, type PortEnd, type PortEnds } from './port-ends.ts';

/** The kinds of policies of one namespace that are in force. */
export const namespacedPolicies: readonly string[] = [
  'NetworkPolicy.networking.k8s.io',
  'NetworkPolicy.projectcalico.org',
  'NetworkPolicy.crd.projectcalico.org',
];

/** A connection that a rule means to allow on a port of the application, and the port that it really uses. */
export interface MeantConnection {
  /** A workload that the policy selects. */
  readonly own: MeshWorkload;
  /** A workload that its rule names. */
  readonly peer: MeshWorkload;
  /** The port as the rule has it. */
  readonly port: number;
  readonly dialed: number;
  /** What the policies of the own workload make of it. */
  readonly verdict: SupposedVerdict;
}

/** A rule that opens ports of applications between workloads that are all in the mesh, where nobody uses those ports. */
export interface PortRule {
  readonly policy: Policy;
  readonly direction: Direction;
  /** The index in the object's own list. */
  readonly index: number;
  /** The ports that the proxies use instead. */
  readonly dialed: readonly number[];
  /** One connection that is denied; undefined where none was found. */
  readonly blocked?: MeantConnection;
  /** Where every connection was tried and is let through: one of them. */
  readonly open?: MeantConnection;
}

/** What is known of the port rules of a policy. */
export interface PortRules {
  readonly rules: readonly PortRule[];
  /** What was looked at, where there may have been too much of it. */
  readonly looks: readonly Look[];
}

const noRules: PortRules = { rules: [], looks: [] };

/** The port rules of a namespaced policy; only workloads that exist count, so that nobody is told of what may be. */
export const portRulesOf = rememberInScope(
  { name: 'port rules of the subject' },
  (subject: Subject, context: RuleContext): PortRules => {
    const policy = policyOf(subject, context);
    if (policy?.namespace === undefined || !policy.selector || policy.staged) return noRules;
    if (context.inventory.gaps.length > 0 || !meshConventionOf(context.convention)) return noRules;
    if (!policy.types.some((direction) => rulesOf(policy, direction).some(opensPorts))) return noRules;
    const ends = createPortEnds(context);
    const own = ends.selected(policy.namespace, policy.selector);
    if (!own) return { rules: [], looks: ends.cutShort() };
    const look = lookAt(limits.connectionsOfPolicy, context);
    const rules = policy.types.flatMap((direction) =>
      [...Map.groupBy(rulesOf(policy, direction), ({ index }) => index)].flatMap(([index, parts]) => {
        const meant = parts.map((part) => meantBy(part, direction, own, ends));
        const all = meant.flatMap((found) => found ?? []);
        if (all.length === 0 || meant.includes(undefined)) return [];
        const dialed = [...new Set(all.map((pair) => pair.dialed))];
        return [{ policy, direction, index, dialed, ...tried(all, direction, context, look) }];
      }),
    );
    return { rules, looks: [look, ...ends.cutShort()] };
  },
);

const tcp = 6;

function opensPorts({ action, destination, protocol }: PolicyRule): boolean {
  return action === 'Allow' && protocol?.number === tcp && destination.ports.length > 0;
}

/** Two ends, and the port that the client's proxy asks for instead of that of the rule. */
interface Meant {
  readonly mine: PortEnd;
  readonly theirs: PortEnd;
  readonly port: number;
  readonly dialed: number;
}

/** What a rule means to connect; undefined where some of it may use the rule's own ports, or nobody can tell. */
function meantBy(
  rule: PolicyRule,
  direction: Direction,
  own: readonly PortEnd[],
  ends: PortEnds,
): readonly Meant[] | undefined {
  if (!opensPorts(rule)) return undefined;
  const peers = peersOf(direction === 'Ingress' ? rule.source : rule.destination, ends);
  if (!peers) return undefined;
  const [clients, servers] = direction === 'Ingress' ? [peers, own] : [own, peers];
  const { ports } = rule.destination;
  const meant: Meant[] = [];
  for (const server of servers) {
    for (const entry of ports) {
      const asked = server.dialedInstead(entry);
      if (!asked || clients.some((client) => client.skips(asked.range))) return undefined;
      for (const client of clients) {
        // A rule for a whole namespace names the workload itself too, which says nothing of what it is meant for.
        if (client === server) continue;
        const [mine, theirs] = direction === 'Ingress' ? [server, client] : [client, server];
        meant.push({ mine, theirs, port: asked.range.first, dialed: asked.dialed });
      }
    }
  }
  return meant;
}

/** The workloads that a rule names; undefined where it may name something else as well, or somebody outside the mesh. */
function peersOf(peer: Peer, ends: PortEnds): readonly PortEnd[] | undefined {
  const { nets, selector } = peer;
  const place = placeOf(peer);
  if (typeof place === 'string' || !selector || nets.length > 0) return undefined;
  const found = place.map((namespace) => ends.selected(namespace, selector));
  return found.includes(undefined) ? undefined : found.flatMap((some) => some ?? []);
}

/** What the policies make of connections, up to the first that they deny. */
function tried(
  meant: readonly Meant[],
  direction: Direction,
  { inventory }: RuleContext,
  look: Look,
): Pick<PortRule, 'blocked' | 'open'> {
  let open: MeantConnection | undefined;
  for (const { dialed, mine, port, theirs } of meant) {
    if (!look.more(mine.workload.namespace.name)) return {};
    const flow = {
      pod: mine.pod,
      direction,
      peer: { pod: theirs.pod },
      protocol: 'TCP',
      port: dialed,
    } as const;
    const verdict = judgeSupposedFlow(inventory.policyWorld, flow);
    const connection = { own: mine.workload, peer: theirs.workload, port, dialed, verdict };
    if (verdict.verdict === 'deny') return { blocked: connection };
    if (verdict.verdict !== 'allow') return {};
    open ??= connection;
  }
  return open ? { open } : {};
}
