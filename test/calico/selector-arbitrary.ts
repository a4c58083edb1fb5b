import * as fc from 'fast-check';
import type { Selector } from '../../src/calico/selector/ast.ts';
import { compareBytes } from '../../src/calico/selector/byte-order.ts';

const anyKey = fc.constantFrom('a', 'b', 'in', 'has', 'projectcalico.org/name');
const anyValue = fc.oneof(
  fc.constantFrom('', 'x', 'xy', 'y', "it's", 'é\n'),
  fc.string({ maxLength: 6 }).filter((value) => !(value.includes('"') && value.includes("'"))),
);
const anySet = fc.array(anyValue, { maxLength: 4 }).map((values) => [...new Set(values)].sort(compareBytes));

const anyAtom: fc.Arbitrary<Selector> = fc.oneof(
  fc.record({ kind: fc.constantFrom('all' as const, 'global' as const) }),
  fc.record({ kind: fc.constant('has' as const), key: anyKey }),
  fc.record({
    kind: fc.constantFrom('equals' as const, 'not-equals', 'contains', 'starts-with', 'ends-with'),
    key: anyKey,
    value: anyValue,
  }),
  fc.record({ kind: fc.constantFrom('in' as const, 'not-in'), key: anyKey, values: anySet }),
);

/** Any selector that the parser can give: two or more operands, no `!` right before another. */
export const anySelector: fc.Arbitrary<Selector> = fc.letrec<{ selector: Selector }>((tie) => ({
  selector: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    anyAtom,
    tie('selector').map((operand): Selector => (operand.kind === 'not' ? operand : { kind: 'not', operand })),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or'),
      operands: fc.array(tie('selector'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).selector;
