import { isDeepStrictEqual } from 'node:util';
import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { type JsonPointer, valueAt } from '../../kubernetes/json-pointer.ts';
import type { ManifestObject } from '../manifest-set.ts';

/**
 * Finds the object in a file that a kustomization has made another of: the one of its kind and name, or the one whose
 * name is within it, since prefixes, suffixes and hashes are put around names. Where several fit, none is named.
 */
export function originFinder(
  sources: readonly ManifestObject[],
): (object: KubernetesObject) => ManifestObject | undefined {
  const byKind = Map.groupBy(sources, ({ object }) => kindOf(object));
  return (object) => {
    const candidates = byKind.get(kindOf(object)) ?? [];
    const { name = '', namespace } = object.metadata;
    const same = candidates.filter((candidate) => candidate.object.metadata.name === name);
    if (same.length > 1)
      return only(same.filter((candidate) => candidate.object.metadata.namespace === namespace));
    if (same.length === 1) return same[0];
    const within = candidates.filter((candidate) => name.includes(candidate.object.metadata.name ?? name));
    const longest = Math.max(...within.map((candidate) => candidate.object.metadata.name?.length ?? 0));
    return only(within.filter((candidate) => candidate.object.metadata.name?.length === longest));
  };
}

function only(found: readonly ManifestObject[]): ManifestObject | undefined {
  return found.length === 1 ? found[0] : undefined;
}

function kindOf({ apiVersion, kind }: KubernetesObject): string {
  return `${kind}.${groupOf(apiVersion)}`;
}

/**
 * The pointer in the origin that a pointer into the rendered object leads back to: the deepest one at which both say the
 * same, or that both lack. A value that was changed on the way has its place elsewhere, in a patch, so then it is the
 * object as a whole.
 */
export function pointerInOrigin(
  rendered: KubernetesObject,
  origin: KubernetesObject,
  pointer: JsonPointer,
): JsonPointer {
  if (
    !isDeepStrictEqual(valueAt(rendered, pointer), valueAt(origin, pointer)) &&
    isScalar(valueAt(rendered, pointer))
  )
    return '';
  let at = pointer;
  while (at !== '' && valueAt(origin, at) === undefined) at = at.slice(0, at.lastIndexOf('/'));
  return at;
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
