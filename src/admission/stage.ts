import type { Decision } from './decision.ts';
import { shortened } from './message.ts';

/**
 * How far an installation has come: `observe` changes and refuses nothing and says what it would have refused,
 * `mutate` adds annotations and labels as well, `enforce` refuses too.
 */
export type Stage = 'observe' | 'mutate' | 'enforce';

export const stages: readonly Stage[] = ['observe', 'mutate', 'enforce'];

/** What becomes of a validating decision at a stage: before `enforce` a denial is a warning. */
export function validateAtStage(decision: Decision, stage: Stage): Decision {
  const { status, ...rest } = decision;
  if (stage === 'enforce' || !status) return decision;
  const [first = ''] = status.message.split('\n');
  return { ...rest, allowed: true, warnings: [shortened(`would be denied: ${first}`), ...decision.warnings] };
}

/** What becomes of a mutating decision at a stage: while it only observes, nothing is changed. */
export function mutateAtStage(decision: Decision, stage: Stage): Decision {
  return stage === 'observe' ? { ...decision, patch: [], auditAnnotations: {} } : decision;
}
