import type { DocumentOutcome } from './accepted-documents.ts';
import type { WaiverStanding } from './waiver-standing.ts';
import { cut } from '../text/cut.ts';

/** `metav1.Condition`. */
export interface Condition {
  readonly type: 'Accepted';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export interface DocumentStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  /** Of a waiver, once that has been counted: the findings that it covers, of how many objects in how many namespaces. */
  readonly findings?: number;
  readonly objects?: number;
  readonly namespaces?: number;
  /** Of what it names those of which it covers nothing. */
  readonly deadNames?: readonly string[];
}

/** What the status of a waiver says of what it covers. */
export type StatusCounts = Pick<DocumentStatus, 'findings' | 'objects' | 'namespaces' | 'deadNames'>;

/** Longer messages are refused by the API server. */
const longestMessage = 32_768;

/**
 * What the status of a ConventionPolicy or Waiver should be; a waiver that has ended is no longer accepted. The time of the last transition stays where there is none.
 * Source: Kubernetes API conventions, typical status properties.
 */
export function statusOf(
  { problems, formerInForce }: DocumentOutcome,
  generation: number,
  now: Date,
  before?: { readonly conditions?: unknown },
  counted: StatusCounts = {},
  standing: WaiverStanding = { counts: true, reason: 'InForce', message: 'it is in force' },
): DocumentStatus {
  const isAccepted = problems.length === 0;
  const consequence = formerInForce ? 'the former version stays in force' : 'it is not in force';
  const status = isAccepted && standing.counts ? 'True' : 'False';
  const message = isAccepted ? standing.message : `${problems.join('\n')}\n${consequence}`;
  const conditions: readonly unknown[] = Array.isArray(before?.conditions) ? before.conditions : [];
  const former = conditions.find(
    (condition): condition is Condition =>
      typeof condition === 'object' &&
      condition !== null &&
      'type' in condition &&
      condition.type === 'Accepted',
  );
  const since = former?.status === status ? former.lastTransitionTime : undefined;
  return {
    observedGeneration: generation,
    conditions: [
      {
        type: 'Accepted',
        status,
        reason: isAccepted ? standing.reason : 'Invalid',
        message: cut(message, longestMessage, { mark: '' }),
        observedGeneration: generation,
        lastTransitionTime: since ?? now.toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    ],
    ...counted,
  };
}
