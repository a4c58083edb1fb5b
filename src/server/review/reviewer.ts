import type { Decision } from '../../admission/decision.ts';
import { answerMutate, answerValidate } from '../../admission/review.ts';
import { mutateAtStage, type Stage, validateAtStage } from '../../admission/stage.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { denies } from '../../engine/judgement.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { withFreshRead, type FreshRead } from '../../inventory/fresh-read.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';
import { takeAwayOf } from '../../admission/may-open-namespaces.ts';
import { createStepClock, type StepObserver } from './review-step.ts';
import type { UndoneChanges } from './undone-changes.ts';
import { createOwnText, createTakeAways, type SharedText } from './take-aways.ts';

/**
 * Answers reviews; what Fastify and the demo see of the judgement. Nearly every answer is there at once: only those that
 * have to be looked at twice are waited for.
 */
export interface Reviewer {
  readonly validate: (request: AdmissionRequest) => Decision | Promise<Decision>;
  readonly mutate: (request: AdmissionRequest) => Decision | Promise<Decision>;
}

/** What the second look at an answer did: it was the same, another one, or could not be had. */
export type ConfirmationOutcome = 'confirmed' | 'changed' | 'failed';

export interface ReviewerOptions {
  readonly inventory: Inventory;
  /** Asked for each review, so that a changed convention is in force at once. */
  readonly conventions: () => ConventionSet;
  readonly clock: () => Date;
  /** Milliseconds since some fixed point, for what a review has waited. */
  readonly elapsed?: () => number;
  readonly stage: Stage;
  /** Direct reads beside the inventory; without them (files) the inventory is all there is. */
  readonly freshReads?: {
    /** At the namespace of a request that the inventory does not know yet. */
    readonly namespace: (request: AdmissionRequest) => Promise<FreshRead>;
    /** At what an answer rests on, with the ids of the rules that deny and the namespaces it reaches besides. */
    readonly answer: (
      request: AdmissionRequest,
      denying: readonly string[],
      reaches: readonly string[],
    ) => Promise<FreshRead>;
    /** At what takes cover away, at namespaces in which nothing is known to run, and at those it reaches besides. */
    readonly takeAway: (
      request: AdmissionRequest,
      emptied: readonly string[],
      reaches: readonly string[],
    ) => Promise<FreshRead>;
  };
  /** What replicas tell each other of changes that take cover away; without it there is one replica. */
  readonly shared?: SharedText;
  /** What writers undo; without it nothing is remembered of them. */
  readonly undone?: Pick<UndoneChanges, 'settle'>;
  /** Told of each step of an answer; without it no time is taken. */
  readonly onStep?: StepObserver;
  /** Told of each answer that was looked at twice. */
  readonly onConfirmation?: (outcome: ConfirmationOutcome) => void;
}

/**
 * Answers from the inventory at hand, and looks twice where a moment matters: before it refuses, since a policy
 * applied a moment before its namespace must count, and before cover is taken away. A refusal that cannot be confirmed
 * stays one, and so a change that takes cover away becomes one; before the stage `enforce` nothing is refused, and
 * nothing that is allowed is looked at twice.
 */
export function createReviewer(options: ReviewerOptions): Reviewer {
  const { inventory, conventions, clock, stage, freshReads, onConfirmation = () => {} } = options;
  const { elapsed = () => performance.now() } = options;
  const step = createStepClock(options.onStep, elapsed);
  const validate = (request: AdmissionRequest, known: Inventory) =>
    step(request, 'judge', () =>
      validateAtStage(answerValidate(request, known, conventions(), clock()), stage),
    );
  /** Without the namespace nobody knows which convention governs the object, and what it inherits. */
  const withInventory = (
    request: AdmissionRequest,
    answer: (known: Inventory) => Decision | Promise<Decision>,
  ): Decision | Promise<Decision> => {
    const { namespace } = request;
    if (!freshReads || namespace === undefined || inventory.namespace(namespace)) return answer(inventory);
    return step(request, 'read namespace', () => freshReads.namespace(request)).then((direct) =>
      answer(withFreshRead(inventory, direct)),
    );
  };
  const takes = (request: AdmissionRequest, known: Inventory) =>
    takeAwayOf(request, known, conventions(), clock());
  const takeAways =
    freshReads &&
    createTakeAways({
      inventory,
      shared: options.shared ?? createOwnText(),
      freshRead: freshReads.takeAway,
      validate,
      takeAwayOf: takes,
      now: () => clock().getTime(),
    });
  const confirmTakeAway = (
    request: AdmissionRequest,
    first: Decision,
    known: Inventory,
    spent = 0,
  ): Decision | Promise<Decision> => {
    const asked = takeAways && stage === 'enforce' ? takes(request, known) : undefined;
    if (!takeAways || !asked) return first;
    return step(request, 'agree with replicas', () => takeAways(request, first, asked, spent)).then(
      (second) => {
        onConfirmation(second.allowed ? 'confirmed' : second.status?.code === 503 ? 'failed' : 'changed');
        return second;
      },
    );
  };
  const confirm = async (
    request: AdmissionRequest,
    first: Decision,
    ask: NonNullable<typeof freshReads>['answer'],
  ) => {
    const denying = first.findings.filter(denies).map(({ rule }) => rule);
    const begun = elapsed();
    const direct = await step(request, 'confirm by a direct read', () =>
      ask(request, denying, first.reaches ?? []),
    );
    const known = withFreshRead(inventory, direct);
    const second = direct.fresh ? validate(request, known) : withNote(first, direct.why);
    onConfirmation(direct.fresh ? (second.allowed === first.allowed ? 'confirmed' : 'changed') : 'failed');
    return second.allowed ? confirmTakeAway(request, second, known, elapsed() - begun) : second;
  };
  return {
    validate: (request) =>
      withInventory(request, (known) => {
        const first = validate(request, known);
        if (!freshReads || !first.restsOnInventory) return first;
        return first.findings.some(denies)
          ? confirm(request, first, freshReads.answer)
          : confirmTakeAway(request, first, known);
      }),
    mutate: (request) =>
      withInventory(request, (known) => {
        const decision = step(request, 'judge', () =>
          mutateAtStage(answerMutate(request, known, conventions(), clock()), stage),
        );
        return options.undone?.settle(request, decision) ?? decision;
      }),
  };
}

function withNote(decision: Decision, why: string): Decision {
  const note = `this answer could not be confirmed by a direct read: ${why}`;
  const { status, warnings } = decision;
  if (!status) return { ...decision, warnings: [note, ...warnings] };
  return { ...decision, status: { ...status, message: `${status.message}\nnote: ${note}` } };
}
