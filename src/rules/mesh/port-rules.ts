import {
  evaluateSelector,
  judgeSupposedFlow,
  podLabels,
  rulesOf,
  type Direction,
  type Peer,
  type Policy,
  type Port,
  type Rule as PolicyRule,
  type Selector,
  type SupposedVerdict,
} from '../../calico/index.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { containerPorts, dialedPort, opaquePortsOfPod, readSkipPorts } from '../../linkerd/index.ts';
import { oncePerJudgement } from '../once.ts';
import { placeOf } from '../peer-namespaces.ts';
import { policyOf } from '../policy/policy-of.ts';
import type { RuleContext } from '../rule.ts';
import { podFrom } from '../workload-pod.ts';
import { becomesMeshed, describeWorkload, meshConventionOf, type MeshWorkload } from './mesh-workload.ts';

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
  readonly connections: readonly [MeantConnection, ...MeantConnection[]];
}

/** The port rules of a namespaced policy; only workloads that exist count, so that nobody is told of what may be. */
export const portRulesOf = oncePerJudgement((subject, context): readonly PortRule[] => {
  const policy = policyOf(subject, context);
  if (policy?.namespace === undefined || !policy.selector || policy.staged) return [];
  if (context.inventory.gaps.length > 0 || !meshConventionOf(context.convention)) return [];
  const own = endsOf(policy.namespace, policy.selector, context);
  if (!own) return [];
  return policy.types.flatMap((direction) =>
    [...Map.groupBy(rulesOf(policy, direction), ({ index }) => index)].flatMap(([index, parts]) => {
      const connections = parts.map((part) => connectionsOf(part, direction, own, context));
      const [first, ...others] = connections.flatMap((found) => found ?? []);
      if (!first || connections.includes(undefined)) return [];
      return [{ policy, direction, index, connections: [first, ...others] }];
    }),
  );
});

/** A workload as an end of a connection. */
interface End {
  readonly workload: MeshWorkload;
  readonly pod: KubernetesObject;
}

const tcp = 6;

/** What a rule means to connect; undefined where some of it may use the rule's own ports, or nobody can tell. */
function connectionsOf(
  { action, destination, protocol, source }: PolicyRule,
  direction: Direction,
  own: readonly End[],
  context: RuleContext,
): readonly MeantConnection[] | undefined {
  if (action !== 'Allow' || protocol?.number !== tcp || destination.ports.length === 0) return undefined;
  const peers = peersOf(direction === 'Ingress' ? source : destination, context);
  if (!peers) return undefined;
  const connections: MeantConnection[] = [];
  for (const mine of own) {
    for (const theirs of peers) {
      // A rule for a whole namespace names the workload itself too, which says nothing of what it is meant for.
      if (theirs.workload.object === mine.workload.object) continue;
      const [client, server] = direction === 'Ingress' ? [theirs, mine] : [mine, theirs];
      for (const entry of destination.ports) {
        const asked = dialedInstead(entry, client.workload, server.workload);
        if (!asked) return undefined;
        const verdict = judgeSupposedFlow(context.inventory.policyWorld, {
          pod: mine.pod,
          direction,
          peer: { pod: theirs.pod },
          protocol: 'TCP',
          port: asked.dialed,
        });
        connections.push({ own: mine.workload, peer: theirs.workload, ...asked, verdict });
      }
    }
  }
  return connections;
}

/** The workloads that a rule names; undefined where it may name something else as well, or somebody outside the mesh. */
function peersOf(peer: Peer, context: RuleContext): readonly End[] | undefined {
  const { nets, selector } = peer;
  const place = placeOf(peer);
  if (typeof place === 'string' || !selector || nets.length > 0) return undefined;
  const ends = place.map((namespace) => endsOf(namespace, selector, context));
  return ends.includes(undefined) ? undefined : ends.flatMap((found) => found ?? []);
}

/** Workloads of one end of a rule that are looked at. */
const maximumEnds = 40;

/** The workloads of a namespace that a selector selects; undefined for none, too many, or one outside the mesh. */
function endsOf(
  name: string,
  selector: Selector,
  { conventions, inventory, point }: RuleContext,
): readonly End[] | undefined {
  const mesh = meshConventionOf(conventions.governing(namespaceIdentity(name, inventory.namespace(name))));
  const ends: End[] = [];
  for (const object of mesh ? inventory.workloads(name) : []) {
    const workload = mesh && describeWorkload(object, mesh, inventory, point);
    if (!workload) continue;
    const pod = podFrom(object, workload.template, workload.wanted.labelsAdded);
    const { serviceAccountName } = workload.template.spec;
    const labelOf = podLabels(inventory.policyWorld, {
      namespace: name,
      labels: labelsOf(pod),
      serviceAccount: typeof serviceAccountName === 'string' ? serviceAccountName : 'default',
    });
    if (!evaluateSelector(selector, labelOf)) continue;
    if (!becomesMeshed(workload) || ends.length === maximumEnds) return undefined;
    ends.push({ workload, pod });
  }
  return ends.length > 0 ? ends : undefined;
}

/**
 * The port that a client's proxy asks for instead of that of a rule; undefined where the rule holds that port too, or
 * where the proxies are not asked. A range counts by its first port, and is left alone where any of it is skipped.
 */
function dialedInstead(
  entry: Port,
  client: MeshWorkload,
  { mesh, namespace, template, wanted }: MeshWorkload,
): Pick<MeantConnection, 'port' | 'dialed'> | undefined {
  const { first, last } = 'first' in entry ? entry : portNamed(entry.name, template);
  const settings = wanted.settings ?? mesh.linkerd;
  const { admin, control, inbound } = settings.ports;
  if (first === 0 || [admin, control, inbound].some((port) => first <= port && port <= last))
    return undefined;
  const { skipOutboundPorts } = client.wanted.settings ?? client.mesh.linkerd;
  const skipped = [settings.skipInboundPorts, skipOutboundPorts].flatMap(
    (list) => readSkipPorts(list).ranges,
  );
  if (skipped.some(({ lower, upper }) => lower <= last && first <= upper)) return undefined;
  const opaquePorts = opaquePortsOfPod(template, namespace.annotations, mesh.linkerd).forClients;
  const dialed = dialedPort(first, { settings, opaquePorts }, mesh.linkerd);
  return dialed === first ? undefined : { port: first, dialed };
}

function portNamed(name: string, { spec }: MeshWorkload['template']): { first: number; last: number } {
  const port = containerPorts(spec).find((candidate) => candidate.name === name)?.port ?? 0;
  return { first: port, last: port };
}
