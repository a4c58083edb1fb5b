import { aThirdWrong, type Nearness, nearestWord } from './nearest-word.ts';

/**
 * The end of a sentence about a word that is unknown, with the nearest known one, or nothing: on the command line
 * `, did you mean check?` or, for a flag without its dashes, `, did you mean --format?`, in a document
 * `; did you mean "ingress"?`. Case counts on the command line alone.
 */
export function didYouMean(
  word: string,
  known: readonly string[],
  where: 'command line' | 'flag' | 'document' = 'command line',
): string {
  const meant = nearestWord(word, known, where === 'document' ? aThirdWrong : aThirdOfWord);
  if (meant === undefined) return '';
  if (where === 'document') return `; did you mean ${JSON.stringify(meant)}?`;
  return `, did you mean ${where === 'flag' ? '--' : ''}${meant}?`;
}

const aThirdOfWord: Nearness = { within: (_candidate, word) => Math.ceil(word.length / 3) };
