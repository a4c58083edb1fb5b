import { isLabelValue } from '../../../kubernetes/label-syntax.ts';
import { type Atom, evaluateAtom } from '../../selector/evaluate.ts';
import { labelClasses } from '../../selector/label-classes.ts';
import { literalsOf, looksInside } from '../../selector/atoms.ts';
import { choice, type Condition } from './condition.ts';

/** What the search for values by their parts may cost, shared by all labels of a namespace's pods. */
export interface LabelEffort {
  /** Prefixes of values that are told apart. */
  states: number;
  /** Answers of conditions about values. */
  answers: number;
}

/** Enough for every label of a usual cluster, and some tens of milliseconds at the worst. */
export function labelEffort(): LabelEffort {
  return { states: 20_000, answers: 1_000_000 };
}

/**
 * Values of one label of which every other value behaves like one, plainest first; undefined where there are too many
 * to tell. Where no condition looks inside values, each value that is named is a class of its own, all others are one.
 */
export function representativeValues(
  atoms: readonly Atom[],
  effort: LabelEffort,
): readonly (string | undefined)[] | undefined {
  if (atoms.some(looksInside)) {
    // Each condition is asked about each value that they name, and about one for each way to answer.
    effort.answers -= atoms.length * atoms.length;
    if (effort.answers <= 0 || effort.states <= 0) return undefined;
    const { representatives, complete, states } = labelClasses(atoms, Math.min(10_000, effort.states));
    effort.states -= states;
    return complete ? representatives : undefined;
  }
  const literals = new Set(atoms.flatMap(literalsOf).filter(isLabelValue));
  return [undefined, unnamed(literals), ...literals];
}

/** A variable seen as a label: what the label is for each value of the variable. */
export interface LabelView {
  readonly variable: number;
  readonly labels: readonly (string | undefined)[];
  readonly indexes: ReadonlyMap<string | undefined, readonly number[]>;
}

export function labelView(variable: number, labels: readonly (string | undefined)[]): LabelView {
  const indexes = new Map<string | undefined, number[]>();
  for (const [index, label] of labels.entries()) {
    const there = indexes.get(label);
    if (there) there.push(index);
    else indexes.set(label, [index]);
  }
  return { variable, labels, indexes };
}

/** A condition on a label as a condition on the variable behind it. */
export function atomCondition({ variable, labels, indexes }: LabelView, atom: Atom): Condition {
  switch (atom.kind) {
    case 'has':
      return choice(variable, indexes.get(undefined) ?? [], false);
    case 'equals':
    case 'not-equals':
    case 'in':
    case 'not-in': {
      const members = literalsOf(atom).flatMap((literal) => indexes.get(literal) ?? []);
      return choice(variable, members, atom.kind === 'equals' || atom.kind === 'in');
    }
    default: {
      const members = labels.flatMap((label, index) => (evaluateAtom(atom, label) ? [index] : []));
      return choice(variable, members);
    }
  }
}

function unnamed(literals: ReadonlySet<string>): string {
  let value = 'other';
  for (let number = 2; literals.has(value); number++) value = `other-${number}`;
  return value;
}
