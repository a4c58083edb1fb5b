import type { ObjectReference } from '../../kubernetes/object.ts';
import { profileStep, type TrailStep } from '../flow/trail.ts';
import type { DirectionCoverage, UnknownReason } from './coverage.ts';

/** A result for another namespace with the same policies but for their namespace. */
export function renamed(result: DirectionCoverage, from: string, to: string): DirectionCoverage {
  let holes: DirectionCoverage['holes'] | undefined;
  const { direction, verdict, witness, decidedBy, reasons } = result;
  return {
    direction,
    verdict,
    ...(witness ? { witness } : {}),
    decidedBy: decidedBy.map((step) => renamedStep(step, from, to)),
    reasons: reasons.map((reason) => renamedReason(reason, from, to)),
    get holes() {
      holes ??= result.holes.map((hole) => ({ ...hole, policy: renamedReference(hole.policy, from, to) }));
      return holes;
    },
  };
}

function renamedStep(step: TrailStep, from: string, to: string): TrailStep {
  if (step.kind === 'Profile') return profileStep(to);
  return step.namespace === from ? { ...step, namespace: to } : step;
}

function renamedReference(reference: ObjectReference, from: string, to: string): ObjectReference {
  return reference.namespace === from ? { ...reference, namespace: to } : reference;
}

function renamedReason(reason: UnknownReason, from: string, to: string): UnknownReason {
  const { object } = reason;
  if (object?.namespace !== from) return reason;
  const [was, is] = [`${object.kind} ${from}/${object.name} `, `${object.kind} ${to}/${object.name} `];
  return {
    ...reason,
    object: renamedReference(object, from, to),
    message: reason.message.replace(was, () => is),
  };
}
