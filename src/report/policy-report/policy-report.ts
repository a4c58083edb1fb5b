import { type AuditFinding, type NamespaceFindings, shownCount } from '../../engine/audit-findings.ts';
import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import type { ReportApi } from '../../kubernetes/report-api.ts';
import { fingerprintsOf } from '../fingerprint.ts';
import {
  leftOutResult,
  type ReportResult,
  reportSource,
  resultOf,
  type ResultWord,
} from './report-result.ts';

/** What there is to report of one namespace, or of what is outside of all, before it is an object of either API. */
export interface PolicyReport {
  /** Empty for what is outside of all namespaces. */
  readonly namespace: string;
  /** Of the object. */
  readonly name: string;
  /** The worst first, in an order that does not depend on that of the findings. */
  readonly results: readonly ReportResult[];
  /** Findings that have no result, since there are too many. */
  readonly leftOut: number;
}

/** The bounds of one report: as many results, and as many bytes of their JSON. etcd takes 1.5 MiB of an object. */
export interface ReportBounds {
  readonly results: number;
  readonly bytes: number;
}

export const reportBounds: ReportBounds = { results: 500, bytes: 512 * 1024 };

/** How many findings a report leaves out. */
export const leftOutAnnotation = 'tollgate.dev/left-out';

const ranks: Readonly<Record<ResultWord, number>> = { error: 0, fail: 1, warn: 2, skip: 3 };

/** Results in the order of a report. */
export function inOrder(results: readonly ReportResult[]): readonly ReportResult[] {
  const keyed = results.map((result) => {
    const { policy, resources, message, properties } = result;
    return {
      result,
      key: JSON.stringify([policy, resources, message, properties.field, properties.resultID]),
    };
  });
  return keyed
    .toSorted(
      (a, b) =>
        ranks[a.result.result] - ranks[b.result.result] || (a.key < b.key ? -1 : Number(a.key > b.key)),
    )
    .map(({ result }) => result);
}

/**
 * What an audit has found in one namespace, or outside of all, as a report.
 * @param namespace empty for what is outside of all
 * @param name of the report
 * @param at when it was found, in milliseconds since 1970
 * @returns undefined where there is nothing to report
 * @example
 * const report = policyReportOf('shop', found, 'tollgate-audit', Date.now());
 * report && reportObject(report, openReports, labels);
 */
export function policyReportOf(
  namespace: string,
  found: NamespaceFindings,
  name: string,
  at: number,
): PolicyReport | undefined {
  if (found.total === 0) return undefined;
  // Of several pods of one owner another one may be named each time.
  const shown = found.shown
    .map((finding) => ({ finding, key: orderOf(finding) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ finding }) => finding);
  const fingerprints = fingerprintsOf(
    shown.map(({ rule, object, owner, pointer }) => ({ rule, object: owner ?? object, pointer })),
  );
  const report = identityOf(namespace, name);
  const results = shown.map((finding, index) =>
    resultOf({ finding, fingerprint: fingerprints[index] ?? '' }, report, at),
  );
  return { namespace, name, results: inOrder(results), leftOut: found.total - shownCount(found) };
}

function orderOf({ rule, action, object, owner, pointer, message }: AuditFinding): string {
  const { apiVersion, kind, namespace, name } = owner ?? object;
  return JSON.stringify([rule, action, apiVersion, kind, namespace, name, pointer, message]);
}

/** What tells a report from all others. */
export function identityOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/**
 * The report as an object of an API, within bounds: what does not fit is counted, in an annotation and in a last result.
 * The summary counts the results that are listed.
 * @param labels by which whoever wrote it knows it again
 * @param most of its results, where the usual ones turned out too large
 */
export function reportObject(
  { namespace, name, results, leftOut }: PolicyReport,
  { group, version, report, clusterReport, hasSource }: ReportApi,
  labels: StringMap,
  most: number = reportBounds.results,
): KubernetesObject {
  const kept = within(results, { ...reportBounds, results: most });
  const missing = leftOut + results.length - kept.length;
  const [first] = results;
  const listed =
    missing > 0 && first
      ? [...kept, leftOutResult(missing, identityOf(namespace, name), first.timestamp.seconds * 1000)]
      : kept;
  return {
    apiVersion: `${group}/${version}`,
    kind: (namespace === '' ? clusterReport : report).kind,
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      labels,
      ...(missing > 0 ? { annotations: { [leftOutAnnotation]: String(missing) } } : {}),
    },
    ...(hasSource ? { source: reportSource } : {}),
    summary: summaryOf(listed),
    results: listed,
  };
}

function within(results: readonly ReportResult[], bounds: ReportBounds): readonly ReportResult[] {
  let bytes = 0;
  const end = results.findIndex((result, index) => {
    bytes += Buffer.byteLength(JSON.stringify(result));
    return index >= bounds.results || bytes > bounds.bytes;
  });
  return end === -1 ? results : results.slice(0, end);
}

function summaryOf(results: readonly ReportResult[]) {
  const count = (word: ResultWord) => results.filter(({ result }) => result === word).length;
  return { pass: 0, fail: count('fail'), warn: count('warn'), error: count('error'), skip: count('skip') };
}
