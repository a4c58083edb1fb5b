import type { Selector } from '../selector/ast.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import { printSelector } from '../selector/print.ts';
import { type KnownLabels, resolveSelector } from '../selector/resolve.ts';
import { findLabels, type SearchEffort, searchEffort } from '../selector/satisfiability.ts';

/** Questions about selectors, asked many at a time for one bounded effort. */
export interface Implications {
  /** Whether everything that the one selector matches is matched by the other; false where nobody can tell. */
  readonly implies: (one: Selector, other: Selector, known?: KnownLabels) => boolean;
  /** Whether something could be matched by both selectors; true where nobody can tell. */
  readonly overlap: (one: Selector, other: Selector, known?: KnownLabels) => boolean;
}

const nothing: KnownLabels = new Map();

/** A selector as it is asked about again and again. */
interface Known {
  readonly resolved: Selector | boolean;
  readonly text: string;
  /** Labels that it matches, if they could be found. */
  readonly example: ReadonlyMap<string, string> | undefined;
}

export function createImplications(effort: SearchEffort = searchEffort()): Implications {
  const known = new Map<Selector, Known>();
  const understand = (selector: Selector, labels: KnownLabels): Known => {
    const before = labels.size === 0 ? known.get(selector) : undefined;
    if (before) return before;
    const resolved = resolveSelector(selector, labels);
    const isOpen = typeof resolved !== 'boolean';
    const found = isOpen ? findLabels(resolved, true, effort) : 'unknown';
    const example = typeof found === 'string' ? undefined : found.labels;
    const understood = { resolved, text: isOpen ? printSelector(resolved) : '', example };
    if (labels.size === 0) known.set(selector, understood);
    return understood;
  };
  return {
    implies: (one, other, labels = nothing) => {
      if (effort.work <= 0) return false;
      const { resolved: left, text, example } = understand(one, labels);
      const { resolved: right, text: otherText } = understand(other, labels);
      if (left === false || right === true) return true;
      if (right === false) return left !== true && findLabels(left, true, effort) === 'none';
      if (left === true) return findLabels(right, false, effort) === 'none';
      // One thing that the first matches is nearly always enough to see that the second does not.
      if (example && !evaluateSelector(right, (key) => example.get(key))) return false;
      if (text === otherText) return true;
      return findLabels(both(left, { kind: 'not', operand: right }), true, effort) === 'none';
    },
    overlap: (one, other, labels = nothing) => {
      const together = resolveSelector(both(one, other), labels);
      return typeof together === 'boolean' ? together : findLabels(together, true, effort) !== 'none';
    },
  };
}

function both(one: Selector, other: Selector): Selector {
  return { kind: 'and', operands: [one, other] };
}
