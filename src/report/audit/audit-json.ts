import { type AuditResults, resultsByNamespace, totalsOf } from './audit-results.ts';

/**
 * The latest results of an audit for programs. Fields may be added to version 1; one that goes away or changes its
 * meaning makes version 2.
 * @example
 * auditJson({ version, now, findings, ages }) // '{"schema":"tollgate.dev/audit/v1",…}'
 */
export function auditJson(results: AuditResults): string {
  const { version, now, findings, ages } = results;
  const namespaces = resultsByNamespace(findings).map(({ namespace, counts, total, findings: own }) => ({
    namespace,
    counts,
    total,
    findings: own,
  }));
  const document = {
    schema: 'tollgate.dev/audit/v1',
    version,
    now: now.toISOString(),
    ages: ages.map(({ part, seconds }) => ({ part, seconds: Math.round(seconds) })),
    totals: totalsOf(findings),
    rules: findings.counts,
    namespaces,
  };
  return `${JSON.stringify(document)}\n`;
}
