import type { Schedule } from '../../src/cluster/schedule.ts';

export interface ManualSchedule extends Schedule {
  /** The pauses of up to 30 s (those before another attempt), in order; they end at once. */
  readonly pauses: readonly number[];
  /** Lets the longer pauses (those for what may never happen) run out that have so many milliseconds or less to go. */
  readonly elapse: (milliseconds: number) => void;
}

interface Waiting {
  readonly until: number;
  readonly end: () => void;
}

/** Time that passes only when a test says so, but for pauses before another attempt, which cost nothing. */
export function createManualSchedule(random = 0): ManualSchedule {
  let now = Date.UTC(2026, 10, 21, 12);
  const pauses: number[] = [];
  const waiting = new Set<Waiting>();
  return {
    now: () => now,
    random: () => random,
    pauses,
    pause: async (milliseconds, signal) => {
      if (signal.aborted) return;
      if (milliseconds <= 30_000) {
        pauses.push(milliseconds);
        now += milliseconds;
        return new Promise((resolve) => void setImmediate(resolve));
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const own: Waiting = {
        until: now + milliseconds,
        end: () => {
          waiting.delete(own);
          signal.removeEventListener('abort', own.end);
          resolve();
        },
      };
      waiting.add(own);
      signal.addEventListener('abort', own.end);
      return promise;
    },
    elapse: (milliseconds) => {
      now += milliseconds;
      for (const { until, end } of waiting) if (until <= now) end();
    },
  };
}
