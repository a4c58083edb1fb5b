import { isRecord } from '../../kubernetes/object.ts';
import type { Path } from './fault.ts';

/** Places to be taken out, as a tree. */
interface Places {
  readonly below: Map<string | number, Places>;
  /** What stands here goes as a whole. */
  goes: boolean;
}

/** A value without what stands at some paths; everything else is shared with the original. */
export function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  const root = emptyPlaces();
  for (const path of paths) {
    let at = root;
    for (const key of path) {
      const next = at.below.get(key) ?? emptyPlaces();
      at.below.set(key, next);
      at = next;
    }
    at.goes = true;
  }
  return root.goes ? undefined : without(value, root);
}

function emptyPlaces(): Places {
  return { below: new Map(), goes: false };
}

function without(value: unknown, { below }: Places): unknown {
  const stays = (key: string | number) => below.get(key)?.goes !== true;
  const left = (item: unknown, key: string | number) => {
    const places = below.get(key);
    return places ? without(item, places) : item;
  };
  if (below.size === 0) return value;
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => (stays(index) ? [left(item, index)] : []));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (stays(key) ? [[key, left(item, key)] as const] : [])),
  );
}
