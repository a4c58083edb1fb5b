import { isLabelValue } from '../../kubernetes/label-syntax.ts';
import type { Atom } from './evaluate.ts';
import { createNeedleAutomaton } from './needle-automaton.ts';

/** As many as a number has bits to keep them apart. */
const maximumNeedles = 30;
const maximumLength = 63;
const letters = 'xyzabcdefghijklmnopqrstuvwABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const marks = '-_.';

/** A prefix of a value, known by everything that decides how its continuations behave. */
interface State {
  /** The automaton's node: the longest end of the prefix with which a needle or literal starts. */
  readonly node: number;
  /** Bit i: the prefix contains needle i. */
  readonly contained: number;
  /** The longest needle that the prefix starts with, 0 for none. */
  readonly started: number;
  readonly text: string;
}

/**
 * Offers a shortest value for each combination of answers that conditions with `contains`, `starts with` and
 * `ends with` can give to a value that is no literal; some combinations are offered more than once.
 * Walks the product of an automaton that finds all needles at once with what was found so far, breadth first, so
 * that the limit of 63 characters is kept exactly. Gives the number of prefixes that were told apart; undefined where
 * there would be more than `maximumStates`.
 */
export function searchValues(
  atoms: readonly Atom[],
  literals: ReadonlySet<string>,
  maximumStates: number,
  offer: (value: string) => void,
): number | undefined {
  const contains = needlesOf(atoms, 'contains');
  const starts = needlesOf(atoms, 'starts-with');
  const ends = needlesOf(atoms, 'ends-with');
  const needles = [...contains, ...starts, ...ends];
  if (needles.length === 0) return 0;
  if (contains.length > maximumNeedles || ends.length > maximumNeedles) return undefined;
  const automaton = createNeedleAutomaton([...needles, ...literals]);
  const containedAt = automaton.endings(contains);
  const endedAt = automaton.endings(ends);
  const startedAt = automaton.wholes(starts);
  const alphabet = alphabetOf([...needles, ...literals]);
  const offered = new Set<string>();
  const seen = new Set<string>();
  let layer: State[] = [{ node: 0, contained: 0, started: 0, text: '' }];
  offer('');
  for (let length = 0; length < maximumLength && layer.length > 0; length++) {
    const next: State[] = [];
    for (const state of layer) {
      for (const character of alphabet) {
        const isClosed = !marks.includes(character);
        if (length === 0 && !isClosed) continue;
        const node = automaton.step(state.node, character);
        // The whole prefix is the start of a needle where the longest such end is all of it.
        const isWhole = automaton.depth(node) === length + 1;
        const contained = state.contained | (containedAt[node] ?? 0);
        const started = (isWhole ? startedAt[node] : 0) || state.started;
        const key = `${node} ${isWhole} ${contained} ${started} ${isClosed}`;
        if (seen.has(key)) continue;
        if (seen.size === maximumStates) return undefined;
        seen.add(key);
        const text = state.text + character;
        next.push({ node, contained, started, text });
        const answers = `${contained} ${started} ${endedAt[node] ?? 0}`;
        if (!isClosed || offered.has(answers) || literals.has(text)) continue;
        offered.add(answers);
        offer(text);
      }
    }
    layer = next;
  }
  return seen.size;
}

/** The needles that a label value could hold at all; an empty one is in every value and tells nothing. */
function needlesOf(atoms: readonly Atom[], kind: 'contains' | 'starts-with' | 'ends-with'): string[] {
  const needles = atoms.flatMap((atom) => (atom.kind === kind ? [atom.value] : []));
  return [...new Set(needles)].filter((needle) => needle !== '' && isPartOfLabelValue(needle));
}

function isPartOfLabelValue(needle: string): boolean {
  return needle.length <= maximumLength && isLabelValue(needle.replaceAll(/[-_.]/g, 'x'));
}

/** The characters of the texts, and of those in none one letter and one mark, which stand for all the others. */
function alphabetOf(texts: readonly string[]): readonly string[] {
  const used = new Set(texts.join(''));
  const others = [letters, marks].map((all) => all.split('').find((character) => !used.has(character)) ?? '');
  return [...new Set([others[0] ?? '', ...used, others[1] ?? ''])].filter((character) => character !== '');
}
