import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../inventory/inventory-store.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { readJson, type ApiConnection } from '../connection/api-connection.ts';
import { ApiError, messageOf, UnreadableAnswer } from '../connection/api-error.ts';
import { createCollection, type Collection } from './collection.ts';
import { listAll, objectOf } from './list.ts';
import { createRecovery, mayBeOutage, NotServed, SilentWatch, type Recovery } from './recovery.ts';
import { watched, type Schedule } from '../pace/schedule.ts';
import { NotStreamed, streamAll } from './streamed-list.ts';
import { readWatch, type WatchEvent } from './watch-events.ts';

export interface ReflectorOptions {
  readonly connection: ApiConnection;
  /** The collection, across all namespaces: `/apis/apps/v1/deployments`. Asked for each request. */
  readonly path: () => string;
  /** Narrows the collection, as a `fieldSelector` does. */
  readonly query?: Readonly<Record<string, string>>;
  /** An API server that does not know the collection (404) has no objects of it; otherwise that is a fault. */
  readonly optional?: boolean;
  /** Whether the API server is asked for the collection as a stream first; one behind it may not know how. */
  readonly streams?: boolean;
  /** What is kept of an object; undefined leaves it out. */
  readonly project: (object: KubernetesObject) => KubernetesObject | undefined;
  /** Told of all that came or went since it was last told, many objects at a time. */
  readonly onChange: (change: Change) => void;
  /** Told when the collection is synced or absent, and when a problem begins or ends. */
  readonly onStatus?: () => void;
  readonly schedule: Schedule;
}

/** How well a reflector knows its collection. Times are milliseconds since 1970. */
export interface ReflectorStatus {
  /** The whole collection has been read at least once; from then on the copy is at worst out of date. */
  readonly synced: boolean;
  /** The API server does not serve the collection. */
  readonly absent: boolean;
  /** Why the copy is not kept up to date just now. */
  readonly problem: string | undefined;
  readonly objects: number;
  /** When the collection was last read as a whole. */
  readonly syncedAt: number | undefined;
  readonly lastEventAt: number | undefined;
  /** When the API server was last heard, be it with a mere bookmark. */
  readonly lastContactAt: number | undefined;
  readonly lists: number;
  readonly watches: number;
}

/**
 * Keeps a copy of one collection of a cluster, and never stops on its own.
 * It reads the collection, then follows it from there. A connection that breaks is resumed from the last version
 * seen; only where the API server has forgotten that version (410), or said something unreadable, is the collection
 * read again and compared.
 */
export interface Reflector {
  readonly start: () => void;
  /** Ends its request, and waits until it has ended. */
  readonly close: () => Promise<void>;
  /** Reads the collection again, now. */
  readonly relist: () => void;
  /** Tries again at once if it waits because the API server could not be reached or was in trouble. */
  readonly retry: () => void;
  readonly status: () => ReflectorStatus;
  readonly objects: () => Iterable<KubernetesObject>;
}

type ReflectorState = Pick<ReflectorStatus, 'synced' | 'absent' | 'problem'>;

/** No page of a list may take longer. */
const listSilenceMs = 60_000;
/** The API server sends a bookmark about every minute; a connection that stays silent for longer may be dead. */
const watchSilenceMs = 120_000;
export function createReflector(options: ReflectorOptions): Reflector {
  const reflector = new CollectionReflector(options);
  return {
    start: () => reflector.start(),
    close: () => reflector.close(),
    relist: () => reflector.relist(),
    retry: () => reflector.retry(),
    status: () => reflector.status(),
    objects: () => reflector.objects(),
  };
}

