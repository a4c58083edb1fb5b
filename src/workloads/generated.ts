import type { KubernetesObject, OwnerReference } from '../kubernetes/object.ts';
import { customWorkloadOf } from './custom/find-custom.ts';
import { controllerOf, judgedOwnerOf } from './makers.ts';

/**
 * The owner of an object that a controller other than Kubernetes' own generates, such as a database's operator.
 * Like every owner reference anybody can write one, so it is no reason to leave the object unjudged.
 */
export function foreignOwnerOf(object: KubernetesObject): OwnerReference | undefined {
  const owner = controllerOf(object);
  if (!owner || judgedOwnerOf(object)) return undefined;
  // Kubernetes' own controllers in the group they had before `apps`, in dumps of old clusters.
  return owner.apiVersion.startsWith('extensions/') ? undefined : owner;
}

/**
 * Whether the operator that generates an object would undo an annotation on its pod template, and with it begin again
 * each time. A Pod or a Job is never compared so: its template can't be changed once it is there.
 * Source: postgres-operator pkg/cluster/cluster.go, compareStatefulSetWith.
 */
export function undoesAnnotations(object: KubernetesObject): boolean {
  if (object.kind === 'Pod' || object.kind === 'Job') return false;
  const owner = foreignOwnerOf(object);
  if (owner) return customWorkloadOf(owner)?.comparesAnnotations === true;
  return false;
}

/** Whether a user is a service account of another namespace, as an operator is to what it makes for others. */
export function isForeignAccount(username: string | undefined, namespace: string | undefined): boolean {
  const [, account] = /^system:serviceaccount:([^:]+):/.exec(username ?? '') ?? [];
  return account !== undefined && account !== namespace;
}
