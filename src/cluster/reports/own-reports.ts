import type { StringMap } from '../../kubernetes/object.ts';
import { type ReportApi, reportApis, type ReportKind, reportPath } from '../../kubernetes/report-api.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { listAll, objectOf } from '../follow/list.ts';
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

/**
 * Reads our own reports, in the first API of which the cluster serves both kinds.
 * @returns undefined where it serves none
 * @throws ApiError, UnreadableAnswer, or what the connection throws
 */
export async function readOwnReports(
  connection: ApiConnection,
  marks: ReportMarks,
  signal: AbortSignal,
): Promise<OwnReports | undefined> {
  for (const api of reportApis) {
    try {
      const [ofNamespaces, ofCluster] = [
        await readKind(connection, api, api.report, marks, signal),
        await readKind(connection, api, api.clusterReport, marks, signal),
      ];
      return { api, standing: new Map([...ofNamespaces, ...ofCluster]) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  return undefined;
}

async function readKind(
  connection: ApiConnection,
  api: ReportApi,
  kind: ReportKind,
  { name, labels }: ReportMarks,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StandingReport>> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const found = new Map<string, StandingReport>();
  await listAll(connection, reportPath(api, kind), {
    query: { labelSelector },
    signal,
    onPage: (items, page) => {
      for (const item of items) {
        const report = objectOf(item, page);
        if (report.metadata.name === name) found.set(report.metadata.namespace ?? '', standingReport(report));
      }
    },
    onRestart: () => found.clear(),
  });
  return found;
}
