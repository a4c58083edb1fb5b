import * as fc from 'fast-check';
import t from 'tap';
import {
  common,
  either,
  holds as has,
  type NumberSet,
  numberSet,
  printNumbers,
  without,
} from '../../src/kubernetes/net/number-set.ts';
import { holds } from '../support/law.ts';

const anySet = fc
  .array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), { maxLength: 6 })
  .map((ranges): NumberSet => numberSet(ranges));
const numbers = Array.from({ length: 32 }, (_, number) => number);

t.test('sets of numbers are what sets are', async (t) => {
  holds(
    t,
    'number by number',
    fc.property(anySet, anySet, (one, other) => {
      for (const [made, expected] of [
        [common(one, other), (number: number) => has(one, number) && has(other, number)],
        [either(one, other), (number: number) => has(one, number) || has(other, number)],
        [without(one, other), (number: number) => has(one, number) && !has(other, number)],
      ] as const) {
        for (const number of numbers)
          if (has(made, number) !== expected(number)) throw new Error(`${number} of ${printNumbers(made)}`);
        for (const [index, [first, last]] of made.entries()) {
          const previous = made[index - 1];
          if (first > last || (previous && previous[1] + 1 >= first))
            throw new Error(`${printNumbers(made)} has no gap`);
        }
      }
    }),
    2_000,
  );
  t.equal(
    printNumbers(
      numberSet([
        [80, 80],
        [443, 450],
        [81, 81],
      ]),
    ),
    '80-81,443-450',
  );
});
