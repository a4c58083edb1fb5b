import { keyOf } from '../../inventory/inventory-store.ts';
import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import type { ManifestSet } from '../../manifests/manifest-set.ts';
import { createPlaceFinder } from '../../manifests/place-finder.ts';

/** A place in an object, by its reference. */
export interface PlaceInObject {
  readonly object: ObjectReference;
  readonly pointer: JsonPointer;
}

/** Finds where in the files of a set a place of an object is; undefined for objects of other files. */
export function placesOf({ objects }: Pick<ManifestSet, 'objects'>) {
  const finder = createPlaceFinder();
  const known = new Map(objects.map((manifest) => [keyOf(manifest.object), manifest]));
  return ({ object, pointer }: PlaceInObject) => {
    const manifest = known.get(keyOf(object));
    if (!manifest) return undefined;
    const { file, source, range, lineUnknown } = finder.locate(manifest, pointer);
    return {
      file,
      line: range.line,
      column: range.column,
      ...(source === undefined ? {} : { source }),
      ...(lineUnknown ? { lineUnknown } : {}),
    };
  };
}
