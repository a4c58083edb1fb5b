import type { Selector } from '../selector/ast.ts';
import { printSelector } from '../selector/print.ts';
import { type KnownLabels, resolveSelector } from '../selector/resolve.ts';
import { findLabels } from '../selector/satisfiability.ts';

/** Whether everything that the one selector matches is matched by the other; false where nobody can tell. */
export function implies(one: Selector, other: Selector, known: KnownLabels = new Map()): boolean {
  const [left, right] = [resolveSelector(one, known), resolveSelector(other, known)];
  if (left === false || right === true) return true;
  if (right === false) return left !== true && findLabels(left, true) === 'none';
  if (left === true) return findLabels(right, false) === 'none';
  if (printSelector(left) === printSelector(right)) return true;
  return findLabels(both(left, { kind: 'not', operand: right }), true) === 'none';
}

/** Whether something could be matched by both selectors; true where nobody can tell. */
export function overlap(one: Selector, other: Selector, known: KnownLabels = new Map()): boolean {
  const together = resolveSelector(both(one, other), known);
  return typeof together === 'boolean' ? together : findLabels(together, true) !== 'none';
}

export function both(one: Selector, other: Selector): Selector {
  return { kind: 'and', operands: [one, other] };
}
