import type { KubernetesObject } from '../../kubernetes/object.ts';
import { records } from '../../kubernetes/read.ts';
import { type ReportApi, reportApis } from '../../kubernetes/report-api.ts';
import { listInWords } from '../../text/list.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError, messageOf } from '../connection/api-error.ts';
import { askedPause } from '../follow/recovery.ts';
import { createBackgroundLoop } from '../pace/background-loop.ts';
import { createBackoff } from '../pace/backoff.ts';
import { type Schedule, watched } from '../pace/schedule.ts';
import { createWriteBudget } from '../pace/write-budget.ts';
import { type OwnReports, readOwnReports, type ReportMarks } from './own-reports.ts';
import { contentOf } from './report-state.ts';
import { removeReport, writeReport } from './write-report.ts';

/** What is to be reported of a namespace. */
export interface WantedReport {
  /** The same as before where nothing has changed since then. */
  readonly digest: () => string;
  /**
   * The report as an object of an API; undefined where there is nothing to report.
   * @param most of its results, where the usual number was too large for the API server
   */
  readonly object: (api: ReportApi, most?: number) => KubernetesObject | undefined;
}

/** What became of a report that was to be written or removed. */
export type ReportOutcome = 'written' | 'removed' | 'failed';

export interface ReportWriterOptions extends ReportMarks {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  /** Whether this replica is the one that writes. */
  readonly leads: () => boolean;
  readonly onOutcome?: (outcome: ReportOutcome) => void;
  /** Told of each new reason why a report cannot be written. */
  readonly onProblem?: (problem: string) => void;
}

/** Keeps reports in the cluster as they are wanted, at leisure. */
export interface ReportWriter {
  readonly start: () => void;
  /** All reports that are to stand, by namespace, empty for that of the cluster; any other of ours is removed. */
  readonly want: (reports: ReadonlyMap<string, WantedReport>) => void;
  /** Another replica writes, or has until now: nothing that is known of the cluster holds. */
  readonly startAfresh: () => void;
  readonly close: () => Promise<void>;
}

/** Findings come and go within seconds, and nobody reads reports as fast. */
const calmMs = 10_000;
/** What stands is read again now and then: somebody may have deleted or changed a report. */
const rereadMs = 30 * 60_000;
/** How long to wait for somebody to install an API of reports. */
const unservedMs = 5 * 60_000;
/** What was begun as a leader must not end after another may have become one. */
const silenceMs = 4_000;
/** Reading may take its time, as long as something comes. */
const readSilenceMs = 30_000;
/** Between two reports that are compared, so that no review waits for all of them. */
const restMs = 1;

/** What is known of the cluster since it was read last. */
interface Known extends OwnReports {
  readonly readAt: number;
  /** What the API server will not have, by namespace: it is not offered again before it changes. */
  readonly refused: Map<string, string>;
  /** What stands as it should, by namespace: to make and compare all reports each time would cost more than the audit. */
  readonly settled: Map<string, string>;
  /** Something has to be done again. */
  isIncomplete?: true;
}

/**
 * Writes what has changed, at most one report a second in the long run, and only while this replica leads. Reports are
 * told from those of others by their name and their labels; an object of the same name without them is left alone.
 */
