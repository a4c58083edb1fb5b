import type { Schedule } from './schedule.ts';

export interface Backoff {
  /** Milliseconds to wait before the next attempt; each call doubles the next answer. */
  readonly next: () => number;
  /** An attempt went well: start again from the shortest. */
  readonly reset: () => void;
  /** Attempts since the last reset. */
  readonly attempts: () => number;
}

const shortestMs = 800;
const longestMs = 30_000;

/**
 * Waits that double from 0.8 s to 30 s, as client-go's reflector does, each shortened by up to a half at random, so
 * that the watches that a restarted API server has lost do not all come back in the same moment.
 */
export function createBackoff(random: Schedule['random']): Backoff {
  let attempts = 0;
  return {
    next: () => {
      const full = Math.min(longestMs, shortestMs * 2 ** attempts);
      attempts += 1;
      return Math.round(full * (0.5 + random() / 2));
    },
    reset: () => {
      attempts = 0;
    },
    attempts: () => attempts,
  };
}
