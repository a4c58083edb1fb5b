import type { StringMap } from '../../kubernetes/object.ts';

/**
 * Whether a label is one of those that Calico drops from pods, so that none passes itself off as a pod of another
 * namespace or service account. Network sets and host endpoints keep theirs, and there they shadow inherited ones.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors, workloadendpointprocessor.go
 * (convertWorkloadEndpointV2ToV1Value) against networksetprocessor.go, globalnetworksetprocessor.go and
 * hostendpointprocessor.go, which copy all labels.
 * @example
 * isDroppedFromPods('pcns.env'); // true
 * isDroppedFromPods('env'); // false
 */
export function isDroppedFromPods(key: string): boolean {
  return key.startsWith('pcns.') || key.startsWith('pcsa.');
}

/** What an endpoint inherits from a parent; the parent's name is a label too and hides a real label of that key. */
export function inherited(
  labels: StringMap,
  prefix: string,
  parent: string,
  key: string,
): string | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const own = key.slice(prefix.length);
  return own === 'projectcalico.org/name' ? parent : ownLabel(labels, own);
}

/** A label that is written on the object itself; nothing that every JavaScript object has. */
export function ownLabel(labels: StringMap, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
