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
  const one = <Value>(values: readonly Value[]): Value => {
    if (values.length === 0) throw new Error('nothing to draw from');
    return values[below(values.length)] as Value;
  };
  return {
    chance: (probability) => random() < probability,
    below,
    one,
    weighted: (values) => {
      let rest = random() * values.reduce((sum, [weight]) => sum + weight, 0);
      return (values.find(([weight]) => (rest -= weight) < 0) ?? one(values.slice(-1)))[1];
    },
  };
}
