import { isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { pathOf, pointerOf, valueAt } from '../kubernetes/json-pointer.ts';
import type { Edit } from '../rules/rule.ts';

/** One operation of a JSON Patch (RFC 6902); only these three are ever needed, since tollgate adds and takes away. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * Builds the smallest patch that brings edits about: parents that are absent (or null) are created once, with
 * everything that goes below them; an edit whose value is already there gives no operation.
 */
export function patchFor(object: KubernetesObject, edits: readonly Edit[]): readonly PatchOperation[] {
  const additions = new Map<string, unknown>();
  const removals: PatchOperation[] = [];
  for (const edit of lastOfEach(edits)) {
    if ('remove' in edit) {
      if (valueAt(object, edit.pointer) !== undefined) removals.push({ op: 'remove', path: edit.pointer });
      continue;
    }
    if (isSame(valueAt(object, edit.pointer), edit.value)) continue;
    const path = pathOf(edit.pointer);
    const depth = depthOfFirstGap(object, path);
    const pointer = pointerOf(...path.slice(0, depth));
    additions.set(pointer, graft(additions.get(pointer), path.slice(depth), edit.value));
  }
  // `add` at the index of a list would push its element aside.
  const opAt = (path: string) => {
    const found = valueAt(object, path);
    return found === undefined || found === null ? ('add' as const) : ('replace' as const);
  };
  return [...[...additions].map(([path, value]) => ({ op: opAt(path), path, value })), ...removals];
}

/** Of several edits at one pointer the last counts. */
function lastOfEach(edits: readonly Edit[]): Iterable<Edit> {
  return new Map(edits.map((edit) => [edit.pointer, edit])).values();
}

/** How many keys of a path the patch names: down to the first parent that is not an object, or the whole path. */
function depthOfFirstGap(object: KubernetesObject, path: readonly string[]): number {
  for (let depth = 1; depth < path.length; depth++) {
    const value = valueAt(object, pointerOf(...path.slice(0, depth)));
    if (!isRecord(value) && !Array.isArray(value)) return depth;
  }
  return path.length;
}

/** Puts a value below what is already to be created at the same place. */
function graft(existing: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const siblings = isRecord(existing) ? Object.entries(existing).filter(([sibling]) => sibling !== key) : [];
  const below = isRecord(existing) && Object.hasOwn(existing, key) ? existing[key] : undefined;
  return Object.fromEntries([...siblings, [key, graft(below, rest, value)]]);
}

/** Edits carry strings and small objects: comparing their JSON is exact enough, and a miss costs one redundant operation. */
function isSame(found: unknown, wanted: unknown): boolean {
  return found === wanted || (typeof wanted === 'object' && JSON.stringify(found) === JSON.stringify(wanted));
}
