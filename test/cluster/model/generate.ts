import { fragments } from './fragments.ts';
import type { Step } from './operation.ts';
import { drawSingle } from './singles.ts';
import type { View } from './view.ts';

/** Draws the steps of one run, some of them alone and some of fragments that go on beside each other. */
export function createGenerator(): (view: View) => Step {
  let going: (readonly Step[])[] = [];
  const next = (view: View): Step => {
    const { draw } = view;
    if (going.length < 3 && draw.chance(0.3)) going.push(draw.one(fragments)(view));
    going = going.filter(({ length }) => length > 0);
    if (going.length === 0 || draw.chance(0.35)) return drawSingle(view);
    const index = draw.below(going.length);
    const [step = [], ...rest] = going[index] ?? [];
    going[index] = rest;
    return step;
  };
  return (view) => {
    for (;;) {
      const step = next(view);
      if (step.length > 0) return step;
    }
  };
}
