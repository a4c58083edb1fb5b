import type { Decision } from '../../admission/decision.ts';
import type { AdmissionResponse } from '../../kubernetes/admission-review.ts';
import type { Webhook } from './review-record.ts';
import { cut } from '../../text/cut.ts';

/** An AdmissionReview as it goes back to the API server. */
export interface AnsweredReview {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

/**
 * Puts a decision into the form the API server reads: uid echoed, patch as base64 and only where there is one.
 * Source: Kubernetes, "Dynamic Admission Control", webhook response.
 */
export function answerReview(uid: string, decision: Decision, help: DenialHelp = {}): AnsweredReview {
  const { allowed, warnings, patch, auditAnnotations } = decision;
  const status = !allowed && decision.status ? withHelp(decision.status, help) : decision.status;
  return envelope({
    uid,
    allowed,
    ...(status ? { status } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(patch.length > 0
      ? { patchType: 'JSONPatch' as const, patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
      : {}),
    ...(Object.keys(auditAnnotations).length > 0 ? { auditAnnotations } : {}),
  });
}

/** Where somebody whose request is refused reads on, and whom to ask. */
export interface DenialHelp {
  /** Address of a page. */
  readonly docs?: string;
  /** For example "#platform on chat". */
  readonly support?: string;
}

function withHelp<Status extends { readonly message: string }>(
  status: Status,
  { docs, support }: DenialHelp,
): Status {
  const lines = [...(docs ? [`Documentation: ${docs}`] : []), ...(support ? [`Support: ${support}`] : [])];
  return lines.length === 0 ? status : { ...status, message: [status.message, ...lines].join('\n') };
}

/** Why a review with a uid got no decision. */
export type Failure = 'unreadable' | 'failed' | 'timeout';

const statuses = {
  unreadable: { code: 400, reason: 'BadRequest' },
  failed: { code: 500, reason: 'InternalError' },
  timeout: { code: 504, reason: 'Timeout' },
} as const;

/**
 * The answer where there is no decision. What nobody has judged is refused; what nobody has changed may go on, with a
 * warning, since the validating webhook judges what becomes of it. An HTTP error would leave both to the webhook's
 * failure policy, which may let anything through without a word.
 */
export function answerFailure(uid: string, webhook: Webhook, failure: Failure, why: string): AnsweredReview {
  if (webhook === 'mutate') {
    return envelope({
      uid,
      allowed: true,
      warnings: [cut(`tollgate added nothing to this object: ${why}`, longestWarning)],
    });
  }
  const message = `tollgate could not judge this request, so it is refused: ${why} (review ${uid})`;
  return envelope({ uid, allowed: false, status: { ...statuses[failure], message } });
}

function envelope(response: AdmissionResponse): AnsweredReview {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}

/** Kubernetes asks for warnings of at most 120 characters. */
const longestWarning = 120;
