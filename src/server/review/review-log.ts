import type { Logger } from 'pino';
import type { Decision } from '../../admission/decision.ts';
import type { ReviewObserver } from './review-record.ts';

/** A review that takes longer than this, in milliseconds, is worth a line. */
const slowMs = 500;

/**
 * Writes one line for a review that somebody may ask about: refused, warned about, failed or slow; never an object's
 * body. A line for each review would cost a quarter of the server's time.
 */
export function createReviewLog(log: Logger): ReviewObserver {
  return ({ webhook, uid, request, decision, error, allowed, milliseconds }) => {
    const isSlow = milliseconds >= slowMs;
    const isQuiet = error === undefined && allowed && decision?.warnings.length === 0;
    if (isQuiet && !isSlow) return;
    const { metadata } = request?.object ?? request?.oldObject ?? {};
    const about = {
      webhook,
      uid,
      operation: request?.operation,
      kind: request?.kind.kind,
      namespace: request?.namespace,
      name: metadata?.name ?? metadata?.generateName,
      user: request?.user.username,
      dryRun: request?.dryRun || undefined,
      allowed,
      rules: decision && [...new Set(decision.findings.map(({ rule }) => rule))],
      ...detailsOf(decision),
      milliseconds: Math.round(milliseconds),
    };
    if (error !== undefined) log.error({ ...about, err: error }, 'a review could not be judged');
    else if (!allowed) log.warn(about, 'review denied');
    else if (isQuiet) log.warn(about, 'a review was slow');
    else log.info(about, 'review allowed with warnings');
  };
}

/** What whoever asked was not told, since it is in the namespace of others. */
function detailsOf(decision: Decision | undefined): { readonly details?: readonly string[] } {
  const details = decision?.findings.flatMap(({ forLog }) => forLog ?? []) ?? [];
  return details.length > 0 ? { details } : {};
}
