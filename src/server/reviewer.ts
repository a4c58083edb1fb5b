import type { Decision } from '../admission/decision.ts';
import { answerMutate, answerValidate } from '../admission/review.ts';
import { mutateAtStage, type Stage, validateAtStage } from '../admission/stage.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { denies } from '../engine/judgement.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { overlay } from '../inventory/overlay.ts';
import type { DirectLook } from '../inventory/direct-look.ts';
import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import type { ConfirmationOutcome } from './metrics.ts';

/**
 * Answers reviews; what Fastify and the demo see of the judgement. Nearly every answer is there at once: only those that
 * have to be looked at twice are waited for.
 */
export interface Reviewer {
  readonly validate: (request: AdmissionRequest) => Decision | Promise<Decision>;
  readonly mutate: (request: AdmissionRequest) => Decision | Promise<Decision>;
}

export interface ReviewerOptions {
  readonly inventory: Inventory;
  /** Asked for each review, so that a changed convention is in force at once. */
  readonly conventions: () => ConventionSet;
  readonly clock: () => Date;
  readonly stage: Stage;
  /** Direct reads beside the inventory; without them (files) the inventory is all there is. */
  readonly look?: {
    /** At the namespace of a request that the inventory does not know yet. */
    readonly namespace: (request: AdmissionRequest) => Promise<DirectLook>;
    /** At what an answer rests on, with the ids of the rules that deny and the namespaces it reaches besides. */
    readonly answer: (
      request: AdmissionRequest,
      denying: readonly string[],
      reaches: readonly string[],
    ) => Promise<DirectLook>;
  };
  /** Told of each answer that was looked at twice. */
  readonly onConfirmation?: (outcome: ConfirmationOutcome) => void;
}

/**
 * Answers from the inventory at hand, and looks twice where a moment matters: before it refuses, since a policy
 * applied a moment before its namespace must count, and before something is taken away that others may rely on.
 */
export function createReviewer(options: ReviewerOptions): Reviewer {
  const { inventory, conventions, clock, stage, look, onConfirmation = () => {} } = options;
  const validate = (request: AdmissionRequest, known: Inventory) =>
    validateAtStage(answerValidate(request, known, conventions(), clock()), stage);
  /** Without the namespace nobody knows which convention governs the object, and what it inherits. */
  const withInventory = (
    request: AdmissionRequest,
    answer: (known: Inventory) => Decision | Promise<Decision>,
  ): Decision | Promise<Decision> => {
    const { namespace } = request;
    if (!look || namespace === undefined || inventory.namespace(namespace)) return answer(inventory);
    return look.namespace(request).then((direct) => answer(withChange(inventory, direct)));
  };
  const confirm = async (
    request: AdmissionRequest,
    first: Decision,
    ask: NonNullable<typeof look>['answer'],
  ) => {
    const denying = first.findings.filter(denies).map(({ rule }) => rule);
    const direct = await ask(request, denying, first.reaches ?? []);
    const second = direct.fresh
      ? validate(request, withChange(inventory, direct))
      : withNote(first, direct.why);
    onConfirmation(direct.fresh ? (second.allowed === first.allowed ? 'confirmed' : 'changed') : 'failed');
    return second;
  };
  return {
    validate: (request) =>
      withInventory(request, (known) => {
        const first = validate(request, known);
        return look && first.restsOnInventory ? confirm(request, first, look.answer) : first;
      }),
    mutate: (request) =>
      withInventory(request, (known) =>
        mutateAtStage(answerMutate(request, known, conventions(), clock()), stage),
      ),
  };
}

/** The watch may have brought the change meanwhile; then the inventory has it. */
function withChange(inventory: Inventory, direct: DirectLook): Inventory {
  if (!direct.fresh) return inventory;
  const { put = [], remove = [] } = direct.change;
  return put.length + remove.length === 0 ? inventory : overlay(inventory, direct.change);
}

function withNote(decision: Decision, why: string): Decision {
  const note = `this answer could not be confirmed by a direct read: ${why}`;
  const { status, warnings } = decision;
  if (!status) return { ...decision, warnings: [note, ...warnings] };
  return { ...decision, status: { ...status, message: `${status.message}\nnote: ${note}` } };
}
