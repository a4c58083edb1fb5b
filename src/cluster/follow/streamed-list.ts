import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { readJson, type ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { watched, type Schedule } from '../pace/schedule.ts';
import { readWatch, type WatchEvent } from './watch-events.ts';

export interface StreamedListOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly schedule: Schedule;
  /** Called with the events of each packet: mostly of objects that are there, and of what happens meanwhile. */
  readonly onEvents: (events: readonly WatchEvent[]) => void;
}

/** The API server does not stream this collection; it has to be read in pages. */
export class NotStreamed extends Error {}

/** What marks the end of the objects that were there when the stream began. */
const endMark = 'k8s.io/initial-events-end';
/** An API server behind the API server may take the request for a plain watch, which has no end. */
const silenceMs = 30_000;

/**
 * Reads a whole collection as a stream of events, which costs the API server a fraction of the memory of a list, and
 * returns the version from which to watch it.
 * Source: Kubernetes, "API concepts", streaming lists (KEP-3157); beta and on since 1.32.
 * @throws NotStreamed; ApiError, UnreadableAnswer, or what the connection throws
 */
export async function streamAll(
  connection: ApiConnection,
  path: string,
  { query = {}, signal, schedule, onEvents }: StreamedListOptions,
): Promise<string> {
  const limits = {
    milliseconds: silenceMs,
    reason: () => new NotStreamed('nothing said where it ends'),
    outer: signal,
  };
  return watched(schedule, limits, async (inner, alive) => {
    const stream = new AbortController();
    const parameters = {
      ...query,
      watch: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    };
    const response = await connection.request('GET', path, {
      query: parameters,
      signal: AbortSignal.any([inner, stream.signal]),
    });
    try {
      if (response.status !== 200) await readJson(response).catch(refusal);
      for await (const events of readWatch(response.body)) {
        alive();
        onEvents(events);
        const end = events.find(({ type, object }) => type === 'BOOKMARK' && isEnd(object));
        if (end) return end.version;
      }
    } finally {
      stream.abort();
    }
    throw new NotStreamed('the stream ended before it had shown everything');
  });
}

/** What an API server says that knows no streams, or has them switched off. */
function refusal(error: unknown): never {
  const isUnknown = error instanceof ApiError && (error.status === 400 || error.status === 422);
  throw isUnknown ? new NotStreamed(error.message) : error;
}

function isEnd({ metadata }: KubernetesObject): boolean {
  return isRecord(metadata.annotations) && metadata.annotations[endMark] === 'true';
}
