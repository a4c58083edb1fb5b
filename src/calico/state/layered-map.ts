/**
 * An immutable map whose copies share what they have in common: a large base, and what has changed since.
 * A change costs as much as the changes since the base was made, and those are folded in before they are many.
 */
export interface LayeredMap<Value> {
  readonly base: ReadonlyMap<string, Value>;
  /** What differs from the base; undefined for entries that are gone. */
  readonly changes: ReadonlyMap<string, Value | undefined>;
}

export function layeredMap<Value>(entries: Iterable<readonly [string, Value]> = []): LayeredMap<Value> {
  return { base: new Map(entries), changes: new Map() };
}

export function valueAt<Value>(map: LayeredMap<Value>, key: string): Value | undefined {
  return map.changes.has(key) ? map.changes.get(key) : map.base.get(key);
}

/** The map with some entries put, or taken out where the value is undefined. */
export function withEntries<Value>(
  map: LayeredMap<Value>,
  entries: Iterable<readonly [string, Value | undefined]>,
): LayeredMap<Value> {
  const added = [...entries];
  if (added.length === 0) return map;
  const changes = new Map([...map.changes, ...added]);
  const few = 32 + 4 * Math.sqrt(map.base.size);
  if (changes.size <= few) return { base: map.base, changes };
  return layeredMap(entriesOf({ base: map.base, changes }));
}

export function* entriesOf<Value>({ base, changes }: LayeredMap<Value>): Generator<[string, Value]> {
  for (const [key, value] of base) if (!changes.has(key)) yield [key, value];
  for (const [key, value] of changes) if (value !== undefined) yield [key, value];
}

export function* valuesOf<Value>(map: LayeredMap<Value>): Generator<Value> {
  const { base, changes } = map;
  // A map that nothing has changed is read without a pair for each of its values.
  if (changes.size === 0) yield* base.values();
  else for (const [, value] of entriesOf(map)) yield value;
}
