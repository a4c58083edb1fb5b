import { setTimeout as after } from 'node:timers/promises';

/** Time and chance, as the parts that wait for something need them; tests have their own. */
export interface Schedule {
  /** Milliseconds since 1970; never goes back, whatever becomes of the machine's clock. */
  readonly now: () => number;
  /** From 0 to just below 1. */
  readonly random: () => number;
  /** Ends after so many milliseconds, or at once when the signal is aborted; it never rejects. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds since 1970 as the API writes a time with microseconds (`metav1.MicroTime`). */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

export function createSchedule(): Schedule {
  return {
    now: () => performance.timeOrigin + performance.now(),
    random: Math.random,
    pause: async (milliseconds, signal) => {
      await after(milliseconds, undefined, { signal }).catch(() => undefined);
    },
  };
}

/**
 * Runs a task that has to show signs of life: after `milliseconds` without a call of `alive` its signal is aborted
 * with `reason`, which is then thrown. The signal is also aborted with `outer`, and has no listeners left on it afterwards.
 */
export async function watched<T>(
  schedule: Schedule,
  { milliseconds, reason, outer }: { milliseconds: number; reason: () => Error; outer: AbortSignal },
  task: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const ended = new AbortController();
  const stop = () => inner.abort(outer.reason);
  if (outer.aborted) stop();
  else outer.addEventListener('abort', stop, { once: true, signal: ended.signal });
  let lastSign = schedule.now();
  const guard = async () => {
    for (let left = milliseconds; left > 0; left = lastSign + milliseconds - schedule.now()) {
      await schedule.pause(left, ended.signal);
      if (ended.signal.aborted) return;
    }
    inner.abort(reason());
  };
  void guard();
  try {
    return await task(inner.signal, () => {
      lastSign = schedule.now();
    });
  } catch (error) {
    // What breaks on an abort says only that it was aborted.
    throw inner.signal.aborted && !outer.aborted ? inner.signal.reason : error;
  } finally {
    ended.abort();
  }
}
