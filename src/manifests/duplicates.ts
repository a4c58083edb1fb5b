import { isDeepStrictEqual } from 'node:util';
import { groupOf } from '../kubernetes/object.ts';
import type { ManifestObject } from './manifest-set.ts';

/** An object that says something else than an earlier one of the same name. */
export interface Duplicate {
  readonly object: ManifestObject;
  readonly first: ManifestObject;
}

/**
 * Finds objects that several documents define differently: only one of them can exist, and which one is up to the
 * order of applying. Equal copies are none, and neither are objects that the API server will name.
 */
export function findDuplicates(objects: Iterable<ManifestObject>): readonly Duplicate[] {
  const firsts = new Map<string, ManifestObject>();
  const duplicates: Duplicate[] = [];
  for (const object of objects) {
    if ((object.object.metadata.name ?? '') === '') continue;
    const { apiVersion, kind, namespace, name } = object.reference;
    const key = [groupOf(apiVersion), kind, namespace ?? '', name].join('/');
    const first = firsts.get(key);
    if (!first) firsts.set(key, object);
    else if (!isDeepStrictEqual(first.object, object.object)) duplicates.push({ object, first });
  }
  return duplicates;
}
