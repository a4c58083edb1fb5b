import { randomBytes } from 'node:crypto';
import type { ObjectReference } from '../kubernetes/object.ts';
import type { ApiConnection } from './connection/api-connection.ts';
import { ApiError } from './connection/api-error.ts';
import { askedPause } from './follow/recovery.ts';
import { createBackoff } from './pace/backoff.ts';
import { createBackgroundLoop } from './pace/background-loop.ts';
import { microTime, watched, type Schedule } from './pace/schedule.ts';
import { createWriteBudget } from './pace/write-budget.ts';
import { cut } from '../text/cut.ts';

/** Something that has happened to an object, as it is to be told in an Event. */
export interface Occurrence {
  /** Where the Event is kept: the namespace of `regarding`, or `default` where that has none. */
  readonly namespace: string;
  /** With its uid where that is known: `kubectl describe` looks for it. */
  readonly regarding: ObjectReference & { readonly uid?: string };
  readonly type: 'Normal' | 'Warning';
  /** In one word, for machines. */
  readonly reason: string;
  /** What was done, in one word. */
  readonly action: string;
  readonly note: string;
}

export type EventOutcome = 'written' | 'dropped' | 'failed';

export interface EventWriterOptions {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  /** The name of this replica. */
  readonly instance: string;
  /** Told what became of each occurrence that was handed in, or of each write of several. */
  readonly onOutcome?: (outcome: EventOutcome) => void;
  /** Told of each new reason why Events cannot be written. */
  readonly onProblem?: (problem: string) => void;
}

/** Writes Events, at leisure: whoever hands one in never waits. */
export interface EventWriter {
  readonly start: () => void;
  /** @returns false where it was dropped, since too much is waiting */
  readonly write: (occurrence: Occurrence) => boolean;
  readonly close: () => Promise<void>;
}

/** One Event, written or to be written. */
interface Entry {
  readonly occurrence: Occurrence;
  /** Of its object in the API; undefined as long as there is none. */
  name: string | undefined;
  /** How often it has happened so far, and how often that was when it was written last. */
  count: number;
  told: number;
  lastAt: number;
  writtenAt: number;
}

const most = 512;
/** Of those, what reviews may take: anybody who reaches the port may send some, and the audit must still be heard. */
const mostOfReviews = 384;
/** Different Events about one object: a name that is refused again and again for other reasons takes no more. */
const mostOfOneObject = 8;
/** What goes on is told once a minute at most. */
const calmMs = 60_000;
/** After so long without a repetition an Event has ended; the API server keeps one for an hour after its last change. */
const memoryMs = 45 * 60_000;
const silenceMs = 10_000;
/** Within the bounds of the API for `note` (1,024 bytes) and `reportingInstance`. */
const longestNote = 1000;
const longestInstance = 128;

/**
 * Writes to events.k8s.io/v1. Equal occurrences are one Event with a count (`series`), at most one a second is
 * written in the long run, and what comes faster than that is dropped and counted: an Event is a courtesy, and must not
 * be what brings an API server down.
 * Source: Kubernetes API, events.k8s.io/v1, and `pkg/apis/core/validation/events.go` for its bounds.
 */
