import type { Selector } from './ast.ts';

/** Gives a label's value, undefined where the label is absent; inherited labels can be layered behind own ones. */
export type LabelLookup = (key: string) => string | undefined;

/**
 * Whether a selector matches a set of labels. An absent label makes every comparison false but `!=` and `not in`,
 * which it makes true; `global()` by itself matches everything.
 * Source: Calico libcalico-go/lib/selector/parser/ast.go, Evaluate.
 * @param labelOf gives the value of a label by its name
 * @example
 * const { selector } = parseSelector("app == 'web' && !has(debug)");
 * const labels = new Map([['app', 'web']]);
 * evaluateSelector(selector, (key) => labels.get(key)); // true
 */
export function evaluateSelector(selector: Selector, labelOf: LabelLookup): boolean {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return true;
    case 'not':
      return !evaluateSelector(selector.operand, labelOf);
    case 'and':
      return selector.operands.every((operand) => evaluateSelector(operand, labelOf));
    case 'or':
      return selector.operands.some((operand) => evaluateSelector(operand, labelOf));
    default:
      return evaluateAtom(selector, labelOf(selector.key));
  }
}

/** A selector that asks about one label. */
export type Atom = Extract<Selector, { readonly key: string }>;

/** Whether a condition on one label holds for its value, undefined standing for an absent label. */
export function evaluateAtom(atom: Atom, label: string | undefined): boolean {
  if (label === undefined) return atom.kind === 'not-equals' || atom.kind === 'not-in';
  switch (atom.kind) {
    case 'has':
      return true;
    case 'equals':
      return label === atom.value;
    case 'not-equals':
      return label !== atom.value;
    case 'contains':
      return label.includes(atom.value);
    case 'starts-with':
      return label.startsWith(atom.value);
    case 'ends-with':
      return label.endsWith(atom.value);
    case 'in':
      return atom.values.includes(label);
    default:
      return !atom.values.includes(label);
  }
}
