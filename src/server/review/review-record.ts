import type { Decision } from '../../admission/decision.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';

/** Which of the two webhooks is called. */
export type Webhook = 'validate' | 'mutate';

/** A review that has been answered, for those who keep the log and the numbers. */
export interface ReviewRecord {
  readonly webhook: Webhook;
  readonly uid: string;
  /** Undefined where the request could not be read, though it has a uid. */
  readonly request: AdmissionRequest | undefined;
  /** Undefined where there is no decision; `error` then says why. */
  readonly decision: Decision | undefined;
  readonly error: unknown;
  readonly allowed: boolean;
  /** From the moment its body had arrived. */
  readonly milliseconds: number;
}

/** Told of each review after it was judged; it must not throw. */
export type ReviewObserver = (record: ReviewRecord) => void;
