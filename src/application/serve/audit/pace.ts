import type { Schedule } from '../../../cluster/pace/schedule.ts';

/** Milliseconds at a time, so that no review waits for longer. */
const sliceMs = 5;
/** Milliseconds in between: reviews come first, and the garbage of an audit can be collected as fast as it is made. */
const rest = 10;

/** Keeps long work from holding anybody up; what is waited for besides is no work. */
export interface Pace {
  /** The work goes on. */
  readonly resume: () => void;
  /** A rest before it goes on, after a piece that could not be divided. */
  readonly rest: (closed: AbortSignal) => Promise<void>;
  /** To be awaited after each small step, where it is time for a rest; undefined where it is not. */
  readonly step: (closed: AbortSignal) => Promise<void> | undefined;
  /** The work stops for something that has to be waited for. */
  readonly stop: () => void;
  /** Milliseconds of work until it last stopped or rested. */
  readonly worked: () => number;
}

export function createPace(schedule: Schedule): Pace {
  let begun = performance.now();
  let worked = 0;
  const resume = () => {
    begun = performance.now();
  };
  const restThenResume = async (closed: AbortSignal) => {
    await schedule.pause(rest, closed);
    resume();
  };
  const stop = () => {
    worked += performance.now() - begun;
  };
  return {
    resume,
    rest: restThenResume,
    step: (closed) => {
      if (performance.now() - begun < sliceMs) return undefined;
      stop();
      return restThenResume(closed);
    },
    stop,
    worked: () => worked,
  };
}
