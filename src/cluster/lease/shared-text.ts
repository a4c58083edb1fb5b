import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError, messageOf } from '../connection/api-error.ts';
import { createBackoff } from '../pace/backoff.ts';
import { findLease, leaseObject, leasePaths, readLease } from './lease-object.ts';
import { createBackgroundLoop } from '../pace/background-loop.ts';
import { microTime, type Schedule } from '../pace/schedule.ts';

export interface SharedTextOptions {
  readonly connection: ApiConnection;
  readonly namespace: string;
  /** Of the Lease that bears the text as an annotation. */
  readonly name: string;
  /** Who writes, for people. */
  readonly identity: string;
  readonly schedule: Schedule;
  /** How long one request may take, in milliseconds. */
  readonly deadlineMs?: number;
  /** Told of each new reason why the text cannot be read or written, and of its end. */
  readonly onProblem?: (problem: string | undefined) => void;
}

/** A text in the cluster that replicas share by comparing and swapping. */
export interface ClusterText {
  /** Writes the text once as it is, again and again until that works: so it is known early whether it can. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
  readonly read: () => Promise<{ readonly text: string; readonly version: string }>;
  /** @returns its new version; undefined where somebody else has written since. */
  readonly write: (text: string, version: string) => Promise<string | undefined>;
  /** Whether it could be written once; this stays true. */
  readonly works: () => boolean;
  /** Why it could not be read or written the last time. */
  readonly problem: () => string | undefined;
}

/** The annotation of the Lease that has the text. */
export const textAnnotation = 'tollgate.dev/pending-changes';

/**
 * Keeps the text in an annotation of a Lease, whose version decides between two who write: a Lease since the rights to
 * one are what tollgate has anyway, and since nothing else watches Leases.
 * @throws ApiError, UnreadableAnswer, or what the connection throws, of `read` and `write`.
 */
export function createClusterText(options: SharedTextOptions): ClusterText {
  const { connection, namespace, name, identity, schedule, deadlineMs = 1_000, onProblem } = options;
  const { collection, path } = leasePaths(namespace, name);
  const backoff = createBackoff(schedule.random);
  let works = false;
  let problem: string | undefined;
  const tell = (next: string | undefined) => {
    if (next === problem) return;
    problem = next;
    onProblem?.(problem);
  };
  const telling = async <Value>(what: string, task: (signal: AbortSignal) => Promise<Value>) => {
    const signal = AbortSignal.timeout(deadlineMs);
    try {
      const value = await task(signal);
      tell(undefined);
      return value;
    } catch (error) {
      const why = signal.aborted
        ? `the API server did not answer within ${deadlineMs / 1000} s`
        : messageOf(error);
      const told = `Lease ${namespace}/${name} cannot be ${what}: ${why}`;
      tell(told);
      throw new Error(told, { cause: error });
    }
  };
  const read = () =>
    telling('read', async (signal) => {
      const found = await findLease(connection, path, signal);
      return { text: found?.annotations[textAnnotation] ?? '', version: found?.version ?? '' };
    });
  const write = (text: string, version: string) =>
    telling('written', async (signal) => {
      const spec = { holderIdentity: identity, renewTime: microTime(schedule.now()) };
      const value = leaseObject(namespace, name, { spec, version, annotations: { [textAnnotation]: text } });
      const body = { type: 'application/json', value };
      try {
        const stored =
          version === ''
            ? await connection.json('POST', collection, { signal, body })
            : await connection.json('PUT', path, { signal, body });
        works = true;
        return readLease(stored).version;
      } catch (error) {
        const isTakenAway = error instanceof ApiError && error.status === 404 && version !== '';
        if (isTakenAway || (error instanceof ApiError && error.status === 409)) return undefined;
        throw error;
      }
    });
  const loop = createBackgroundLoop(async ({ closed }) => {
    try {
      const { text, version } = await read();
      // That another replica has just written shows that this one may read, and no more.
      if (!works) await write(text, version);
      backoff.reset();
    } catch {
      // It has been told.
    }
    if (!works) return schedule.pause(backoff.next(), closed);
    const { promise, resolve } = Promise.withResolvers<void>();
    closed.addEventListener('abort', () => resolve(), { once: true });
    if (closed.aborted) resolve();
    return promise;
  });
  return {
    start: loop.start,
    close: loop.close,
    read,
    write,
    works: () => works,
    problem: () => problem,
  };
}
