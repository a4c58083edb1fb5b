import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { type ReportApi, reportApis, reportPath } from '../../kubernetes/report-api.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { objectOf, readPage } from '../follow/list.ts';
import { type StandingReport, standingReport } from './report-state.ts';

/** Our reports as they stand, by their namespace; empty for the one of the cluster. */
export interface OwnReports {
  readonly api: ReportApi;
  readonly standing: Map<string, StandingReport>;
}

/** How our reports are told from those of others. */
export interface ReportMarks {
  readonly name: string;
  readonly labels: StringMap;
}

/** A report can have half a megabyte, and a page is parsed in one piece. */
const pageSize = 20;

/**
 * Reads our own reports, in the first API of which the cluster serves both kinds.
 * @param alive called when a part of the answer has come
 * @returns undefined where it serves none
 * @throws ApiError, UnreadableAnswer, or what the connection throws
 */
export async function readOwnReports(
  connection: ApiConnection,
  marks: ReportMarks,
  signal: AbortSignal,
  alive: () => void,
): Promise<OwnReports | undefined> {
  for (const api of reportApis) {
    const standing = new Map<string, StandingReport>();
    try {
      for (const kind of [api.report, api.clusterReport]) {
        for await (const report of reportsOf(connection, reportPath(api, kind), marks, signal)) {
          standing.set(report.metadata.namespace ?? '', standingReport(report));
          alive();
        }
      }
      return { api, standing };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  return undefined;
}

/** Nothing of a page is kept when the next is asked for. */
async function* reportsOf(
  connection: ApiConnection,
  path: string,
  { name, labels }: ReportMarks,
  signal: AbortSignal,
): AsyncGenerator<KubernetesObject, void> {
  const selected = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const query = { labelSelector: selected.join(',') };
  let token: string | undefined;
  do {
    const page = await readPage(connection, path, { query, limit: pageSize, token, signal });
    for (const item of page.items) {
      const report = objectOf(item, page);
      if (report.metadata.name === name) yield report;
    }
    token = page.next;
  } while (token !== undefined);
}
