import type { Selector } from './ast.ts';
import type { Atom } from './evaluate.ts';

/** The conditions on single labels that selectors are made of, by label name, in the order they are written. */
export function atomsByKey(...selectors: readonly Selector[]): ReadonlyMap<string, readonly Atom[]> {
  const atoms = new Map<string, Atom[]>();
  for (const selector of selectors) collect(selector, atoms);
  return atoms;
}

function collect(selector: Selector, atoms: Map<string, Atom[]>): void {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return;
    case 'not':
      collect(selector.operand, atoms);
      return;
    case 'and':
    case 'or':
      for (const operand of selector.operands) collect(operand, atoms);
      return;
    default: {
      const known = atoms.get(selector.key);
      if (known) known.push(selector);
      else atoms.set(selector.key, [selector]);
    }
  }
}
