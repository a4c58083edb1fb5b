/** Some of the ends of connections, by their numbers: one bit each. Never changed once it is made. */
export type EndSet = Readonly<Uint32Array>;

/**
 * The ends for which something holds.
 * @param count how many ends there are
 * @example
 * endsOf(endSet(4, (end) => end > 1)); // [2, 3]
 */
export function endSet(count: number, isIn: (end: number) => boolean): EndSet {
  const set = new Uint32Array(Math.ceil(count / 32));
  for (let end = 0; end < count; end++) if (isIn(end)) put(set, end);
  return set;
}

/** Puts an end into a set that is being made. */
export function put(set: Uint32Array, end: number): void {
  set[end >>> 5] = (set[end >>> 5] ?? 0) | (1 << (end & 31));
}

export function hasEnd(set: EndSet, end: number): boolean {
  return (((set[end >>> 5] ?? 0) >>> (end & 31)) & 1) === 1;
}

/**
 * The ends that are in both; undefined where there is none.
 * @example
 * const [odd, large] = [endSet(4, (end) => end % 2 === 1), endSet(4, (end) => end > 1)];
 * endsOf(inBoth(odd, large)); // [3]
 */
export function inBoth(one: EndSet, other: EndSet): EndSet | undefined {
  return combined(one, other, (left, right) => left & right);
}

/** The ends of the first that are not in the second; undefined where there is none. */
export function notIn(one: EndSet, other: EndSet): EndSet | undefined {
  return combined(one, other, (left, right) => left & ~right);
}

export function inEither(one: EndSet, other: EndSet): EndSet {
  return combined(one, other, (left, right) => left | right) ?? one;
}

/**
 * The ends of a set, ascending.
 * @example
 * endsOf(endSet(40, (end) => end % 13 === 0)); // [0, 13, 26, 39]
 */
export function endsOf(set: EndSet): readonly number[] {
  const ends: number[] = [];
  for (let index = 0; index < set.length; index++)
    for (let word = set[index] ?? 0; word !== 0; word &= word - 1)
      ends.push(index * 32 + 31 - Math.clz32(word & -word));
  return ends;
}

function combined(
  one: EndSet,
  other: EndSet,
  combine: (left: number, right: number) => number,
): EndSet | undefined {
  const set = new Uint32Array(one.length);
  let any = 0;
  for (let index = 0; index < set.length; index++) {
    const word = combine(one[index] ?? 0, other[index] ?? 0);
    set[index] = word;
    any |= word;
  }
  return any === 0 ? undefined : set;
}
