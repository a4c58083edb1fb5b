import { isPlainName, plainBeginning } from '../document/name-glob.ts';

/** Things by the names, with `*` and `?`, that they are about. */
export interface NameIndex<Item> {
  /** Takes a thing in; false where one of its names begins with a wildcard, so that it could be about every name. */
  readonly add: (globs: readonly string[], item: Item) => boolean;
  /** The things that a name could be one of; whether a whole glob matches is not looked at. */
  readonly find: (name: string) => readonly Item[];
}

/** Creates an empty index; a search costs as much as globs have beginnings of different lengths. */
export function createNameIndex<Item>(): NameIndex<Item> {
  const byName = new Map<string, Item[]>();
  const byBeginning = new Map<number, Map<string, Item[]>>();
  return {
    add: (globs, item) => {
      if (globs.some((glob) => plainBeginning(glob) === '')) return false;
      for (const glob of new Set(globs)) {
        const beginning = plainBeginning(glob);
        const map = isPlainName(glob)
          ? byName
          : (byBeginning.get(beginning.length) ?? new Map<string, Item[]>());
        if (map !== byName) byBeginning.set(beginning.length, map);
        map.set(beginning, [...(map.get(beginning) ?? []), item]);
      }
      return true;
    },
    find: (name) => {
      let found: readonly Item[] = byName.get(name) ?? [];
      for (const [length, beginnings] of byBeginning) {
        const items = beginnings.get(name.slice(0, length));
        if (items) found = found.length === 0 ? items : [...found, ...items];
      }
      return found;
    },
  };
}
