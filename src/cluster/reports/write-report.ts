import { isKubernetesObject, type KubernetesObject } from '../../kubernetes/object.ts';
import { type ReportApi, reportPath } from '../../kubernetes/report-api.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import type { ReportMarks } from './own-reports.ts';
import { hasLabels, type StandingReport, standingReport, withFirstTimes } from './report-state.ts';

/** What has become of one report. */
export type ReportWrite =
  | { readonly standing: StandingReport }
  /** Somebody else has changed it, or it is gone: what stands has to be read again. */
  | { readonly stale: true }
  /** The API server takes no object of this size. */
  | { readonly tooLarge: true }
  /** The name is taken by a report that is not ours, which is left alone. */
  | { readonly taken: true };

/**
 * Creates or replaces one report, of the version that is known of it.
 * @throws ApiError where the API server refuses it otherwise, UnreadableAnswer, or what the connection throws
 */
export async function writeReport(
  connection: ApiConnection,
  { api, marks, namespace }: ReportPlace,
  object: KubernetesObject,
  known: StandingReport | undefined,
  signal: AbortSignal,
): Promise<ReportWrite> {
  const collection = collectionOf(api, namespace);
  const report = withFirstTimes(object, known);
  const metadata = known ? { ...report.metadata, resourceVersion: known.version } : report.metadata;
  const body = { type: 'application/json', value: { ...report, metadata } };
  try {
    const stored = known
      ? await connection.json('PUT', `${collection}/${marks.name}`, { body, signal })
      : await connection.json('POST', collection, { body, signal });
    return { standing: standingReport(report, stored) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isTooLarge(error)) return { tooLarge: true };
    if (known && (error.status === 404 || error.status === 409)) return { stale: true };
    if (!known && error.status === 409)
      return adopt(connection, `${collection}/${marks.name}`, marks, signal);
    throw error;
  }
}

/** Where a report is. */
export interface ReportPlace {
  readonly api: ReportApi;
  readonly marks: ReportMarks;
  /** Empty for that of the cluster. */
  readonly namespace: string;
}

/**
 * Deletes a report of ours, of the version that is known of it.
 * @returns whether it is gone; otherwise it is another one by now
 * @throws ApiError, UnreadableAnswer, or what the connection throws
 */
export async function removeReport(
  connection: ApiConnection,
  { api, marks, namespace }: ReportPlace,
  { version }: StandingReport,
  signal: AbortSignal,
): Promise<boolean> {
  const value = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion: version } };
  const body = { type: 'application/json', value };
  try {
    await connection.json('DELETE', `${collectionOf(api, namespace)}/${marks.name}`, { body, signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    if (error instanceof ApiError && error.status === 409) return false;
    throw error;
  }
}

function collectionOf(api: ReportApi, namespace: string): string {
  return namespace === '' ? reportPath(api, api.clusterReport) : reportPath(api, api.report, namespace);
}

async function adopt(
  connection: ApiConnection,
  path: string,
  { labels }: ReportMarks,
  signal: AbortSignal,
): Promise<ReportWrite> {
  const found = await connection.json('GET', path, { signal });
  return isKubernetesObject(found) && hasLabels(found, labels) ? { stale: true } : { taken: true };
}

/**
 * Source: Kubernetes, apiserver pkg/endpoints/handlers/rest.go (limitedReadBodyWithRecordMetric answers 413); etcd
 * refuses with rpctypes.ErrRequestTooLarge, "etcdserver: request is too large", which becomes a 500.
 */
function isTooLarge({ status, message }: ApiError): boolean {
  return status === 413 || (status === 500 && /request is too large|larger than max/.test(message));
}
