import type { Convention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { controlPlaneFlows, type FlowPeer, type ProxyFlow } from '../../linkerd/index.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { podWithLabels } from '../workload/pod-with-labels.ts';
import { pod } from '../workload/workload-pod.ts';

/** What a proxy can't do without, where a convention says that it is. */
export interface ControlPlane {
  /** What a proxy asks of it. */
  readonly flows: readonly ProxyFlow[];
  /** Whom it asks, each once. */
  readonly peers: readonly FlowPeer[];
}

/** The control plane of a convention; undefined for one without a mesh. */
export const controlPlaneOf = rememberByOwner(
  { name: 'control plane of a convention' },
  ({ mesh, nameServer }: Convention): ControlPlane | undefined => {
    if (!mesh) return undefined;
    const flows = controlPlaneFlows(mesh.linkerd, nameServer);
    return { flows, peers: [...new Set(flows.map(({ peer }) => peer))] };
  },
);

/** A pod of those that every proxy has to reach, and whether it is one of a workload that exists. */
export interface RequiredPod {
  readonly pod: KubernetesObject;
  readonly exists: boolean;
}

/**
 * A pod of kube-dns or of Linkerd's control plane: that of a workload in the inventory where there is one, else one
 * with the labels that its chart gives it. In files the control plane is seldom seen.
 */
export function requiredPod(peer: FlowPeer, inventory: Pick<Inventory, 'workloads'>): RequiredPod {
  const { namespace = '', podLabels = {} } = peer;
  const found = podWithLabels(namespace, podLabels, inventory);
  return found ? { pod: found, exists: true } : { pod: sketchOf(peer), exists: false };
}

/** Those of all that a proxy asks which exist. */
export function requiredPods(
  plane: ControlPlane | undefined,
  inventory: Pick<Inventory, 'workloads'>,
): readonly KubernetesObject[] {
  return (plane?.peers ?? []).flatMap((peer) => {
    const { exists, pod: found } = requiredPod(peer, inventory);
    return exists ? [found] : [];
  });
}

/** A pod of which nothing is known but what makes it the one that is meant. */
function sketchOf({ namespace = '', podLabels = {} }: FlowPeer): KubernetesObject {
  return pod(namespace, podLabels);
}
