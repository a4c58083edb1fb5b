import { isRecord } from '../../kubernetes/object.ts';
import type { Path } from './fault.ts';

/** A value without what stands at some paths; everything else is shared with the original. */
export function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  // From the back, so that taking an entry out of a list leaves the indexes of those before it.
  const ordered = [...paths].sort((a, b) => Number(b.at(-1)) - Number(a.at(-1)) || 0);
  return ordered.reduce(without, value);
}

function without(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return undefined;
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, index) => index !== key)
      : value.map((item: unknown, index) => (index === key ? without(item, rest) : item));
  }
  if (!isRecord(value) || !Object.hasOwn(value, key)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    rest.length === 0
      ? entries.filter(([name]) => name !== key)
      : entries.map(([name, item]) => [name, name === key ? without(item, rest) : item]),
  );
}
