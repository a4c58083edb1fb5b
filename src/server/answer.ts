import type { Decision } from '../admission/decision.ts';
import type { AdmissionResponse } from '../kubernetes/admission-review.ts';

/** An AdmissionReview as it goes back to the API server. */
export interface AnsweredReview {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

/** Puts a decision into the form the API server reads: uid echoed, patch as base64 and only where there is one. */
export function answerReview(uid: string, decision: Decision): AnsweredReview {
  const { allowed, status, warnings, patch, auditAnnotations } = decision;
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

/** A review that could not be judged is refused, with a reason: what nobody has looked at is not let in. */
export function answerFailure(uid: string, message: string): AnsweredReview {
  return envelope({ uid, allowed: false, status: { code: 500, reason: 'InternalError', message } });
}

function envelope(response: AdmissionResponse): AnsweredReview {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}
