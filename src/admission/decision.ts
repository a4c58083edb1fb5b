import type { JudgedFinding } from '../engine/judgement.ts';
import type { PatchOperation } from './patch.ts';

/** Why a request is refused, as the API server passes it on. */
export interface DenialStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** After so many seconds clients of Kubernetes ask again by themselves, where the code says that this may help. */
  readonly details?: { readonly retryAfterSeconds: number };
}

/** What tollgate answers to one review; the server turns it into an AdmissionResponse. */
export interface Decision {
  readonly allowed: boolean;
  /** Set on a denial: the HTTP status the API server passes on, and the text kubectl prints. */
  readonly status?: DenialStatus;
  /** At most 120 characters each, the most important first. */
  readonly warnings: readonly string[];
  /** Empty where nothing is to change. */
  readonly patch: readonly PatchOperation[];
  /** Keys without prefix: the API server puts the webhook's name before them. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly findings: readonly JudgedFinding[];
  /** The answer may hang on what happened a moment ago: worth one direct read before it is sent. */
  readonly restsOnInventory: boolean;
  /** What the mutating webhook would have added, had the writer not taken it away again and again. */
  readonly withheld?: { readonly writer: string; readonly rules: readonly string[] };
  /** Namespaces beyond that of the object which the answer rests on as well. */
  readonly reaches?: readonly string[];
}
