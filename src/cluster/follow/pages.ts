import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError, messageOf } from '../connection/api-error.ts';
import { createBackoff } from '../pace/backoff.ts';
import { objectOf, readPage } from './list.ts';
import { askedPause } from './recovery.ts';
import { watched, type Schedule } from '../pace/schedule.ts';

export interface PagesOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly schedule: Schedule;
  /** Told of each failure: the page is asked for again. */
  readonly onFailure: (problem: string) => void;
}

/** A page of a collection that nobody keeps. */
export interface Page {
  readonly objects: readonly KubernetesObject[];
  /** The collection is read from its beginning, and what came before counts for nothing. */
  readonly isFirst: boolean;
}

/** A page is parsed in one piece, in which no review is answered, and its garbage outlives the young generation. */
const pageSize = 100;
const silenceMs = 30_000;

/**
 * Reads a collection of any size in pages, each of which can be forgotten before the next is asked for. A page that
 * cannot be read is asked for again, with growing pauses, until the signal is aborted; the pages then end.
 * The API server forgets the moment of the first page after some minutes, and says where to go on at a later moment:
 * who merely looks at one object after the other misses nothing by it. Where it doesn't, the list begins anew.
 * Source: Kubernetes, meta/v1 ListOptions.Continue; apiserver pkg/storage/etcd3/errors.go (handleCompactedErrorForPaging).
 */
export async function* readPages(
  connection: ApiConnection,
  path: string,
  { query, signal, schedule, onFailure }: PagesOptions,
): AsyncGenerator<Page, void> {
  const backoff = createBackoff(schedule.random);
  const limits = {
    milliseconds: silenceMs,
    reason: () => new Error(`the API server did not answer within ${silenceMs / 1000} s`),
    outer: signal,
  };
  let token: string | undefined;
  let isLast = false;
  while (!isLast && !signal.aborted) {
    try {
      const page = await watched(schedule, limits, (inner) =>
        readPage(connection, path, { query, limit: pageSize, token, signal: inner }),
      );
      const objects = page.items.map((item) => objectOf(item, page));
      const isFirst = token === undefined;
      if (!isFirst) backoff.reset();
      token = page.next;
      isLast = token === undefined;
      yield { objects, isFirst };
    } catch (error) {
      if (signal.aborted) return;
      const isForgotten = error instanceof ApiError && token !== undefined && forgotten.has(error.status);
      if (isForgotten) token = error.continueToken;
      if (isForgotten && token !== undefined) continue;
      onFailure(messageOf(error));
      await schedule.pause(Math.max(backoff.next(), askedPause(error)), signal);
    }
  }
}

/** What an API server answers to a token that is too old, or of another API server's making. */
const forgotten: ReadonlySet<number> = new Set([400, 410]);
