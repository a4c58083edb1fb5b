import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';

/** A part of the answer to a review that takes time of its own; times are milliseconds since some fixed point. */
export interface ReviewStep {
  readonly name: 'judge' | 'read namespace' | 'confirm by a direct read' | 'agree with replicas';
  readonly begun: number;
  readonly ended: number;
}

/** Told of each step of a review once it has ended; it must not throw. */
export type StepObserver = (request: AdmissionRequest, step: ReviewStep) => void;

/** Does a part of the answer and tells how long it took. */
export type StepClock = <Answer extends object>(
  request: AdmissionRequest,
  name: ReviewStep['name'],
  work: () => Answer,
) => Answer;

/** Measures steps for an observer; where there is none nothing is measured. */
export function createStepClock(observer: StepObserver | undefined, elapsed: () => number): StepClock {
  if (!observer) return (_request, _name, work) => work();
  return (request, name, work) => {
    const begun = elapsed();
    const end = () => observer(request, { name, begun, ended: elapsed() });
    const answer = work();
    if (answer instanceof Promise) answer.then(end, end);
    else end();
    return answer;
  };
}
