import {
  judgeNameLookup,
  judgeSupposedFlow,
  type NameServers,
  policiesSelecting,
  supposePod,
  type Direction,
  type PolicyWorld,
  type SupposedPod,
  type SupposedVerdict,
} from '../../calico/index.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { FlowPeer, ProxyFlow } from '../../linkerd/index.ts';
import { rememberByOwner, rememberQuestionsByOwner } from '../../memo/by-owner.ts';
import { podIdentity } from '../workload/workload-pod.ts';
import { cacheNets, nameServersOf } from '../policy/name-servers.ts';
import { controlPlaneOf, requiredPod, type ControlPlane } from './control-plane-pods.ts';

/** A flow to it that policies deny: those of the pod itself (`Egress`), or those of whom it asks (`Ingress`). */
export interface BlockedFlow {
  readonly flow: ProxyFlow;
  readonly side: Direction;
  readonly verdict: SupposedVerdict;
  /** Where the other end is no pod: the blocks of a cache on every node that answers look-ups. */
  readonly nets?: readonly string[];
}

/**
 * The flows that keep a proxy working and that policies deny. What is not known of the other end opens; and the
 * policies of the other end count where its namespace and its workload are seen, which in files is seldom.
 */
export function blockedFlows(
  pod: KubernetesObject,
  convention: Convention,
  inventory: Inventory,
  identity = podIdentity(pod),
): readonly BlockedFlow[] {
  const plane = controlPlaneOf(convention);
  if (!plane) return [];
  return blockedIn(viewOf(plane, convention, inventory), { pod, identity });
}

/**
 * By the view and all of a pod that policies ask for; a view is made anew when its policies or the workloads of the
 * control plane change.
 */
const blockedIn = rememberQuestionsByOwner(
  {
    name: 'flows to a control plane that are blocked',
    bound: { entries: 1000, keyLength: 2000 },
    key: ({ identity }: { readonly pod: KubernetesObject; readonly identity: string }) => identity,
  },
  (view: ControlPlaneView, { pod }) => judgeFlows(supposePod(view.world, pod), view),
);

/** Whether a proxy misses any of it: a name server that answers over UDP is asked over TCP for long answers alone. */
export function matters(blocked: readonly BlockedFlow[]): boolean {
  return blocked.some(({ flow }) => flow.protocol === 'UDP' || flow.id !== 'E1');
}

/** A control plane as one inventory shows it. */
interface ControlPlaneView {
  readonly plane: ControlPlane;
  readonly world: PolicyWorld;
  /** The workloads and Services of the namespaces of its peers, as they were listed. */
  readonly listed: readonly Iterable<KubernetesObject>[];
  readonly nameServers: NameServers;
  readonly peers: ReadonlyMap<FlowPeer, PeerPod>;
  /** Peers of namespaces that are seen and where policies govern what comes in. */
  readonly gated: ReadonlySet<FlowPeer>;
}

/** The view of before, for as long as policies, namespaces and the workloads of the control plane stay as they are. */
function viewOf(plane: ControlPlane, { nameServer }: Convention, inventory: Inventory): ControlPlaneView {
  const world = inventory.policyWorld;
  const last = lastView(world)(plane);
  const known = last.view;
  const listed = [
    inventory.services(nameServer.namespace),
    ...plane.peers.map(({ namespace = '' }) => inventory.workloads(namespace)),
  ];
  if (known && listed.every((list, index) => list === known.listed[index])) return known;
  const view: ControlPlaneView = {
    plane,
    world,
    listed,
    nameServers: nameServersOf(nameServer, inventory),
    peers: new Map(plane.peers.map((peer) => [peer, peerPod(peer, inventory)])),
    gated: new Set(plane.peers.filter(({ namespace = '' }) => isGated(namespace, inventory))),
  };
  last.view = view;
  return view;
}

/** One view of each control plane in each world; that it is still right is for whoever takes it out. */
const lastView = rememberByOwner(
  { name: 'views of control planes in a policy world' },
  (_world: PolicyWorld) =>
    rememberByOwner(
      { name: 'view of a control plane' },
      (_plane: ControlPlane): { view?: ControlPlaneView } => ({}),
    ),
);

function judgeFlows(
  pod: SupposedPod,
  { gated, nameServers, peers, plane: { flows }, world }: ControlPlaneView,
): readonly BlockedFlow[] {
  const blocked = flows.flatMap((flow): BlockedFlow[] => {
    const peer = peers.get(flow.peer);
    if (!peer) return [];
    const own =
      flow.id === 'E1'
        ? judgeNameLookup(world, pod, nameServers, flow.protocol)
        : judge(world, flow, 'Egress', pod, peer);
    const nets = flow.id === 'E1' && nameServers.caches.length > 0 ? cacheNets(nameServers) : undefined;
    const theirs =
      peer.exists && gated.has(flow.peer)
        ? judge(world, flow, 'Ingress', peer.pod, { pod, exists: true })
        : undefined;
    return [
      ...(own.verdict === 'deny'
        ? [{ flow, side: 'Egress', verdict: own, ...(nets ? { nets } : {}) } as const]
        : []),
      ...(theirs?.verdict === 'deny' ? [{ flow, side: 'Ingress', verdict: theirs } as const] : []),
    ];
  });
  return matters(blocked) ? blocked : [];
}

/** A pod of the control plane, read for its world. */
interface PeerPod {
  readonly pod: SupposedPod;
  readonly exists: boolean;
}

function peerPod(peer: FlowPeer, inventory: Inventory): PeerPod {
  const { exists, pod } = requiredPod(peer, inventory);
  return { exists, pod: supposePod(inventory.policyWorld, pod) };
}

/** Whether policies may govern what comes into a namespace that is seen. */
function isGated(name: string, { namespace, policyWorld }: Inventory): boolean {
  const seen = namespace(name);
  return (
    seen !== undefined &&
    policiesSelecting(policyWorld, namespaceIdentity(name, seen)).some(({ types }) =>
      types.includes('Ingress'),
    )
  );
}

function judge(
  world: PolicyWorld,
  { port = 0, protocol }: ProxyFlow,
  direction: Direction,
  pod: SupposedPod,
  peer: PeerPod,
): SupposedVerdict {
  return judgeSupposedFlow(world, {
    pod,
    direction,
    peer: { pod: peer.pod },
    peerKnown: peer.exists ? 'template' : 'labels',
    protocol,
    port,
  });
}
