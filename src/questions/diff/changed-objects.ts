import { isDeepStrictEqual } from 'node:util';
import { type Change, keyOf } from '../../inventory/inventory-store.ts';
import { type KubernetesObject, type ObjectReference, referenceOf } from '../../kubernetes/object.ts';
import type { ChangedObject } from './diff-answer.ts';

/** One object that is not what it was, as a change from the base and back again. */
export interface ObjectChange extends ChangedObject {
  readonly there: Change;
  readonly back: Change;
}

/** The objects of two states that are not the same. */
export function changedObjects(
  base: readonly KubernetesObject[],
  head: readonly KubernetesObject[],
): readonly ObjectChange[] {
  const before = byKey(base);
  const after = byKey(head);
  const changes: ObjectChange[] = [];
  for (const [key, object] of after) {
    const former = before.get(key);
    const reference = referenceOf(object);
    if (!former) changes.push({ reference, kind: 'added', there: put(object), back: remove(reference) });
    else if (!isSame(former, object))
      changes.push({ reference, kind: 'changed', there: put(object), back: put(former) });
  }
  for (const [key, object] of before)
    if (!after.has(key)) {
      const reference = referenceOf(object);
      changes.push({ reference, kind: 'removed', there: remove(reference), back: put(object) });
    }
  return changes;
}

function byKey(objects: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> {
  return new Map(objects.map((object) => [keyOf(object), object]));
}

/** What a cluster writes into each object says nothing of what anybody changed. */
function isSame(one: KubernetesObject, other: KubernetesObject): boolean {
  return isDeepStrictEqual(written(one), written(other));
}

function written({ metadata, ...object }: KubernetesObject): object {
  const own = Object.entries(metadata).filter(([field]) => !writtenByCluster.has(field));
  return { ...object, metadata: Object.fromEntries(own) };
}

const writtenByCluster: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'uid',
]);

function put(object: KubernetesObject): Change {
  return { put: [object] };
}

function remove(reference: ObjectReference): Change {
  return { remove: [reference] };
}
