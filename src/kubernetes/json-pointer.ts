import { isRecord } from './object.ts';

/** A path into a JSON document as RFC 6901 writes it: `/metadata/annotations/linkerd.io~1inject`. */
export type JsonPointer = string;

/** The pointer to a path of keys and indexes, each escaped (`~` as `~0`, `/` as `~1`). */
export function pointerOf(...path: readonly (string | number)[]): JsonPointer {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The keys of a pointer, unescaped; the empty pointer (the whole document) has none. */
export function pathOf(pointer: JsonPointer): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value a pointer leads to, looking only at own properties; undefined where there is none. */
export function valueAt(document: unknown, pointer: JsonPointer): unknown {
  let value = document;
  for (const key of pathOf(pointer)) {
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined;
    else if (isRecord(value)) value = Object.hasOwn(value, key) ? value[key] : undefined;
    else return undefined;
  }
  return value;
}
