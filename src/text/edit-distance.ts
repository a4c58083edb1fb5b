import { distance } from 'fastest-levenshtein';

/** How many letters have to be added, dropped or changed to turn one text into the other, up to a limit. */
export function editDistance(from: string, to: string, limit: number): number {
  // Texts of users are of any length, and what they are compared with is short.
  return Math.abs(from.length - to.length) > limit ? limit + 1 : Math.min(distance(from, to), limit + 1);
}

/** The candidate nearest to a text, if any is within a distance; the first of several equally near ones. */
export function nearest(text: string, candidates: readonly string[], limit: number): string | undefined {
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    const found = editDistance(text, candidate, least - 1);
    if (found < least) [best, least] = [candidate, found];
  }
  return best;
}
