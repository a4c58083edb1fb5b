import { isRecord } from './object.ts';
import { remember } from '../memo/remember.ts';

/** A path into a JSON document as RFC 6901 writes it: `/metadata/annotations/linkerd.io~1inject`. */
export type JsonPointer = string;

/** The pointer to a path of keys and indexes, each escaped (`~` as `~0`, `/` as `~1`). */
export function pointerOf(...path: readonly (string | number)[]): JsonPointer {
  let pointer = '';
  for (const part of path) pointer += `/${typeof part === 'number' ? part : escaped(part)}`;
  return pointer;
}

// Few keys need it, and pointers are made many times for each review.
function escaped(key: string): string {
  return key.includes('/') || key.includes('~') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

/** The keys of a pointer, unescaped; the empty pointer (the whole document) has none. */
export function pathOf(pointer: JsonPointer): readonly string[] {
  if (pointer === '') return [];
  return keysOf(pointer);
}

/** By pointer, never stale; most edits of most reviews are at the same few places. */
const keysOf = remember(
  {
    name: 'paths of JSON pointers',
    bound: { entries: 1000, keyLength: 500 },
    key: (pointer: JsonPointer) => pointer,
  },
  (pointer): readonly string[] => {
    const split = pointer.slice(1).split('/');
    return pointer.includes('~') ? split.map(unescaped) : split;
  },
);

/** The pointer to the parent that is so many keys deep. */
export function parentAt(pointer: JsonPointer, depth: number): JsonPointer {
  let end = 0;
  for (let passed = 0; passed < depth && end >= 0; passed++) end = pointer.indexOf('/', end + 1);
  return end < 0 ? pointer : pointer.slice(0, end);
}

function unescaped(part: string): string {
  return part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part;
}

/** The value a pointer leads to, looking only at own properties; undefined where there is none. */
export function valueAt(document: unknown, pointer: JsonPointer): unknown {
  let value = document;
  for (const key of pathOf(pointer)) value = valueOf(value, key);
  return value;
}

/** The value of one key of an object, or index of a list; undefined where there is none. */
export function valueOf(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return /^(0|[1-9]\d*)$/.test(key) ? container[Number(key)] : undefined;
  return isRecord(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}
