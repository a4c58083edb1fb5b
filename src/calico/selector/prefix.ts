import type { Selector } from './ast.ts';

/**
 * The same selector with a prefix before every label name: Calico turns a namespaceSelector into conditions on an
 * endpoint's inherited labels by `pcns.`, a service account selector by `pcsa.`.
 * Source: Calico libcalico-go/lib/selector/parser/ast.go, PrefixVisitor.
 */
export function prefixLabels(selector: Selector, prefix: string): Selector {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return selector;
    case 'not':
      return { kind: 'not', operand: prefixLabels(selector.operand, prefix) };
    case 'and':
    case 'or':
      return {
        kind: selector.kind,
        operands: selector.operands.map((operand) => prefixLabels(operand, prefix)),
      };
    default:
      return { ...selector, key: prefix + selector.key };
  }
}
