import { isLabelValue } from '../../kubernetes/label-syntax.ts';
import { literalsOf } from './atoms.ts';
import { type Atom, evaluateAtom } from './evaluate.ts';
import { searchValues } from './value-search.ts';

/** What can be the case with one label, as far as some conditions on it can tell. */
export interface LabelClasses {
  /**
   * One value for each way to behave, undefined for an absent label: every value that a Kubernetes label can have
   * fulfils the same conditions as exactly one of them.
   */
  readonly representatives: readonly (string | undefined)[];
  /** False where the search was given up: some value may then behave unlike every representative. */
  readonly complete: boolean;
  /** What the search for values by their parts has cost, at most `maximumStates`. */
  readonly states: number;
}

/** Answers of conditions that are computed before the search is given up. */
const maximumAnswers = 2_000_000;

/**
 * The classes of a label's values under conditions on that one label: absent, each value the conditions name, and
 * one witness for each combination of the remaining answers. A class that no label value can be in has none.
 * `maximumStates` bounds the search for values by their parts; 10,000 take about 0.1 s and are far more than
 * selectors of 1,024 characters need.
 */
export function labelClasses(atoms: readonly Atom[], maximumStates = 10_000): LabelClasses {
  const literals = new Set(atoms.flatMap(literalsOf).filter(isLabelValue));
  if ((literals.size + 2) * atoms.length > maximumAnswers) {
    return { representatives: [undefined], complete: false, states: 0 };
  }
  const answersOf = createAnswers(atoms);
  const classes = new Map<string, string | undefined>();
  const add = (value: string | undefined) => {
    const answers = answersOf(value);
    if (!classes.has(answers)) classes.set(answers, value);
  };
  add(undefined);
  for (const literal of literals) add(literal);
  add(unnamedValue(literals));
  const states = searchValues(atoms, literals, maximumStates, add);
  return {
    representatives: [...classes.values()],
    complete: states !== undefined,
    states: states ?? maximumStates,
  };
}

/** What all conditions say to a value, as a key; a set is looked up instead of walked. */
function createAnswers(atoms: readonly Atom[]): (value: string | undefined) => string {
  const tests = atoms.map((atom): ((value: string | undefined) => boolean) => {
    if (atom.kind !== 'in' && atom.kind !== 'not-in') return (value) => evaluateAtom(atom, value);
    const values = new Set(atom.values);
    const wanted = atom.kind === 'in';
    return (value) => (value !== undefined && values.has(value)) === wanted;
  });
  return (value) => tests.map((test) => (test(value) ? '1' : '0')).join('');
}

function unnamedValue(literals: ReadonlySet<string>): string {
  let value = 'other';
  for (let number = 2; literals.has(value); number++) value = `other-${number}`;
  return value;
}
