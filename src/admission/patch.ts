import { isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { parentAt, pathOf, valueOf } from '../kubernetes/json-pointer.ts';
import type { Edit } from '../facts/finding.ts';
import { record } from '../kubernetes/read.ts';

/** One operation of a JSON Patch (RFC 6902); only these three are ever needed, since tollgate adds and takes away. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * Builds the smallest patch that brings edits about: parents that are absent (or null) are created once, with
 * everything that goes below them; an edit whose value is already there gives no operation, nor does one below a list
 * or a text, which only an object of no known schema has in such a place.
 */
export function patchFor(object: KubernetesObject, edits: readonly Edit[]): readonly PatchOperation[] {
  const additions = new Map<string, { readonly op: 'add' | 'replace'; readonly value: unknown }>();
  const removals: PatchOperation[] = [];
  for (const edit of lastOfEach(edits)) {
    const path = pathOf(edit.pointer);
    const { depth, found } = walk(object, path);
    // What is neither absent nor a map can't take the value, and is not a map's place to be taken.
    if (depth < path.length && found !== undefined && found !== null) continue;
    const isThere = depth === path.length && found !== undefined;
    if ('remove' in edit) {
      if (isThere) removals.push({ op: 'remove', path: edit.pointer });
      continue;
    }
    if (isThere && isSame(found, edit.value)) continue;
    const pointer = parentAt(edit.pointer, depth);
    const value = graft(additions.get(pointer)?.value, path, depth, edit.value);
    // `add` at the index of a list would push its element aside.
    additions.set(pointer, { op: isThere && found !== null ? 'replace' : 'add', value });
  }
  return [...Array.from(additions, ([path, addition]) => ({ path, ...addition })), ...removals];
}

/** Of several edits at one pointer the last counts. */
function lastOfEach(edits: readonly Edit[]): Iterable<Edit> {
  const last = new Map<string, Edit>();
  for (const edit of edits) last.set(edit.pointer, edit);
  return last.values();
}

/** Follows a path down to the first parent that holds no such key, or to its end; and what is found there. */
function walk(
  object: KubernetesObject,
  path: readonly string[],
): { readonly depth: number; readonly found: unknown } {
  let found: unknown = object;
  let depth = 0;
  for (const key of path) {
    const isList = Array.isArray(found) && /^[0-9]+$/.test(key);
    if (!isRecord(found) && !isList) return { depth, found };
    found = valueOf(found, key);
    depth += 1;
  }
  return { depth, found };
}

/** Puts a value below what is already to be created at the same place. */
function graft(existing: unknown, path: readonly string[], depth: number, value: unknown): unknown {
  const key = path[depth];
  if (key === undefined) return value;
  const siblings = record(existing);
  const below = graft(Object.hasOwn(siblings, key) ? siblings[key] : undefined, path, depth + 1, value);
  // A computed key defines even `__proto__` as a property like any other.
  return { ...siblings, [key]: below };
}

/** Edits carry strings and small objects: comparing their JSON is exact enough, and a miss costs one redundant operation. */
function isSame(found: unknown, wanted: unknown): boolean {
  return found === wanted || (typeof wanted === 'object' && JSON.stringify(found) === JSON.stringify(wanted));
}
