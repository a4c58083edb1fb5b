import type { Decision } from '../admission/decision.ts';
import { answerMutate, answerValidate } from '../admission/review.ts';
import { mutateAtStage, type Stage, validateAtStage } from '../admission/stage.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { AdmissionRequest } from '../kubernetes/admission-review.ts';

/** Answers reviews; what Fastify and the demo see of the judgement. */
export interface Reviewer {
  readonly validate: (request: AdmissionRequest) => Promise<Decision>;
  readonly mutate: (request: AdmissionRequest) => Promise<Decision>;
}

export interface ReviewerOptions {
  readonly inventory: Inventory;
  /** Asked for each review, so that a changed convention is in force at once. */
  readonly conventions: () => ConventionSet;
  readonly clock: () => Date;
  readonly stage: Stage;
  /**
   * Brings the inventory up to date with one direct read of what the request's verdict rests on; the answer says
   * why not where that can't be done. Without it (files) the inventory is all there is.
   */
  readonly refresh?: (request: AdmissionRequest) => Promise<RefreshOutcome>;
}

export type RefreshOutcome = { readonly fresh: true } | { readonly fresh: false; readonly why: string };

/**
 * Answers from the inventory at hand, and looks twice where a moment matters: before it refuses, since a policy
 * applied a moment before its namespace must count, and before something is taken away that others may rely on.
 */
export function createReviewer({ inventory, conventions, clock, stage, refresh }: ReviewerOptions): Reviewer {
  const knowsNamespace = ({ namespace }: AdmissionRequest) =>
    namespace === undefined || inventory.namespace(namespace) !== undefined;
  return {
    validate: async (request) => {
      const outcome = knowsNamespace(request) ? undefined : await refresh?.(request);
      const answer = () => validateAtStage(answerValidate(request, inventory, conventions(), clock()), stage);
      const first = answer();
      if (!refresh || !first.restsOnInventory || outcome?.fresh) return first;
      const second = await refresh(request);
      return second.fresh ? answer() : withNote(first, second.why);
    },
    mutate: async (request) => {
      // Without the namespace nobody knows which convention governs the object, and what it inherits.
      if (!knowsNamespace(request)) await refresh?.(request);
      return mutateAtStage(answerMutate(request, inventory, conventions(), clock()), stage);
    },
  };
}

function withNote(decision: Decision, why: string): Decision {
  const note = `this answer could not be confirmed by a direct read: ${why}`;
  const { status, warnings } = decision;
  if (!status) return { ...decision, warnings: [note, ...warnings] };
  return { ...decision, status: { ...status, message: `${status.message}\nnote: ${note}` } };
}
