import { createHash } from 'node:crypto';
import type { Selector } from './ast.ts';
import { compareBytes } from './byte-order.ts';

/**
 * Calico's canonical form: double quotes unless the value holds one, sets sorted by bytes without doubles,
 * `&&` and `||` always in parentheses. Equal texts are equal selectors.
 * Source: Calico libcalico-go/lib/selector/parser/ast.go, String.
 * @example
 * const { selector } = parseSelector("app in {'b', 'a'}||has(x)");
 * printSelector(selector); // '(app in {"a", "b"} || has(x))'
 */
export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return `${selector.kind}()`;
    case 'has':
      return `has(${selector.key})`;
    case 'not':
      return `!${printSelector(selector.operand)}`;
    case 'and':
      return `(${selector.operands.map(printSelector).join(' && ')})`;
    case 'or':
      return `(${selector.operands.map(printSelector).join(' || ')})`;
    case 'in':
      return `${selector.key} in ${printSet(selector.values)}`;
    case 'not-in':
      return `${selector.key} not in ${printSet(selector.values)}`;
    default:
      return `${selector.key} ${operators[selector.kind]} ${quote(selector.value)}`;
  }
}

/**
 * The name by which Calico's data plane knows a selector: `s:` and the SHA-224 of `s:` and the canonical form in
 * base64url without padding. Source: Calico libcalico-go/lib/hash, MakeUniqueID.
 * @example
 * const { selector } = parseSelector('all()');
 * selectorUid(selector).slice(0, 2); // 's:'
 */
export function selectorUid(selector: Selector): string {
  const hash = createHash('sha224').update(`s:${printSelector(selector)}`);
  return `s:${hash.digest('base64url')}`;
}

const operators = {
  equals: '==',
  'not-equals': '!=',
  contains: 'contains',
  'starts-with': 'starts with',
  'ends-with': 'ends with',
} as const;

function printSet(values: readonly string[]): string {
  return `{${[...new Set(values)].sort(compareBytes).map(quote).join(', ')}}`;
}

function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
