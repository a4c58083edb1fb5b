/** How much a memory keeps: the number of answers, and the length of the longest key in characters (any, by default). */
export interface Bound {
  readonly entries: number;
  readonly keyLength?: number;
}

/** What tells one memory from the others. */
export interface MemoryOptions {
  /** Unique, in plain words, such as `paths of JSON pointers`. */
  readonly name: string;
  readonly bound: Bound;
}

/** Answers by key; any of them may be gone at the next question. */
export interface Memory<Key extends string | number, Answer> {
  readonly name: string;
  readonly get: (key: Key) => Answer | undefined;
  readonly set: (key: Key, answer: Answer) => void;
}

/**
 * Creates a memory that never holds more than its bound and forgets what was not used for the longest time.
 *
 * It is kept in two halves. When the young half is full, the old one is dropped and the young one takes its place; an
 * answer that is asked for in the old half moves to the young one. So the half of the bound that was used last is
 * always there, and no question can fill a memory for good. An exact order of use would cost a deletion and an
 * insertion with every question.
 *
 * @param options.bound `entries` is at least 2; a key longer than `keyLength` is never kept.
 * @example
 * const memory = createMemory<string, URL>({ name: 'parsed addresses', bound: { entries: 100, keyLength: 500 } });
 */
export function createMemory<Key extends string | number, Answer>({
  name,
  bound: { entries, keyLength = Infinity },
}: MemoryOptions): Memory<Key, Answer> {
  const half = Math.max(1, Math.floor(entries / 2));
  let young = new Map<Key, Answer>();
  let old = new Map<Key, Answer>();
  const put = (key: Key, answer: Answer) => {
    if (young.size >= half && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, answer);
  };
  return {
    name,
    get: (key) => {
      const found = young.get(key);
      if (found !== undefined || old.size === 0) return found;
      const older = old.get(key);
      if (older !== undefined) put(key, older);
      return older;
    },
    set: (key, answer) => {
      if (typeof key !== 'string' || key.length <= keyLength) put(key, answer);
    },
  };
}
