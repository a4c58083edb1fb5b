import { pathOf, pointerOf, valueAt, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { rememberLast } from '../../memo/last.ts';
import type { Edit } from '../finding.ts';

/**
 * The edits that bring an annotation or label to another place or name, where its own does nothing. A value that
 * is there already stays: then the useless one only goes, and its map with it where nothing else is in it.
 */
export function moveTo(object: KubernetesObject, from: JsonPointer, to: JsonPointer): readonly Edit[] {
  const map = pointerOf(...pathOf(from).slice(0, -1));
  const isAlone = isOfOne(valueAt(object, map)) && !to.startsWith(`${map}/`);
  return [
    { pointer: isAlone ? map : from, remove: true },
    ...(valueAt(object, to) === undefined ? [{ pointer: to, value: valueAt(object, from) }] : []),
  ];
}

/** Whether a map has one key. All the settings of an object ask for the same few maps, which may be long. */
const isOfOne = rememberLast(
  { name: 'whether the last map has one key' },
  (map: unknown) => isRecord(map) && Object.keys(map).length === 1,
);

/** The pointer to another key of the same map. */
export function siblingOf(pointer: JsonPointer, key: string): JsonPointer {
  return pointerOf(...pathOf(pointer).slice(0, -1), key);
}