export function createReportWriter(options: ReportWriterOptions): ReportWriter {
  const { connection, schedule, leads, name, labels, onOutcome = () => {}, onProblem = () => {} } = options;
  const marks = { name, labels };
  const backoff = createBackoff(schedule.random);
  const budget = createWriteBudget(schedule);
  /** How many results the API server takes of the reports that were too large for it. */
  const mostOf = new Map<string, number>();
  let wanted: ReadonlyMap<string, WantedReport> | undefined;
  let known: Known | undefined;
  let problem: string | undefined;

  const fail = (why: string) => {
    onOutcome('failed');
    if (why !== problem) onProblem(why);
    problem = why;
  };
  const asking = <Answer>(closed: AbortSignal, task: (signal: AbortSignal) => Promise<Answer>) => {
    const reason = () => new Error(`the API server did not answer within ${silenceMs / 1000} s`);
    return watched(schedule, { milliseconds: silenceMs, reason, outer: closed }, task);
  };
  const read = async (closed: AbortSignal): Promise<Known | undefined> => {
    if (known && schedule.now() - known.readAt < rereadMs) return known;
    const reason = () => new Error(`the API server did not answer within ${readSilenceMs / 1000} s`);
    const limits = { milliseconds: readSilenceMs, reason, outer: closed };
    const found = await watched(schedule, limits, (signal, alive) =>
      readOwnReports(connection, marks, signal, alive),
    );
    known = found && { ...found, readAt: schedule.now(), refused: new Map(), settled: new Map() };
    return known;
  };
  const bring = async (
    namespace: string,
    object: KubernetesObject | undefined,
    state: Known,
    closed: AbortSignal,
  ) => {
    const { api, standing, refused } = state;
    const place = { api, marks, namespace };
    const before = standing.get(namespace);
    if (!object) {
      if (!before) return;
      const isGone = await asking(closed, (signal) => removeReport(connection, place, before, signal));
      standing.delete(namespace);
      mostOf.delete(namespace);
      if (isGone) onOutcome('removed');
      else known = undefined;
      return;
    }
    const result = await asking(closed, (signal) => writeReport(connection, place, object, before, signal));
    const most = Math.floor(records(object['results']).length / 2);
    if ('standing' in result) {
      standing.set(namespace, result.standing);
      onOutcome('written');
    } else if ('stale' in result) known = undefined;
    else if ('tooLarge' in result && most > 0) {
      mostOf.set(namespace, most);
      state.isIncomplete = true;
    } else {
      refused.set(namespace, contentOf(object));
      fail(
        `${nameOf(object)} ${'taken' in result ? 'exists and is not of this gate' : 'is too large for the API server'}`,
      );
    }
  };
  const round = async (state: Known, closed: AbortSignal) => {
    const { api, standing, refused, settled } = state;
    for (const namespace of new Set([...(wanted?.keys() ?? []), ...standing.keys()])) {
      await schedule.pause(restMs, closed);
      const report = wanted?.get(namespace);
      const digest = report?.digest() ?? '';
      if (settled.get(namespace) === digest) continue;
      settled.delete(namespace);
      const object = report?.object(api, mostOf.get(namespace));
      const content = object && contentOf(object);
      if (standing.get(namespace)?.content === content || refused.get(namespace) === (content ?? '')) {
        settled.set(namespace, digest);
        continue;
      }
      await budget.take(closed);
      if (closed.aborted || !leads() || known !== state) return;
      try {
        await bring(namespace, object, state, closed);
        backoff.reset();
      } catch (error) {
        if (closed.aborted) return;
        const what =
          namespace === '' ? 'the report of the cluster' : `the report of namespace "${namespace}"`;
        fail(`${what} cannot be written: ${messageOf(error)}`);
        if (mayPass(error)) state.isIncomplete = true;
        else refused.set(namespace, content ?? '');
        await schedule.pause(Math.max(backoff.next(), askedPause(error)), closed);
      }
    }
  };
  const loop = createBackgroundLoop(async ({ woken, closed }) => {
    if (!leads() || !wanted) {
      known = undefined;
      wanted = undefined;
      return schedule.pause(rereadMs, woken);
    }
    try {
      const state = await read(closed);
      if (!state) {
        fail(notServed);
        return schedule.pause(unservedMs, closed);
      }
      delete state.isIncomplete;
      await round(state, closed);
      await schedule.pause(calmMs, closed);
      if (known && !known.isIncomplete) await schedule.pause(rereadMs, woken);
    } catch (error) {
      if (closed.aborted) return;
      fail(`reports cannot be read: ${messageOf(error)}`);
      await schedule.pause(Math.max(backoff.next(), askedPause(error)), closed);
    }
  });
  return {
    start: loop.start,
    want: (reports) => {
      wanted = reports;
      loop.wake();
    },
    startAfresh: () => {
      known = undefined;
      loop.wake();
    },
    close: loop.close,
  };
}

const notServed = `the cluster serves no reports: install the CustomResourceDefinitions of ${listInWords(
  reportApis.map(({ group, version }) => `${group}/${version}`),
  { last: 'or' },
)}`;

function nameOf({ kind, metadata: { namespace, name = '' } }: KubernetesObject): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** Whether the same request may be answered otherwise a little later. */
function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500 || error.status === 429;
}
