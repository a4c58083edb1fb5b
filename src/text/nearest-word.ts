import { distance } from 'fastest-levenshtein';

/** What counts as near. A distance is how many letters have to be added, dropped or changed. */
export interface Nearness {
  /** The largest distance at which a candidate is near. */
  readonly within: number | ((candidate: string, word: string) => number);
  /** What another case counts: a change for each letter (the default), nothing, or one change for the whole word. */
  readonly otherCase?: 'letters' | 'nothing' | 'one change';
  /** Which letters that changed places count as one change: two neighbours, or any; none by default. */
  readonly swapped?: 'neighbours' | 'any';
  /** Words of more letters are near to nothing. */
  readonly longest?: number;
}

/** At most a third of the candidate is wrong. */
export const aThirdWrong: Nearness = {
  within: (candidate) => Math.max(1, Math.floor(candidate.length / 3)),
  otherCase: 'nothing',
};

/** One slip of the keys: a letter is wrong, missing or too much, letters changed places, or the case is another one. */
export const oneSlip: Nearness = { within: 1, otherCase: 'one change', swapped: 'any', longest: 64 };

/** One slip in a name of three letters or more, in which case never counts. */
export const oneSlipInName: Nearness = {
  within: (candidate, word) => (Math.min(candidate.length, word.length) < 3 ? 0 : 1),
  otherCase: 'nothing',
  swapped: 'neighbours',
};

/**
 * The candidate nearest to a word, the first of several equally near ones; undefined where none is near. A word that
 * is a candidate itself is its own nearest one.
 *
 * @example
 * nearestWord('ingres', ['Ingress', 'Egress'], aThirdWrong) // 'Ingress'
 */
export function nearestWord(
  word: string,
  candidates: readonly string[],
  { within, otherCase = 'letters', swapped, longest = Infinity }: Nearness,
): string | undefined {
  if (word.length > longest) return undefined;
  const lowerCase = word.toLowerCase();
  const distanceTo = (candidate: string, limit: number): number => {
    if (candidate === word) return 0;
    const lowerCandidate = otherCase === 'letters' ? candidate : candidate.toLowerCase();
    if (otherCase !== 'letters' && lowerCandidate === lowerCase) return otherCase === 'nothing' ? 0 : 1;
    const [from, to] = otherCase === 'nothing' ? [lowerCase, lowerCandidate] : [word, candidate];
    // Words of users are of any length, and what they are compared with is short.
    if (Math.abs(from.length - to.length) > limit) return Infinity;
    const changes = distance(from, to);
    return changes === 2 && swapped && isSwap(from, to, swapped) ? 1 : changes;
  };
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const limit = Math.min(least - 1, typeof within === 'number' ? within : within(candidate, word));
    const found = distanceTo(candidate, limit);
    if (found <= limit) [nearest, least] = [candidate, found];
  }
  return nearest;
}

/** Whether two words at a distance of two differ by letters that changed places alone. */
function isSwap(left: string, right: string, swapped: 'neighbours' | 'any'): boolean {
  if (left.length !== right.length) return false;
  if (swapped === 'any') return sortedLetters(left) === sortedLetters(right);
  let start = 0;
  while (left[start] === right[start]) start++;
  return (
    left[start] === right[start + 1] &&
    left[start + 1] === right[start] &&
    left.slice(start + 2) === right.slice(start + 2)
  );
}

function sortedLetters(word: string): string {
  return word.toLowerCase().split('').sort().join('');
}
