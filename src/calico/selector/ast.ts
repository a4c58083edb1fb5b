/**
 * A parsed Calico selector. `and` and `or` hold two or more operands in source order; runs of `!` are collapsed.
 * A label that is absent makes every comparison false but `not-equals` and `not-in`, which it makes true.
 * Source: Calico libcalico-go/lib/selector/parser/ast.go.
 */
export type Selector =
  | { readonly kind: 'all' }
  | { readonly kind: 'global' }
  | { readonly kind: 'has'; readonly key: string }
  | { readonly kind: Comparison; readonly key: string; readonly value: string }
  | { readonly kind: 'in' | 'not-in'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'not'; readonly operand: Selector }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Selector[] };

/** The operators that compare a label with one string. */
export type Comparison = 'equals' | 'not-equals' | 'contains' | 'starts-with' | 'ends-with';
