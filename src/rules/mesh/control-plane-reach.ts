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
import { controlPlaneFlows, type ProxyFlow } from '../../linkerd/index.ts';
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
  const gated = flows.filter(({ peer }) => isGated(peer.namespace ?? '', inventory));
  if (leaves && gated.length === 0) return [];
  const blocked = flows.flatMap((flow): BlockedFlow[] => {
    const peer = requiredPod(flow.peer, inventory);
    const own = leaves ? undefined : judge(world, flow, 'Egress', pod, peer);
    const isAsked = peer.exists && gated.includes(flow);
    const theirs = isAsked ? judge(world, flow, 'Ingress', peer.pod, { pod, exists: true }) : undefined;
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
  ({ pod, where }: { readonly pod: KubernetesObject; readonly where: ControlPlane }) => {
    const { labels, namespace } = pod.metadata;
    const { serviceAccount, serviceAccountName } = isRecord(pod.spec) ? pod.spec : {};
    const places = [where.linkerd.namespace, where.nameServer];
    return JSON.stringify([places, namespace, serviceAccountName, serviceAccount, labels]);
  },
  (world, { pod, where }) =>
    controlPlaneFlows(where.linkerd, where.nameServer).every((flow) => {
      const sketch = { pod: sketchOf(flow.peer), exists: false };
      return judge(world, flow, 'Egress', pod, sketch).verdict === 'allow';
    }),
);

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