export function createEventWriter(options: EventWriterOptions): EventWriter {
  const { connection, schedule, instance, onOutcome = () => {}, onProblem = () => {} } = options;
  const entries = new Map<string, Entry>();
  const backoff = createBackoff(schedule.random);
  const budget = createWriteBudget(schedule);
  let problem: string | undefined;

  const forget = () => {
    for (const [key, { count, told, lastAt }] of entries)
      if (count === told && schedule.now() - lastAt > memoryMs) entries.delete(key);
  };
  const isFullFor = ({ action, regarding }: Occurrence) => {
    let ofReviews = 0;
    let ofObject = 0;
    for (const { occurrence } of entries.values()) {
      if (occurrence.action !== 'Review') continue;
      ofReviews += 1;
      if (isSameObject(occurrence.regarding, regarding)) ofObject += 1;
    }
    if (entries.size >= most) return true;
    return action === 'Review' && (ofReviews >= mostOfReviews || ofObject >= mostOfOneObject);
  };
  const dueAt = ({ name, count, told, writtenAt }: Entry) =>
    count === told ? Infinity : name === undefined ? 0 : writtenAt + calmMs;

  const send = async (entry: Entry, signal: AbortSignal) => {
    const { occurrence, count } = entry;
    const collection = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(occurrence.namespace)}/events`;
    if (entry.name !== undefined) {
      const series = { count, lastObservedTime: microTime(entry.lastAt) };
      const body = { type: 'application/merge-patch+json', value: { series } };
      try {
        await connection.json('PATCH', `${collection}/${entry.name}`, { body, signal });
        entry.told = count;
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        entry.name = undefined; // its hour was over
      }
    }
    const event = eventOf(entry, instance);
    await connection.json('POST', collection, { body: { type: 'application/json', value: event }, signal });
    entry.name = event.metadata.name;
    entry.told = count;
  };
  const write = async (key: string, entry: Entry, closed: AbortSignal): Promise<void> => {
    const limits = {
      milliseconds: silenceMs,
      reason: () => new Error(`the API server did not answer within ${silenceMs / 1000} s`),
      outer: closed,
    };
    try {
      await watched(schedule, limits, (signal) => send(entry, signal));
      entry.writtenAt = schedule.now();
      backoff.reset();
      problem = undefined;
      onOutcome('written');
    } catch (error) {
      if (closed.aborted) return;
      onOutcome('failed');
      const why = error instanceof Error ? error.message : String(error);
      if (why !== problem) onProblem(why);
      problem = why;
      // What the API server will not have is not offered again; a namespace may be gone, or a right be missing.
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) entries.delete(key);
      await schedule.pause(Math.max(backoff.next(), askedPause(error)), closed);
    }
  };
  const loop = createBackgroundLoop(async ({ woken, closed }) => {
    forget();
    // Those of the audit first: reviews may bring more than can be written.
    const due = [...entries]
      .filter(([, entry]) => dueAt(entry) <= schedule.now())
      .toSorted(([, one], [, other]) => isOfReview(one) - isOfReview(other));
    for (const [key, entry] of due) {
      await budget.take(closed);
      if (closed.aborted) return;
      await write(key, entry, closed);
    }
    const next = Math.min(...[...entries.values()].map(dueAt), schedule.now() + calmMs);
    if (next > schedule.now()) await schedule.pause(next - schedule.now(), woken);
  });
  return {
    start: loop.start,
    write: (occurrence) => {
      const key = JSON.stringify(Object.values(occurrence));
      const known = entries.get(key);
      if (!known && isFullFor(occurrence)) forget();
      if (!known && isFullFor(occurrence)) {
        onOutcome('dropped');
        return false;
      }
      const lastAt = schedule.now();
      if (known) {
        known.count += 1;
        known.lastAt = lastAt;
      } else entries.set(key, { occurrence, name: undefined, count: 1, told: 0, lastAt, writtenAt: 0 });
      if (!known) loop.wake();
      return true;
    },
    close: loop.close,
  };
}

function isOfReview({ occurrence }: Entry): number {
  return occurrence.action === 'Review' ? 1 : 0;
}

function isSameObject(one: ObjectReference, other: ObjectReference): boolean {
  return one.kind === other.kind && one.name === other.name && one.namespace === other.namespace;
}

function eventOf({ occurrence, count, lastAt }: Entry, instance: string) {
  const { namespace, regarding, type, reason, action, note } = occurrence;
  const time = microTime(lastAt);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${regarding.name}.${randomBytes(8).toString('hex')}`, namespace },
    eventTime: time,
    ...(count > 1 ? { series: { count, lastObservedTime: time } } : {}),
    reportingController: 'tollgate.dev/tollgate',
    reportingInstance: cut(instance, longestInstance, { mark: '' }),
    type,
    reason,
    action,
    note: cut(note, longestNote),
    regarding,
  };
}
