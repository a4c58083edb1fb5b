import type { Selector } from './ast.ts';
import { evaluateAtom } from './evaluate.ts';

/** What is known of some labels: undefined for one that is absent; a key that is not in the map is open. */
export type KnownLabels = ReadonlyMap<string, string | undefined>;

/**
 * A selector with what is known put in: true or false where that decides it, else a selector that asks only about
 * open labels and agrees with the given one whatever those are. `all()` and `global()` are true.
 */
export function resolveSelector(selector: Selector, known: KnownLabels): Selector | boolean {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return true;
    case 'not': {
      const operand = resolveSelector(selector.operand, known);
      return typeof operand === 'boolean' ? !operand : { kind: 'not', operand };
    }
    case 'and':
      return resolveOperands(selector.kind, selector.operands, known, false);
    case 'or':
      return resolveOperands(selector.kind, selector.operands, known, true);
    default:
      return known.has(selector.key) ? evaluateAtom(selector, known.get(selector.key)) : selector;
  }
}

/** `decisive` is the answer of one operand that decides the whole: false for `and`, true for `or`. */
function resolveOperands(
  kind: 'and' | 'or',
  operands: readonly Selector[],
  known: KnownLabels,
  decisive: boolean,
): Selector | boolean {
  const open: Selector[] = [];
  for (const operand of operands) {
    const resolved = resolveSelector(operand, known);
    if (resolved === decisive) return decisive;
    if (typeof resolved !== 'boolean') open.push(resolved);
  }
  const [first] = open;
  if (first === undefined) return !decisive;
  return open.length === 1 ? first : { kind, operands: open };
}
