import { isRecord, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import type { LinkerdProfile } from '../installation/installation.ts';

/** The kinds of owner that Linkerd has a label for; a CronJob's pods are owned by Jobs that have no name yet. */
const labelledKinds = new Set([
  'deployment',
  'replicationcontroller',
  'replicaset',
  'job',
  'daemonset',
  'statefulset',
]);

/**
 * The labels of an injected pod: the control plane's namespace, its own, and the workload it belongs to. The owner is
 * read from the pod alone, so a Deployment's pod belongs to its ReplicaSet here.
 * Source: Linkerd pkg/inject/inject.go.
 */
export function ownerLabels(
  object: KubernetesObject,
  namespace: string,
  installation: LinkerdProfile,
): StringMap {
  const labels: Record<string, string> = {
    'linkerd.io/control-plane-ns': installation.namespace,
    'linkerd.io/workload-ns': namespace,
  };
  const owner = ownerOf(object);
  const kind = owner?.kind.toLowerCase() ?? '';
  if (owner && labelledKinds.has(kind)) labels[`linkerd.io/proxy-${kind}`] = owner.name;
  return labels;
}

/** The owner that Linkerd names a pod after: two steps up for pods of ReplicaSets and Jobs, one for all others. */
function ownerOf(object: KubernetesObject): { kind: string; name: string } | undefined {
  const parent = soleOwner(object);
  if (object.kind === 'Pod') return parent;
  if (parent && (object.kind === 'ReplicaSet' || object.kind === 'Job')) return parent;
  const { name } = object.metadata;
  return typeof name === 'string' ? { kind: object.kind, name } : undefined;
}

/** The only owner reference of an object; Linkerd ignores several. */
function soleOwner({ metadata }: KubernetesObject): { kind: string; name: string } | undefined {
  const owners: unknown = metadata.ownerReferences;
  const owner: unknown = Array.isArray(owners) && owners.length === 1 ? owners[0] : undefined;
  if (!isRecord(owner) || typeof owner.kind !== 'string' || typeof owner.name !== 'string') return undefined;
  return { kind: owner.kind, name: owner.name };
}
