import type { Logger } from 'pino';
import {
  auditedActions,
  type AuditFinding,
  type AuditFindings,
  othersInWords,
} from '../../../engine/audit-findings.ts';
import { createNews } from './news.ts';

/** Lines for one audit, of what has come and of what has gone each. */
const most = 50;

/**
 * Tells the log of what an audit finds: a line for each finding that is new, and for each that is gone, the worst first;
 * nothing is said twice, and of a flood only so much.
 */
export function createAuditLog(log: Logger): (findings: AuditFindings) => void {
  const newsOf = createNews();
  return (findings) => {
    const news = newsOf(findings);
    const found = bySeverity(news.found);
    for (const finding of found.slice(0, most)) tell(log, finding);
    const gone = bySeverity(news.gone);
    for (const { rule, object } of gone.slice(0, most))
      log.info({ rule, object }, 'audit: a finding is gone, or waived');
    if (found.length > most || gone.length > most)
      log.warn(
        { found: found.length, gone: gone.length },
        `audit: showing ${most} of ${Math.max(found.length, gone.length)}; the metric tollgate_audit_findings counts all`,
      );
  };
}

function bySeverity(findings: readonly AuditFinding[]): readonly AuditFinding[] {
  return findings
    .filter(({ action }) => action !== 'waived')
    .toSorted((a, b) => auditedActions.indexOf(a.action) - auditedActions.indexOf(b.action));
}

function tell(log: Logger, finding: AuditFinding): void {
  const { action, rule, object, owner, count, message, witness, remedy } = finding;
  const details = { rule, action, object, count, owner, witness, remedy };
  if (action === 'deny') log.warn(details, `audit: ${message}${othersInWords(finding)}`);
  else log.info(details, `audit: ${message}${othersInWords(finding)}`);
}
