import type { Selector } from './ast.ts';
import type { Atom } from './evaluate.ts';

/** The conditions on single labels that selectors are made of, by label name, in the order they are written. */
export function atomsByKey(...selectors: readonly Selector[]): ReadonlyMap<string, readonly Atom[]> {
  const atoms = new Map<string, Atom[]>();
  const note = (atom: Atom) => {
    const known = atoms.get(atom.key);
    if (known) known.push(atom);
    else atoms.set(atom.key, [atom]);
  };
  for (const selector of selectors) eachAtom(selector, note);
  return atoms;
}

/**
 * The values that a condition names as a whole.
 * @example
 * literalsOf({ kind: 'in', key: 'app', values: ['web', 'api'] }); // ['web', 'api']
 */
export function literalsOf(atom: Atom): readonly string[] {
  if (atom.kind === 'equals' || atom.kind === 'not-equals') return [atom.value];
  return atom.kind === 'in' || atom.kind === 'not-in' ? atom.values : [];
}

/** Whether a condition looks at parts of a value, so that values it does not name differ to it. */
export function looksInside({ kind }: Atom): boolean {
  return kind === 'contains' || kind === 'starts-with' || kind === 'ends-with';
}

/**
 * Tells of each condition of a selector, in the order they are written.
 * @example
 * const keys = [];
 * eachAtom(parseSelector('app == "web" && has(tier)').selector, ({ key }) => keys.push(key));
 * keys; // ['app', 'tier']
 */
export function eachAtom(selector: Selector, note: (atom: Atom) => void): void {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return;
    case 'not':
      eachAtom(selector.operand, note);
      return;
    case 'and':
    case 'or':
      for (const operand of selector.operands) eachAtom(operand, note);
      return;
    default:
      note(selector);
  }
}
