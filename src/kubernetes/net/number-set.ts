/** Numbers from 0 to 65535, as ranges from the first to the last: ascending, with gaps between them. */
export type NumberSet = readonly (readonly [number, number])[];

export const noNumbers: NumberSet = [];

/**
 * The numbers that lie in at least one of some ranges, in whatever order and however they overlap.
 * @example
 * numberSet([[80, 90], [443, 443], [91, 99], [7, 3]]); // [[80, 99], [443, 443]]
 */
export function numberSet(ranges: NumberSet): NumberSet {
  const [first, ...others] = ranges.filter(([from, to]) => from <= to);
  if (!first) return noNumbers;
  if (others.length === 0) return [first];
  const joined: [number, number][] = [];
  for (const [from, to] of [first, ...others].sort(([left], [right]) => left - right)) {
    const previous = joined.at(-1);
    if (!previous || from > previous[1] + 1) joined.push([from, to]);
    else if (to > previous[1]) previous[1] = to;
  }
  return joined;
}

/** The numbers that both have. */
export function common(one: NumberSet, other: NumberSet): NumberSet {
  if (one === other) return one;
  const found: [number, number][] = [];
  let index = 0;
  for (const [from, to] of one)
    for (; index < other.length; index++) {
      const [otherFrom = 0, otherTo = 0] = other[index] ?? [];
      if (otherFrom > to) break;
      if (otherTo >= from) found.push([Math.max(from, otherFrom), Math.min(to, otherTo)]);
      if (otherTo > to) break;
    }
  return isSame(found, one) ? one : found;
}

/** The numbers of the first that the second has not. */
export function without(one: NumberSet, other: NumberSet): NumberSet {
  const found: [number, number][] = [];
  let index = 0;
  for (const [from, to] of one) {
    let next = from;
    for (; index < other.length; index++) {
      const [otherFrom = 0, otherTo = 0] = other[index] ?? [];
      if (otherFrom > to) break;
      if (otherFrom > next) found.push([next, otherFrom - 1]);
      next = Math.max(next, otherTo + 1);
      if (otherTo > to) break;
    }
    if (next <= to) found.push([next, to]);
  }
  return isSame(found, one) ? one : found;
}

/** The numbers that either has. */
export function either(one: NumberSet, other: NumberSet): NumberSet {
  if (one === other || other.length === 0) return one;
  return one.length === 0 ? other : numberSet([...one, ...other]);
}

export function holds(set: NumberSet, number: number): boolean {
  return set.some(([from, to]) => from <= number && number <= to);
}

/** Equal for sets of the same numbers. */
export function printNumbers(set: NumberSet): string {
  return set.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

function isSame(one: NumberSet, other: NumberSet): boolean {
  return (
    one.length === other.length &&
    one.every(([from, to], index) => from === other[index]?.[0] && to === other[index][1])
  );
}
