import type { Violation } from './check.ts';
import { endRun } from './clean.ts';
import type { ModelCluster } from './cluster.ts';
import { modelConventions } from './conventions.ts';
import { createDraw } from './draw.ts';
import { createGenerator } from './generate.ts';
import { kubectlLines } from './kubectl-lines.ts';
import type { Outcome, Step } from './operation.ts';
import { startPlay, watchFor } from './play.ts';
import { shrink } from './shrink.ts';
import { startingPoint } from './start.ts';
import { viewOf } from './view.ts';

export interface ModelPlan {
  /** How many operations in all. */
  readonly operations: number;
  /** How many of them a run has, before everything begins anew with the next seed. */
  readonly perRun: number;
  /** Of the first run; each one after it has the next. */
  readonly seed: number;
  /** The seconds that making one sequence shorter may take; 0: none is made shorter. */
  readonly shrinkSeconds: number;
}

export interface ModelReport {
  readonly operations: number;
  readonly runs: number;
  readonly seconds: number;
  /** How often each thing became of an operation. */
  readonly results: Readonly<Record<string, number>>;
  /** How often each kind of operation was admitted, and how often it was refused. */
  readonly kinds: Readonly<Record<string, { readonly admitted: number; readonly refused: number }>>;
  /** One for each signature, with how often it was found. */
  readonly failures: readonly FailureReport[];
}

export interface FailureReport {
  readonly violation: Violation;
  readonly seed: number;
  times: number;
  /** The shortest sequence, for a shell. */
  readonly lines: readonly string[];
}

/**
 * Random operations of several users on a cluster, with every promise checked after each of them. What is found is told
 * as it comes, once for each signature.
 */
export async function runModel(
  cluster: ModelCluster,
  plan: ModelPlan,
  tell: (text: string) => void,
): Promise<ModelReport> {
  const { governing } = await modelConventions();
  const failures = new Map<string, FailureReport>();
  const results: Record<string, number> = {};
  const kinds: Record<string, { admitted: number; refused: number }> = {};
  const begun = performance.now();
  let [operations, runs, suffixes] = [0, 0, 0];
  const nextSuffix = () => `-r${(suffixes += 1)}`;
  const count = ({ operation, result }: Outcome) => {
    operations += 1;
    results[result] = (results[result] ?? 0) + 1;
    const kind = (kinds[operation.what] ??= { admitted: 0, refused: 0 });
    if (result === 'admitted') kind.admitted += 1;
    if (result === 'refused') kind.refused += 1;
  };

  const note = async (violation: Violation, steps: readonly Step[], seed: number) => {
    const known = failures.get(violation.signature);
    if (known) {
      known.times += 1;
      return;
    }
    tell(`seed ${seed}, after ${steps.length} steps: ${violation.signature}\n  ${violation.details}`);
    const failure = { steps, violation };
    const shrunk =
      plan.shrinkSeconds > 0
        ? await shrink(cluster, governing, failure, nextSuffix, plan.shrinkSeconds)
        : { ...failure, repeated: false, replays: 0 };
    const lines = shrunk.repeated ? kubectlLines(shrunk.steps) : kubectlLines(steps.slice(-25));
    failures.set(violation.signature, { violation: shrunk.violation, seed, times: 1, lines });
    if (plan.shrinkSeconds === 0) return;
    tell(
      [
        shrunk.repeated
          ? `  again with ${shrunk.steps.length} steps (${shrunk.replays} replays):`
          : `  not made shorter (${shrunk.replays} replays); the last steps:`,
        ...lines.map((line) => `    ${line}`),
      ].join('\n'),
    );
  };

  const run = async (seed: number, limit: number) => {
    const suffix = nextSuffix();
    const draw = createDraw(seed);
    const generate = createGenerator();
    const play = await startPlay(cluster, governing, suffix);
    const steps: Step[] = startingPoint.map((operation) => [operation]);
    for (const step of steps) await play.step(step);
    const found: { readonly violation: Violation; readonly steps: readonly Step[] }[] = [];
    const end = operations + limit;
    for (;;) {
      if (operations >= end) break;
      const step = generate(viewOf(draw, play.state().state, suffix, cluster.ownDefaultDeny.spec));
      const { outcomes, violations } = await play.step(step);
      for (const outcome of outcomes) count(outcome);
      const fresh = violations.map((violation) => ({ violation, steps: [...steps, step] }));
      // What was refused has changed nothing.
      if (outcomes.some(({ result }) => result === 'admitted')) steps.push(step);
      for (const one of fresh) {
        if (failures.has(one.violation.signature)) await note(one.violation, one.steps, seed);
        else found.push(one);
      }
    }
    for (const violation of await watchFor(play, 2000)) found.push({ violation, steps: [...steps] });
    const { outcomes, failed, stuck } = await endRun(cluster, suffix);
    for (const { operation, result, message } of outcomes)
      if (result === 'refused')
        found.push({
          violation: needless(operation.what, `${operation.path}: ${message}`),
          steps: [...steps, [operation]],
        });
    for (const message of failed) found.push({ violation: needless('pods of a controller', message), steps });
    for (const name of stuck) found.push({ violation: needless('a namespace that stays', name), steps });
    for (const { violation, steps: those } of found) await note(violation, those, seed);
  };

  for (let seed = plan.seed; operations < plan.operations; seed += 1) {
    await run(seed, Math.min(plan.perRun, plan.operations - operations));
    runs += 1;
    const seconds = (performance.now() - begun) / 1000;
    tell(
      `seed ${seed}: ${operations} operations in ${seconds.toFixed(0)} s, ${failures.size} kinds of violations`,
    );
  }
  const seconds = (performance.now() - begun) / 1000;
  return { operations, runs, seconds, results, kinds, failures: [...failures.values()] };
}

function needless(what: string, details: string): Violation {
  return {
    property: 'P5',
    what: 'a needless refusal',
    details,
    signature: `P5: a needless refusal: ${what}`,
  };
}
