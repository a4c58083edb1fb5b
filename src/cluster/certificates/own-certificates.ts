import {
  nextStep,
  takeStep,
  trustedAuthorities,
  type RotationStep,
  type RotationTimes,
} from '../../certificates/authority-rotation.ts';
import { ApiError } from '../connection/api-error.ts';
import { createBackoff } from '../pace/backoff.ts';
import type { CaBundle } from './ca-bundle.ts';
import { createBackgroundLoop, type BackgroundLoop } from '../pace/background-loop.ts';
import { watched, type Schedule } from '../pace/schedule.ts';
import type { SecretSource } from './secret-source.ts';

export interface OwnCertificatesOptions {
  readonly secret: SecretSource;
  readonly bundle: CaBundle;
  /** Whether this replica is the one that writes. */
  readonly leads: () => boolean;
  readonly hosts: readonly string[];
  readonly now: () => Date;
  readonly schedule: Schedule;
  readonly times: RotationTimes;
  /** Told of each step that has been taken. */
  readonly onStep: (step: RotationStep) => void;
  /** Told of each new reason why nothing goes on. */
  readonly onProblem: (problem: string) => void;
}

const intervalMs = 10_000;
/** What was begun as a leader must not end after another may have become one. */
const silenceMs = 8_000;

/**
 * Keeps the Secret and the webhook configurations as they should be; level-based, so that nothing has to be remembered.
 * To be woken whenever one of them has changed.
 */
export function createOwnCertificates(options: OwnCertificatesOptions): BackgroundLoop {
  const { secret, bundle, leads, hosts, now, schedule, times, onStep, onProblem } = options;
  const backoff = createBackoff(schedule.random);
  let problem: string | undefined;
  let published: { readonly authorities: string; readonly since: Date } | undefined;

  const look = async (signal: AbortSignal) => {
    if (!leads()) published = undefined;
    const stored = secret.stored();
    if (!leads() || !stored || !bundle.synced()) return;
    const known = stored.certificates;
    if (known && stored.isSpoiled) {
      // Whoever deleted or spoiled the Secret did not mean the replicas to lose trust in each other.
      await stored.write(known, signal);
      return;
    }
    if (known) {
      const authorities = trustedAuthorities(known);
      await bundle.publish(authorities, signal);
      if (!bundle.trusts(authorities)) published = undefined;
      else if (published?.authorities !== authorities) published = { authorities, since: now() };
    }
    const step = nextStep(known, { now: now(), hosts, times, publishedSince: published?.since });
    if (step === 'none') return;
    const next = await takeStep(step, known, { now: now(), hosts, times });
    await stored.write(next, signal);
    onStep(step);
  };
  return createBackgroundLoop(async ({ woken, closed }) => {
    const limits = {
      milliseconds: silenceMs,
      reason: () => new Error(`the API server did not answer within ${silenceMs / 1000} s`),
      outer: closed,
    };
    let pause = intervalMs;
    try {
      await watched(schedule, limits, look);
      backoff.reset();
      problem = undefined;
    } catch (error) {
      if (closed.aborted) return;
      pause = backoff.next();
      // Somebody else was faster; what they did will be seen.
      const isConflict = error instanceof ApiError && (error.status === 409 || error.status === 422);
      const why = error instanceof Error ? error.message : String(error);
      if (!isConflict && why !== problem) onProblem(why);
      if (!isConflict) problem = why;
    }
    await schedule.pause(Math.min(pause, times.settleMs, times.keepMs), woken);
  });
}
