import type { Schedule } from './schedule.ts';

const burst = 25;
const refillMs = 1000;

/** Lets a number of writes through at once, and then one a second. */
export function createWriteBudget(schedule: Schedule) {
  let free = burst;
  let countedAt = schedule.now();
  /** Milliseconds until there is one to take. */
  const left = () => {
    const gained = Math.floor((schedule.now() - countedAt) / refillMs);
    countedAt += gained * refillMs;
    free = Math.min(burst, free + gained);
    if (free === burst) countedAt = schedule.now();
    return free > 0 ? 0 : countedAt + refillMs - schedule.now();
  };
  return {
    take: async (signal: AbortSignal) => {
      for (let wait = left(); wait > 0 && !signal.aborted; wait = left()) await schedule.pause(wait, signal);
      free -= 1;
    },
  };
}
