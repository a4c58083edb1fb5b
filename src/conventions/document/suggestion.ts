import { distance } from 'fastest-levenshtein';

/** The word that was probably meant: the nearest one, where at most a third of it would have to change. */
export function closestTo(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(candidate.length / 3));
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps <= allowed && steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** `; did you mean "x"?` with the nearest word, or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const closest = closestTo(word, candidates);
  return closest === undefined ? '' : `; did you mean ${JSON.stringify(closest)}?`;
}

/** The word that another one is a slip of: one letter off, two of them swapped, or another case. */
export function nearMissOf(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.includes(word) || word.length > 64) return undefined;
  const letters = (text: string) => text.toLowerCase().split('').sort().join('');
  return candidates.find((candidate) => {
    if (Math.abs(candidate.length - word.length) > 2) return false;
    const steps = distance(word, candidate);
    return (
      steps <= 1 ||
      word.toLowerCase() === candidate.toLowerCase() ||
      (steps === 2 && letters(word) === letters(candidate))
    );
  });
}
