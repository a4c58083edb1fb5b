import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { createBackoff } from '../pace/backoff.ts';
import { findLease, leaseObject, leasePaths, readLease, type LeaseState } from './lease-object.ts';
import { createBackgroundLoop } from '../pace/background-loop.ts';
import { microTime, watched, type Schedule } from '../pace/schedule.ts';

export interface LeaseOptions {
  readonly connection: ApiConnection;
  readonly namespace: string;
  readonly name: string;
  /** Unlike that of every other replica, and of this one in a former life. */
  readonly identity: string;
  readonly schedule: Schedule;
  /** Told when this replica begins or ceases to lead. */
  readonly onChange?: (leads: boolean) => void;
  /** Told of each new reason why the Lease cannot be asked for. */
  readonly onProblem?: (problem: string) => void;
}

/** Which of several replicas does what only one of them should; no review ever waits for it. */
export interface Lease {
  readonly start: () => void;
  /** Lets go of the Lease, so that another replica need not wait for its end. */
  readonly close: () => Promise<void>;
  /** Whether nobody else can lead just now. */
  readonly leads: () => boolean;
}

/** How long others wait for a leader that is silent, in milliseconds. */
const durationMs = 15_000;
/** A leader that could not renew for so long does nothing any more: well before others may take over. */
const trustMs = 10_000;
const retryMs = 2_000;

/**
 * Elects one of the replicas by a Lease, as client-go's leader election does: whoever has to wait measures on its own
 * clock how long the Lease has not changed, so that clocks need not agree, and the version of the Lease decides
 * between two who reach for it.
 * Source: Kubernetes, `client-go/tools/leaderelection`, and the API of coordination.k8s.io/v1.
 */
export function createLease(options: LeaseOptions): Lease {
  const { connection, namespace, name, identity, schedule, onChange, onProblem } = options;
  const { collection, path } = leasePaths(namespace, name);
  const backoff = createBackoff(schedule.random);
  let seen = { version: '', at: 0 };
  let renewedAt: number | undefined;
  let told = false;
  let problem: string | undefined;

  const leads = () => renewedAt !== undefined && schedule.now() - renewedAt < trustMs;
  const tell = () => {
    if (leads() === told) return;
    told = !told;
    onChange?.(told);
  };
  const write = async (method: string, to: string, value: object, signal: AbortSignal) => {
    const asked = schedule.now();
    const stored = await connection.json(method, to, { signal, body: { type: 'application/json', value } });
    seen = { version: readLease(stored).version, at: asked };
    renewedAt = asked;
  };
  const objectOf = (state: Pick<LeaseState, 'spec' | 'version'>) => leaseObject(namespace, name, state);
  /** Renews the Lease, or takes it where nobody holds it any more. */
  const attempt = async (signal: AbortSignal) => {
    const found = await findLease(connection, path, signal);
    const time = microTime(schedule.now());
    const own = { holderIdentity: identity, leaseDurationSeconds: durationMs / 1000, renewTime: time };
    if (!found) {
      const spec = { ...own, acquireTime: time, leaseTransitions: 0 };
      return write('POST', collection, objectOf({ spec, version: '' }), signal);
    }
    const { version, holder, spec } = found;
    if (version !== seen.version) seen = { version, at: schedule.now() };
    if (holder === identity) {
      return write('PUT', path, objectOf({ spec: { ...spec, ...own }, version }), signal);
    }
    renewedAt = undefined;
    if (holder !== '' && schedule.now() - seen.at < durationMs) return undefined;
    const transitions = (typeof spec.leaseTransitions === 'number' ? spec.leaseTransitions : 0) + 1;
    const taken = { ...spec, ...own, acquireTime: time, leaseTransitions: transitions };
    return write('PUT', path, objectOf({ spec: taken, version }), signal);
  };
  const loop = createBackgroundLoop(async ({ closed }) => {
    const limits = {
      milliseconds: trustMs / 2,
      reason: () => new Error(`the API server did not answer within ${trustMs / 2000} s`),
      outer: closed,
    };
    let pause = retryMs;
    try {
      await watched(schedule, limits, attempt);
      backoff.reset();
      problem = undefined;
    } catch (error) {
      if (closed.aborted) return;
      // Another replica was faster.
      const isConflict = error instanceof ApiError && error.status === 409;
      if (!isConflict) {
        const why = error instanceof Error ? error.message : String(error);
        if (why !== problem) onProblem?.(why);
        problem = why;
        // A leader must not wait so long that it ceases to be one.
        pause = leads() ? retryMs : Math.max(retryMs, backoff.next());
      }
    }
    tell();
    await schedule.pause(pause, closed);
    tell();
  });
  const release = async () => {
    if (!leads()) return;
    renewedAt = undefined;
    const limits = {
      milliseconds: retryMs,
      reason: () => new Error('no answer'),
      outer: new AbortController().signal,
    };
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(schedule.now()) };
    const value = objectOf({ spec, version: seen.version });
    const request = (signal: AbortSignal) =>
      connection.json('PUT', path, { signal, body: { type: 'application/json', value } });
    // Where that fails the others wait for the end of the Lease.
    await watched(schedule, limits, request).catch(() => undefined);
  };
  return {
    leads,
    start: loop.start,
    close: async () => {
      await loop.close();
      await release();
      tell();
    },
  };
}
