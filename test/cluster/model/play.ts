import { setTimeout as pause } from 'node:timers/promises';
import { type ClosedBefore, type Violation, violationsOf } from './check.ts';
import type { ModelCluster } from './cluster.ts';
import type { Governing } from './conventions.ts';
import type { Outcome, Step } from './operation.ts';
import { sendStep } from './send-step.ts';
import { readState } from './state.ts';
import { type JudgedState, judgeState } from './verdicts.ts';

/** Steps that are sent one after the other, with the whole state checked after each. */
export interface Play {
  readonly state: () => JudgedState;
  /** Sends a step, and tells what it broke. */
  readonly step: (step: Step) => Promise<Played>;
  /** Looks again without sending anything: for what controllers do by and by. */
  readonly look: () => Promise<readonly Violation[]>;
}

export interface Played {
  readonly outcomes: readonly Outcome[];
  readonly violations: readonly Violation[];
}

export async function startPlay(cluster: ModelCluster, governing: Governing, suffix: string): Promise<Play> {
  const memory: ClosedBefore = new Map();
  let judged = judgeState(await readState(cluster.client, suffix), governing);
  const check = async (outcomes: readonly Outcome[]) => {
    const before = judged;
    const revision = revisionAfter(outcomes);
    const known = revision === undefined ? undefined : Math.max(revision, before.state.revision);
    judged = judgeState(await readState(cluster.client, suffix, known), governing, before);
    return violationsOf(before, judged, outcomes, memory);
  };
  return {
    state: () => judged,
    step: async (step) => {
      const outcomes = await sendStep(cluster, step, suffix);
      const changes = outcomes.some(({ result }) => result === 'admitted' || result === 'unanswered');
      const refusals = violationsOf(judged, judged, outcomes, memory);
      return { outcomes, violations: changes ? await check(outcomes) : refusals };
    },
    look: () => check([]),
  };
}

/** Looks on for a while, until something is found. */
export async function watchFor(play: Play, milliseconds: number): Promise<readonly Violation[]> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const found = await play.look();
    if (found.length > 0 || performance.now() > end) return found;
    await pause(100);
  }
}

/** The revision at which all that was admitted is done, where the answers tell it. */
function revisionAfter(outcomes: readonly Outcome[]): number | undefined {
  const done = outcomes.filter(({ result }) => result === 'admitted');
  if (done.length === 0 || done.length < outcomes.length) return undefined;
  const revisions = done.map(({ operation, revision }) =>
    operation.method === 'DELETE' ? undefined : revision,
  );
  return revisions.every((one) => one !== undefined) ? Math.max(...revisions) : undefined;
}
