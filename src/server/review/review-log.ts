import type { Logger } from 'pino';
import type { Decision } from '../../admission/decision.ts';
import { denies, type JudgedFinding } from '../../engine/judgement.ts';
import { cut } from '../../text/cut.ts';
import type { ReviewObserver } from './review-record.ts';

/** A review that takes longer than this, in milliseconds, is worth a line. */
const slowMs = 500;
/** Findings of one review that are shown with their witness, and the length of one in characters. */
const mostWitnesses = 8;
const longestWitness = 500;

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
      ...(decision?.withheld ? { withheld: decision.withheld } : {}),
      ...witnessesOf(decision),
      ...detailsOf(decision),
      milliseconds: Math.round(milliseconds),
    };
    if (error !== undefined) log.error({ ...about, err: error }, 'a review could not be judged');
    else if (!allowed) log.warn(about, 'review denied');
    else if (isQuiet) log.warn(about, 'a review was slow');
    else log.info(about, 'review allowed with warnings');
  };
}

/** What proves each finding, so that a denial can be looked into long after the object is gone; denials come first. */
function witnessesOf(decision: Decision | undefined): { readonly witnesses?: readonly object[] } {
  const proven = decision?.findings.filter(({ witness }) => witness !== undefined) ?? [];
  if (proven.length === 0) return {};
  const [decisive, others] = [proven.filter(denies), proven.filter((finding) => !denies(finding))];
  return { witnesses: [...decisive, ...others].slice(0, mostWitnesses).map(witnessOf) };
}

function witnessOf({ rule, pointer, namespace, witness = '' }: JudgedFinding): object {
  return {
    rule,
    ...(pointer === '' ? {} : { pointer: cut(pointer, longestWitness) }),
    ...(namespace === undefined ? {} : { namespace }),
    witness: cut(witness, longestWitness),
  };
}

/** What whoever asked was not told, since it is in the namespace of others. */
function detailsOf(decision: Decision | undefined): { readonly details?: readonly string[] } {
  const details = decision?.findings.flatMap(({ forLog }) => forLog ?? []) ?? [];
  return details.length > 0 ? { details } : {};
}
