import { ApiError, UnreadableAnswer } from '../connection/api-error.ts';
import { createBackoff } from '../pace/backoff.ts';
import type { Schedule } from '../pace/schedule.ts';

/** What comes after an attempt to follow a collection has ended. */
export interface NextAttempt {
  /** Milliseconds to wait before it. */
  readonly pause: number;
  /** It has to begin with reading the whole collection. */
  readonly mustList: boolean;
}

export interface Recovery {
  /** The watch has delivered something, so whatever went wrong before is over. */
  readonly progress: () => void;
  /**
   * @param fault what ended the attempt; undefined where the API server ended the watch in order
   * @param lasted milliseconds for which the watch was open; undefined where it never was
   */
  readonly after: (fault: unknown, lasted: number | undefined) => NextAttempt;
}

/** The API server does not know the collection, which is all there is to know of it. */
export class NotServed extends Error {}

/** A watch showed nothing for so long, not even a bookmark, that its connection is not believed in any more. */
export class SilentWatch extends Error {}

/** Whether the API server could not be reached, or was in trouble, so that others who fare better show that it is back. */
export function mayBeOutage(fault: unknown): boolean {
  if (fault instanceof ApiError) return fault.status >= 500 && fault.retryAfter === undefined;
  return fault !== undefined && !(fault instanceof UnreadableAnswer || fault instanceof NotServed);
}

/** A watch that lasted so long went well, and is resumed without a pause. */
const goodWatchMs = 5_000;
/**
 * So many refused or silent resumptions in a row, and the version itself is no longer believed in: etcd may have been
 * restored, and a watch from a version that is still to come shows nothing until then.
 */
const patience = 3;
const longestRetryAfterMs = 300_000;

/** Milliseconds that the API server asks to stay away, as far as that is listened to. */
export function askedPause(fault: unknown): number {
  return fault instanceof ApiError ? Math.min(longestRetryAfterMs, (fault.retryAfter ?? 0) * 1000) : 0;
}

/**
 * Decides how a reflector goes on: from the last version where only the connection broke, with a new list where the
 * version or what was said is no longer good, and with growing pauses as long as nothing gets better.
 */
export function createRecovery(random: Schedule['random']): Recovery {
  const backoff = createBackoff(random);
  let refusals = 0;
  let expirations = 0;
  let silences = 0;
  const restart = () => {
    backoff.reset();
    refusals = 0;
    expirations = 0;
  };
  return {
    progress: () => {
      restart();
      silences = 0;
    },
    after: (fault, lasted) => {
      const wasGood = lasted !== undefined && lasted >= goodWatchMs;
      if (wasGood) restart();
      if (fault === undefined) return { pause: wasGood ? 0 : backoff.next(), mustList: false };
      if (fault instanceof NotServed) return { pause: backoff.next(), mustList: true };
      if (fault instanceof UnreadableAnswer) return { pause: backoff.next(), mustList: true };
      if (fault instanceof SilentWatch) {
        silences = (silences + 1) % patience;
        return { pause: backoff.next(), mustList: silences === 0 };
      }
      if (!(fault instanceof ApiError)) return { pause: backoff.next(), mustList: false };
      if (fault.status === 410) {
        expirations += 1;
        // An API server that has forgotten a version is up, so the first time there is nothing to wait for.
        return { pause: expirations === 1 ? 0 : backoff.next(), mustList: true };
      }
      refusals += 1;
      return {
        pause: Math.max(backoff.next(), askedPause(fault)),
        mustList: fault.status === 404 || refusals >= patience,
      };
    },
  };
}
