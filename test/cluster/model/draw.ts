import { createRandom } from '../../support/fuzzed-requests.ts';

/** Draws that are the same for the same seed. */
export interface Draw {
  /** True with the chance given. */
  readonly chance: (probability: number) => boolean;
  readonly below: (limit: number) => number;
  /** @throws on an empty list. */
  readonly one: <Value>(values: readonly Value[]) => Value;
  /** One of the values, each as likely as its weight says. */
  readonly weighted: <Value>(values: readonly (readonly [number, Value])[]) => Value;
}

export function createDraw(seed: number): Draw {
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const drawn = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('nothing to draw from');
    return value;
  };
  return {
    chance: (probability) => random() < probability,
    below,
    one: (values) => drawn(values[below(values.length)]),
    weighted: (values) => {
      let rest = random() * values.reduce((sum, [weight]) => sum + weight, 0);
      return drawn(values.find(([weight]) => (rest -= weight) < 0) ?? values.at(-1))[1];
    },
  };
}
