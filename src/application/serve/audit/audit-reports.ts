import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import {
  createReportWriter,
  type ReportOutcome,
  type WantedReport,
} from '../../../cluster/reports/report-writer.ts';
import type { AuditFindings } from '../../../engine/audit-findings.ts';
import type { StringMap } from '../../../kubernetes/object.ts';
import { policyReportOf, reportObject } from '../../../report/policy-report/policy-report.ts';

/** What the audit finds as reports in the cluster, one for each namespace. */
export interface AuditReports {
  readonly start: () => void;
  /** Everything that is found now, by the replica that leads. */
  readonly tell: (findings: AuditFindings) => void;
  /** Another replica leads, or this one does again. */
  readonly startAfresh: () => void;
  readonly close: () => Promise<void>;
}

/** Of every report that the gate writes. */
export const reportName = 'tollgate-audit';

/**
 * Puts together what keeps the reports in step with the audit.
 * @param namespace that the gate runs in: of two gates in a cluster each knows its own reports
 */
export function composeReports(
  cluster: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly namespace: string | undefined;
    readonly leads: () => boolean;
    readonly now: () => Date;
    readonly onOutcome: (outcome: ReportOutcome) => void;
  },
  log: Logger,
): AuditReports {
  const { connection, schedule, namespace = '', leads, now, onOutcome } = cluster;
  const labels = { 'app.kubernetes.io/managed-by': 'tollgate', 'tollgate.dev/gate': namespace };
  const writer = createReportWriter({
    connection,
    schedule,
    name: reportName,
    labels,
    leads,
    onOutcome,
    onProblem: (problem) => log.warn({ problem }, 'a report of the audit cannot be written'),
  });
  return {
    start: writer.start,
    tell: (findings) => writer.want(wantedReports(findings, labels, now().getTime())),
    startAfresh: writer.startAfresh,
    close: writer.close,
  };
}

/** Each report is made when it is compared, one after the other: all at once would keep reviews waiting. */
function wantedReports(
  { namespaces }: AuditFindings,
  labels: StringMap,
  at: number,
): ReadonlyMap<string, WantedReport> {
  return new Map(
    [...namespaces].map(([namespace, found]): [string, WantedReport] => [
      namespace,
      {
        digest: () => hash('sha256', JSON.stringify(found)),
        object: (api, most) => {
          const report = policyReportOf(namespace, found, reportName, at);
          return report && reportObject(report, api, labels, most);
        },
      },
    ]),
  );
}
