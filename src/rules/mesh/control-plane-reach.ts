import {
  judgeSupposedFlow,
  policiesSelecting,
  type Direction,
  type PolicyWorld,
  type SupposedVerdict,
} from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { containerPorts, controlPlaneFlows, type FlowPeer, type ProxyFlow } from '../../linkerd/index.ts';
import { oncePerWorld } from '../once.ts';
import { requiredPod, sketchOf, type ControlPlane, type RequiredPod } from './control-plane-pods.ts';

/** A flow to it that policies deny: those of the pod itself (`Egress`), or those of whom it asks (`Ingress`). */
export interface BlockedFlow {
  readonly flow: ProxyFlow;
  readonly side: Direction;
  readonly verdict: SupposedVerdict;
}

/**
 * The flows that keep a proxy working and that policies deny. What is not known of the other end opens; and the
 * policies of the other end count where its namespace and its workload are seen, which in files is seldom.
 */
export function blockedFlows(
  pod: KubernetesObject,
  where: ControlPlane,
  inventory: Inventory,
): readonly BlockedFlow[] {
  const world = inventory.policyWorld;
  const leaves = isFree(world, { pod, where });
  const flows = controlPlaneFlows(where.linkerd, where.nameServer);
  const gated = new Set(flows.filter(({ peer }) => isGated(peer.namespace ?? '', inventory)));
  const peers = new Map<FlowPeer, RequiredPod>();
  const peerOf = ({ peer }: ProxyFlow) => {
    const known = peers.get(peer) ?? requiredPod(peer, inventory);
    peers.set(peer, known);
    return known;
  };
  const blocked = (leaves ? [...gated] : flows).flatMap((flow): BlockedFlow[] => {
    const peer = peerOf(flow);
    const own = leaves ? undefined : judge(world, flow, 'Egress', pod, peer);
    const theirs = peer.exists && gated.has(flow) ? comesIn(world, { flow, peer, pod }) : undefined;
    return [
      ...(own?.verdict === 'deny' ? [{ flow, side: 'Egress', verdict: own } as const] : []),
      ...(theirs?.verdict === 'deny' ? [{ flow, side: 'Ingress', verdict: theirs } as const] : []),
    ];
  });
  return matters(blocked) ? blocked : [];
}

/** Whether a proxy misses any of it: a name server that answers over UDP is asked over TCP for long answers alone. */
export function matters(blocked: readonly BlockedFlow[]): boolean {
  return blocked.some(({ flow }) => flow.protocol === 'UDP' || flow.id !== 'E1');
}

/** Whether every flow leaves the pod for whatever has the labels of its chart, as it nearly always does. */
const isFree = oncePerWorld(
  ({
    pod,
    where: { linkerd, nameServer },
  }: {
    readonly pod: KubernetesObject;
    readonly where: ControlPlane;
  }) => JSON.stringify([linkerd.namespace, nameServer, identityOf(pod)]),
  (world, { pod, where }) =>
    controlPlaneFlows(where.linkerd, where.nameServer).every((flow) => {
      const sketch = { pod: sketchOf(flow.peer), exists: false };
      return judge(world, flow, 'Egress', pod, sketch).verdict === 'allow';
    }),
);

/** What the policies of the other end make of a flow, where that end is seen. */
const comesIn = oncePerWorld(
  ({
    flow,
    peer,
    pod,
  }: {
    readonly flow: ProxyFlow;
    readonly peer: RequiredPod;
    readonly pod: KubernetesObject;
  }) => JSON.stringify([flow.protocol, flow.port, identityOf(peer.pod), portsOf(peer.pod), identityOf(pod)]),
  (world, { flow, peer, pod }) => judge(world, flow, 'Ingress', peer.pod, { pod, exists: true }),
);

/** All of a pod that policies ask for. */
function identityOf({ metadata: { labels, namespace }, spec }: KubernetesObject): readonly unknown[] {
  const { hostNetwork, serviceAccount, serviceAccountName } = isRecord(spec) ? spec : {};
  return [namespace, serviceAccountName, serviceAccount, labels, hostNetwork];
}

/** The ports of a pod, which a rule may call by name. */
function portsOf({ spec }: KubernetesObject): readonly unknown[] {
  return isRecord(spec) ? containerPorts(spec) : [];
}

/** Whether policies may govern what comes into a namespace that is seen. */
function isGated(name: string, { namespace, policyWorld }: Inventory): boolean {
  const seen = namespace(name);
  return seen !== undefined && hasIngressPolicies(policyWorld, namespaceIdentity(name, seen));
}

const hasIngressPolicies = oncePerWorld(
  ({ name }: NamespaceIdentity) => name,
  (world, namespace) => policiesSelecting(world, namespace).some(({ types }) => types.includes('Ingress')),
);

function judge(
  world: PolicyWorld,
  { port = 0, protocol }: ProxyFlow,
  direction: Direction,
  pod: KubernetesObject,
  peer: RequiredPod,
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
