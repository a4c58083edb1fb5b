import type { Schedule } from '../../src/cluster/pace/schedule.ts';

export interface ManualSchedule extends Schedule {
  /** The pauses of less than 30 s (those before another attempt), in order; they end at once. */
  readonly pauses: readonly number[];
  /** From now on short pauses wait for time to pass as well. */
  readonly hold: () => void;
  /** Lets time pass, and the longer pauses end that are over then. */
  readonly elapse: (milliseconds: number) => void;
  /** Resolves when so many wait in pauses of that length. */
  readonly pausing: (milliseconds: number, count?: number) => Promise<void>;
}

interface Waiting {
  readonly milliseconds: number;
  readonly until: number;
  readonly end: () => void;
}

/** Time that passes only when a test says so, but for pauses before another attempt, which cost nothing. */
export function createManualSchedule(random = 0): ManualSchedule {
  let holding = false;
  let now = Date.UTC(2026, 10, 21, 12);
  const pauses: number[] = [];
  const waiting = new Set<Waiting>();
  const lookouts = new Set<() => void>();
  const pausing = (milliseconds: number) =>
    [...waiting].filter((one) => one.milliseconds === milliseconds).length;
  return {
    now: () => now,
    random: () => random,
    pauses,
    pause: async (milliseconds, signal) => {
      if (signal.aborted) return;
      if (milliseconds < 30_000 && !holding) {
        pauses.push(milliseconds);
        now += milliseconds;
        return new Promise((resolve) => void setImmediate(resolve));
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const own: Waiting = {
        milliseconds,
        until: now + milliseconds,
        end: () => {
          waiting.delete(own);
          signal.removeEventListener('abort', own.end);
          resolve();
        },
      };
      waiting.add(own);
      signal.addEventListener('abort', own.end);
      for (const look of lookouts) look();
      return promise;
    },
    hold: () => {
      holding = true;
    },
    elapse: (milliseconds) => {
      now += milliseconds;
      for (const { until, end } of waiting) if (until <= now) end();
    },
    pausing: async (milliseconds, count = 1) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (pausing(milliseconds) >= count) resolve();
      };
      lookouts.add(look);
      look();
      await promise;
      lookouts.delete(look);
    },
  };
}
