import type { Violation } from './check.ts';
import { clear } from './clean.ts';
import type { ModelCluster } from './cluster.ts';
import type { Governing } from './conventions.ts';
import type { Operation, Step } from './operation.ts';
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
  const atOnce = (failure.steps.at(-1)?.length ?? 0) > 1;
  let replays = 0;
  const happensOnce = (steps: readonly Step[]) => {
    replays += 1;
    return replay(cluster, governing, steps, failure.violation.signature, nextSuffix());
  };
  // What two operations at once do depends on which of the replicas are asked.
  const happens = async (steps: readonly Step[]) => {
    const tries = atOnce && (steps.at(-1)?.length ?? 0) > 1 ? 4 : 1;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const found = await happensOnce(steps);
      if (found) return found;
    }
    return undefined;
  };
  let shortest: Failure | undefined;
  for (const steps of candidates(failure)) {
    const violation = await happens(steps);
    if (violation) shortest = { steps, violation };
    if (violation || performance.now() > end) break;
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

/** Shorter sequences that are likely to do, the shortest first, and all of it at the end. */
function candidates({ steps, violation }: Failure): readonly (readonly Step[])[] {
  const last = steps.at(-1) ?? [];
  const concerned = new Set([violation.namespace?.replace(/-r\d+$/, '%'), ...last.flatMap(namespacesOf)]);
  const isOfThem = (step: Step) =>
    step.some((operation) => {
      const names = namespacesOf(operation);
      return names.length === 0 || names.some((name) => concerned.has(name));
    });
  const before = steps.filter((step) => step[0]?.user === 'before');
  const after = steps.slice(before.length);
  const near = before.filter(isOfThem);
  return [
    ...[1, 4, 12, 40].map((count) => [...near, ...after.slice(-count)]),
    [...near, ...after.filter(isOfThem)],
    [...before, ...after.slice(-40)],
    steps,
  ];
}

/** The namespaces that an operation is in or about, with `%`; none for what is about the whole cluster. */
function namespacesOf({ path, body }: Operation): readonly string[] {
  const own = (body as { kind?: string; metadata?: { name?: string } } | undefined) ?? {};
  const made = own.kind === 'Namespace' && own.metadata?.name !== undefined ? [own.metadata.name] : [];
  return [...made, ...[...path.matchAll(/\/namespaces\/([^/?]+)/g)].map(([, name = '']) => name)];
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
    const isLater = signature.endsWith(': a controller');
    const found = await watchFor(play, isLater ? 3000 : 0);
    return found.find((one) => one.signature === signature);
  } finally {
    await clear(cluster, suffix);
  }
}
