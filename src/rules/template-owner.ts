import type { KubernetesObject } from '../kubernetes/object.ts';

const templatedKinds = new Set(['Pod', 'ReplicaSet', 'ReplicationController', 'Job']);

/**
 * Whether an object was made by a controller from the template of its owner, where it has already been judged.
 * Changing such an object would make its controller throw it away and make it anew, for ever.
 */
export function carriesItsOwnersTemplate({ kind, metadata }: KubernetesObject): boolean {
  const owners = metadata.ownerReferences;
  return (
    templatedKinds.has(kind) && Array.isArray(owners) && owners.some((owner) => owner?.controller === true)
  );
}

/** Whether a pod is the API server's image of a static pod, which nobody can change. */
export function isMirrorPod({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'Pod' && metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}
