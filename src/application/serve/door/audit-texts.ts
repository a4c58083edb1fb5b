import { auditJson } from '../../../report/audit/audit-json.ts';
import { auditPage, emptyAuditPage, pagePolicy } from '../../../report/audit/audit-page.ts';
import type { AuditResults } from '../../../report/audit/audit-results.ts';
import type { AuditTexts } from '../../../server/audit/audit-routes.ts';
import type { Audits } from '../audit/audits.ts';

/** A text is written once in so long, however often it is asked for: reviews come first. */
const freshMs = 5_000;

/**
 * The results of the audit as they are served.
 * @param elapsed milliseconds since some fixed point
 */
export function composeAuditTexts(
  audits: Pick<Audits, 'wholeFindings' | 'ages'>,
  {
    version,
    now,
    elapsed,
  }: { readonly version: string; readonly now: () => Date; readonly elapsed: () => number },
): AuditTexts {
  const written = (write: (results: AuditResults) => string) => {
    let last: { readonly at: number; readonly text: string } | undefined;
    return () => {
      const findings = audits.wholeFindings();
      if (!findings) {
        last = undefined;
        return undefined;
      }
      if (last && elapsed() - last.at < freshMs) return last.text;
      last = { at: elapsed(), text: write({ version, now: now(), findings, ages: audits.ages() }) };
      return last.text;
    };
  };
  return {
    json: written(auditJson),
    page: written(auditPage),
    emptyPage: emptyAuditPage,
    policy: pagePolicy,
  };
}
