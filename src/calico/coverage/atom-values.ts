import type { Atom } from '../selector/evaluate.ts';

/** The values that a condition names as a whole. */
export function literalsOf(atom: Atom): readonly string[] {
  if (atom.kind === 'equals' || atom.kind === 'not-equals') return [atom.value];
  return atom.kind === 'in' || atom.kind === 'not-in' ? atom.values : [];
}

/** Whether a condition looks at parts of a value, so that values it does not name differ to it. */
export function looksInside({ kind }: Atom): boolean {
  return kind === 'contains' || kind === 'starts-with' || kind === 'ends-with';
}
