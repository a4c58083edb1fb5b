import { isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { createMemory } from '../memo/memory.ts';

/** Remembers pods of which there was nothing to tell, so that their twins need not be judged. */
export interface PodTwins {
  /** What makes two pods the same to every rule but for their names. */
  readonly signatureOf: (pod: KubernetesObject) => string;
  readonly has: (signature: string) => boolean;
  readonly add: (signature: string) => void;
}

/**
 * The replicas of a workload differ in nothing that a verdict depends on: one is judged, and the others are compared with
 * it, which costs a tenth. Only silence is repeated; a waiver may name one of several pods with the same finding.
 */
export function createPodTwins(): PodTwins {
  // By signature, stale with the audit that it was made for. Replicas come one after the other, and a signature is some
  // kilobytes long.
  const silent = createMemory<string, true>({ name: 'pods without findings', bound: { entries: 50 } });
  return {
    signatureOf: ({ metadata, spec }) => {
      const { annotations, labels, namespace, ownerReferences } = metadata;
      return JSON.stringify([namespace, labels, ownerReferences, ownOf(annotations), specOf(spec)]);
    },
    has: (signature) => silent.get(signature) === true,
    add: (signature) => silent.set(signature, true),
  };
}

/** Calico's CNI plugin notes the address of each pod. */
function ownOf(annotations: unknown): unknown {
  if (!isRecord(annotations)) return annotations;
  return Object.entries(annotations).filter(([key]) => !key.startsWith('cni.projectcalico.org/'));
}

/** The scheduler chooses a node, and the volume of a token has a name of its own in each pod. */
function specOf(spec: unknown): unknown {
  if (!isRecord(spec)) return spec;
  const { nodeName: _nodeName, tolerations: _tolerations, volumes: _volumes, ...rest } = spec;
  const { containers, initContainers } = rest;
  return { ...rest, containers: containersOf(containers), initContainers: containersOf(initContainers) };
}

function containersOf(list: unknown): unknown {
  return Array.isArray(list) ? list.map(containerOf) : list;
}

/** No verdict asks for these; of a mount only where it is. */
function containerOf(container: unknown): unknown {
  if (!isRecord(container)) return container;
  const { env: _env, envFrom: _envFrom, resources: _resources, volumeMounts, ...rest } = container;
  const paths = Array.isArray(volumeMounts)
    ? volumeMounts.map((mount) => (isRecord(mount) ? mount.mountPath : mount))
    : volumeMounts;
  return { ...rest, volumeMounts: paths };
}
