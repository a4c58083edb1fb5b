import type { Violation } from './check.ts';
import { clear } from './clean.ts';
import type { ModelCluster } from './cluster.ts';
import type { Governing } from './conventions.ts';
import type { Step } from './operation.ts';
import { startPlay, watchFor } from './play.ts';

/** A sequence that breaks a promise. */
export interface Failure {
  readonly steps: readonly Step[];
  readonly violation: Violation;
}

export interface Shrunk extends Failure {
  /** Whether it happened again; if not, the steps are those of the run. */
  readonly repeated: boolean;
  readonly replays: number;
}

/**
 * Leaves out steps for as long as the same thing happens without them (delta debugging, Zeller and Hildebrandt 2002),
 * each time in namespaces of their own.
 * @param limit the seconds after which the shortest sequence so far has to do
 */
export async function shrink(
  cluster: ModelCluster,
  governing: Governing,
  failure: Failure,
  nextSuffix: () => string,
  limit: number,
): Promise<Shrunk> {
  const end = performance.now() + limit * 1000;
  const atOnce = failure.steps.some((step) => step.length > 1);
  let replays = 0;
  const happensOnce = async (steps: readonly Step[]) => {
    replays += 1;
    const found = await replay(cluster, governing, steps, failure.violation.signature, nextSuffix());
    return found;
  };
  // What two operations at once do depends on which of the replicas are asked.
  const happens = async (steps: readonly Step[]) => {
    const tries = atOnce && steps.some((step) => step.length > 1) ? 4 : 1;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const found = await happensOnce(steps);
      if (found) return found;
    }
    return undefined;
  };
  let shortest: Failure | undefined;
  const first = failure.steps.filter((step) => step[0]?.user === 'before');
  const rest = failure.steps.slice(first.length);
  for (const last of [6, 20, 60, 200, rest.length]) {
    if (last > rest.length && last !== rest.length && shortest === undefined && rest.length > 0 && last > 6 && last / 3 > rest.length) continue;
    const steps = [...first, ...rest.slice(-last)];
    const violation = await happens(steps);
    if (violation) {
      shortest = { steps, violation };
      break;
    }
    if (last >= rest.length || performance.now() > end) break;
  }
  if (!shortest) return { ...failure, repeated: false, replays };
  let parts = 2;
  while (shortest.steps.length > 1 && performance.now() < end) {
    const size = Math.ceil(shortest.steps.length / parts);
    let smaller: Failure | undefined;
    for (let from = 0; from < shortest.steps.length && performance.now() < end && !smaller; from += size) {
      const steps = shortest.steps.toSpliced(from, size);
      const violation = await happens(steps);
      if (violation) smaller = { steps, violation };
    }
    if (smaller) {
      shortest = smaller;
      parts = Math.max(parts - 1, 2);
    } else if (size === 1) break;
    else parts = Math.min(parts * 2, shortest.steps.length);
  }
  return { ...shortest, repeated: true, replays };
}

async function replay(
  cluster: ModelCluster,
  governing: Governing,
  steps: readonly Step[],
  signature: string,
  suffix: string,
): Promise<Violation | undefined> {
  try {
    const play = await startPlay(cluster, governing, suffix);
    for (const step of steps) {
      const { violations } = await play.step(step);
      const found = violations.find((one) => one.signature === signature);
      if (found) return found;
    }
    const isLater = signature.endsWith(': nobody') || signature.endsWith(': a controller');
    const found = await watchFor(play, isLater ? 3000 : 0);
    return found.find((one) => one.signature === signature);
  } finally {
    await clear(cluster, suffix);
  }
}
