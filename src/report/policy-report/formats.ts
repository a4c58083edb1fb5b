import { dump } from 'js-yaml';
import { namespaceOfFinding } from '../../engine/audit.ts';
import { auditFindingOf } from '../../engine/finding-collector.ts';
import { openReports, policyReports, type ReportApi } from '../../kubernetes/report-api.ts';
import { fingerprintsOf } from '../fingerprint.ts';
import type { Format, Report, ReportedNotice } from '../report.ts';
import { notJudgedInWords, placeInWords, pointedBy } from '../wording.ts';
import { identityOf, inOrder, type PolicyReport, reportObject } from './policy-report.ts';
import { plainResult, type ReportResult, resultOf } from './report-result.ts';

/** Reports of OpenReports, one for each namespace, as a List that `kubectl apply` takes. */
export const openreports: Format = (report) => write(report, openReports);

/** The same in the API of Kubernetes' policy working group. */
export const policyreport: Format = (report) => write(report, policyReports);

/** Unlike those of the gate itself, which writes into the same cluster. */
const name = 'tollgate-check';
const labels = { 'app.kubernetes.io/managed-by': name };

function write(report: Report, api: ReportApi): string {
  const items = policyReportsOfFiles(report).map((one) => reportObject(one, api, labels));
  // References to the same waiver would be anchors, which no reader of reports expects.
  return dump({ apiVersion: 'v1', kind: 'List', items }, { lineWidth: -1, noRefs: true });
}

/**
 * What `check` found, by the namespace that suffers. What belongs to none, what was not judged and what there is to say
 * of waivers is in the report of the cluster.
 */
function policyReportsOfFiles(report: Report): readonly PolicyReport[] {
  const at = Date.parse(report.basis.now);
  const fingerprints = fingerprintsOf(report.findings.map(({ finding }) => finding));
  const found = report.findings.map((reported, index) => {
    const { finding, place } = reported;
    const namespace = namespaceOfFinding(finding);
    return {
      namespace,
      result: resultOf(
        {
          finding: auditFindingOf({ namespace, finding }),
          fingerprint: fingerprints[index] ?? '',
          properties: { file: placeInWords(pointedBy(reported), place) },
        },
        identityOf(namespace, name),
        at,
      ),
    };
  });
  const cluster = identityOf('', name);
  const others = [
    ...report.notices.map((notice) => noticeResult(notice, cluster, at)),
    ...report.notJudged.map((problem) => {
      const properties = { file: placeInWords(problem, problem) };
      return plainResult(
        { policy: problem.id, result: 'error', message: notJudgedInWords(problem), properties },
        cluster,
        at,
      );
    }),
  ].map((result) => ({ namespace: '', result }));
  return [...Map.groupBy([...found, ...others], ({ namespace }) => namespace)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([namespace, own]) => ({
      namespace,
      name,
      results: inOrder(own.map(({ result }) => result)),
      leftOut: 0,
    }));
}

function noticeResult(
  { rule, severity, message, expected, file, line, column }: ReportedNotice,
  report: string,
  at: number,
): ReportResult {
  const properties = { expected, file: `${file}:${line}:${column}` };
  const result = severity === 'error' ? 'fail' : 'warn';
  return plainResult({ policy: rule, result, message, properties }, report, at);
}
