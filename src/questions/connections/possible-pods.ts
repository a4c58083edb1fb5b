import type { PolicyWorld } from '../../calico/index.ts';
import type { PodFound } from '../flow/flow-end.ts';
import type { QuestionContext } from '../question-context.ts';

export function possiblePods(_question: QuestionContext, _worlds: readonly PolicyWorld[]): readonly PodFound[] {
  return [];
}