class CollectionReflector {
  readonly #options: ReflectorOptions;
  readonly #collection: Collection;
  readonly #recovery: Recovery;
  #running: Promise<void> | undefined;
  #closed = false;
  #attempt = new AbortController();
  #version = '';
  #mustList = true;
  #streams: boolean;
  #waitsForServer = false;
  #watchBegan: number | undefined;
  #state: ReflectorState = { synced: false, absent: false, problem: undefined };
  #times: Pick<ReflectorStatus, 'syncedAt' | 'lastEventAt' | 'lastContactAt'> = {
    syncedAt: undefined,
    lastEventAt: undefined,
    lastContactAt: undefined,
  };
  #lists = 0;
  #watches = 0;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#streams = options.streams ?? false;
    this.#collection = createCollection(options);
    this.#recovery = createRecovery(options.schedule.random);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#attempt.abort();
    await this.#running;
  }

  relist(): void {
    this.#mustList = true;
    this.#attempt.abort();
  }

  retry(): void {
    if (this.#waitsForServer) this.#attempt.abort();
  }

  objects(): Iterable<KubernetesObject> {
    return this.#collection.values();
  }

  status(): ReflectorStatus {
    return {
      ...this.#state,
      objects: this.#collection.size(),
      ...this.#times,
      lists: this.#lists,
      watches: this.#watches,
    };
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const attempt = (this.#attempt = new AbortController());
      let fault: unknown;
      try {
        if (this.#mustList) await this.#list(attempt.signal);
        await this.#watch(attempt.signal);
      } catch (error) {
        fault = error;
      }
      if (attempt.signal.aborted) continue;
      this.#complain(fault);
      const began = this.#watchBegan;
      const lasted = began === undefined ? undefined : this.#options.schedule.now() - began;
      const { pause, mustList } = this.#recovery.after(fault, lasted);
      this.#mustList ||= mustList;
      this.#waitsForServer = mayBeOutage(fault);
      if (pause > 0) await this.#options.schedule.pause(pause, attempt.signal);
      this.#waitsForServer = false;
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { connection, path, query = {}, schedule, optional } = this.#options;
    const next = new Map<string, KubernetesObject>();
    const limits = {
      milliseconds: listSilenceMs,
      reason: () => new Error(`the API server sent no list for ${listSilenceMs / 1000} s`),
      outer: signal,
    };
    this.#mustList = false;
    this.#watchBegan = undefined;
    this.#lists += 1;
    try {
      this.#version = await watched(schedule, limits, async (inner, alive) => {
        const signs = () => {
          alive();
          this.#heard();
        };
        return (
          (await this.#stream(next, inner, signs)) ??
          listAll(connection, path(), {
            query,
            signal: inner,
            onRestart: () => next.clear(),
            onPage: (items, page) => {
              signs();
              for (const item of items) this.#collection.collect(next, objectOf(item, page));
            },
          })
        );
      });
    } catch (error) {
      this.#mustList = true;
      if (!(optional && error instanceof ApiError && error.status === 404)) throw error;
      this.#heard();
      this.#collection.replace(new Map());
      this.#note({ synced: true, absent: true, problem: undefined });
      throw new NotServed();
    }
    this.#collection.replace(next);
    this.#times = { ...this.#times, syncedAt: schedule.now() };
    this.#note({ synced: true, absent: false, problem: undefined });
  }

  /** Reads the collection as a stream; undefined where the API server does not, which is not asked of it again. */
  async #stream(
    next: Map<string, KubernetesObject>,
    signal: AbortSignal,
    alive: () => void,
  ): Promise<string | undefined> {
    const { connection, path, query = {}, schedule } = this.#options;
    if (!this.#streams) return undefined;
    const onEvents = (events: readonly WatchEvent[]) => {
      alive();
      for (const event of events) this.#collection.collectEvent(next, event);
    };
    try {
      return await streamAll(connection, path(), { query, signal, schedule, onEvents });
    } catch (error) {
      if (!(error instanceof NotStreamed)) throw error;
      this.#streams = false;
      next.clear();
      return undefined;
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { connection, path, query = {}, schedule } = this.#options;
    const limits = {
      milliseconds: watchSilenceMs,
      reason: () => new SilentWatch(`the watch was silent for ${watchSilenceMs / 1000} s`),
      outer: signal,
    };
    const parameters = {
      ...query,
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: this.#version,
      // Of different length, so that the watches of all replicas do not end together.
      timeoutSeconds: Math.round(300 + 300 * schedule.random()),
    };
    this.#watchBegan = undefined;
    this.#watches += 1;
    await watched(schedule, limits, async (inner, alive) => {
      const response = await connection.request('GET', path(), { query: parameters, signal: inner });
      if (response.status !== 200) {
        await readJson(response);
        throw new UnreadableAnswer(`HTTP status ${response.status} for a watch`);
      }
      this.#watchBegan = schedule.now();
      this.#heard();
      this.#note({ problem: undefined });
      for await (const events of readWatch(response.body)) {
        alive();
        this.#heard();
        this.#follow(events);
      }
    });
  }

  #follow(events: readonly WatchEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#collection.apply(events);
    this.#version = last.version;
    this.#recovery.progress();
    this.#times = { ...this.#times, lastEventAt: this.#options.schedule.now() };
  }

  #heard(): void {
    this.#times = { ...this.#times, lastContactAt: this.#options.schedule.now() };
  }

  #note(change: Partial<ReflectorState>): void {
    const next = { ...this.#state, ...change };
    if (isDeepStrictEqual(next, this.#state)) return;
    this.#state = next;
    try {
      this.#options.onStatus?.();
    } catch (cause) {
      throw new UnreadableAnswer('the state of the copy could not be taken in', { cause });
    }
  }

  #complain(fault: unknown): void {
    if (fault === undefined || fault instanceof NotServed) return;
    try {
      this.#note({ problem: messageOf(fault) });
    } catch {
      // Whoever listens is told again once that has changed; there is no attempt left that could fail by it.
    }
  }
}
