import type { ObjectReference } from '../../../kubernetes/object.ts';
import { profileStep, type TrailStep } from '../../flow/trail.ts';
import type { DirectionCoverage, Hole, UnknownReason, WideOpening } from '../coverage.ts';

/** A result with the namespace it was found for: for another one of its kind only names differ. */
export interface StoredResult {
  readonly namespace: string;
  readonly result: DirectionCoverage;
  /** Whether the result names its namespace at all. */
  readonly namesNamespace: boolean;
}

export function storedResult(namespace: string, result: DirectionCoverage): StoredResult {
  const { decidedBy, holes, reasons } = result;
  const steps = [...decidedBy, ...openingSteps(result)];
  const namesNamespace =
    steps.some((step) => step.kind === 'Profile' || step.namespace === namespace) ||
    holes.some(({ policy }) => policy.namespace === namespace) ||
    reasons.some(({ object }) => object?.namespace === namespace);
  return { namespace, result, namesNamespace };
}

/** The result for another namespace with the same policies but for their namespace. */
export function renamed(
  { namespace: from, result, namesNamespace }: StoredResult,
  to: string,
): DirectionCoverage {
  if (from === to || !namesNamespace) return result;
  return {
    ...result,
    decidedBy: result.decidedBy.map((step) => renamedStep(step, from, to)),
    holes: result.holes.map((hole) => renamedHole(hole, from, to)),
    reasons: result.reasons.map((reason) => renamedReason(reason, from, to)),
    ...(result.wideOpen ? { wideOpen: renamedOpening(result.wideOpen, from, to) } : {}),
  };
}

function openingSteps({ wideOpen }: DirectionCoverage): readonly TrailStep[] {
  return wideOpen && 'witness' in wideOpen ? [...wideOpen.tcp, ...wideOpen.udp] : [];
}

function renamedOpening(opening: WideOpening, from: string, to: string): WideOpening {
  if (!('witness' in opening)) return opening;
  const rename = (step: TrailStep) => renamedStep(step, from, to);
  return { ...opening, tcp: opening.tcp.map(rename), udp: opening.udp.map(rename) };
}

function renamedStep(step: TrailStep, from: string, to: string): TrailStep {
  if (step.kind === 'Profile') return profileStep(to);
  return step.namespace === from ? { ...step, namespace: to } : step;
}

function renamedHole(hole: Hole, from: string, to: string): Hole {
  return hole.policy.namespace === from ? { ...hole, policy: renamedReference(hole.policy, to) } : hole;
}

function renamedReference(reference: ObjectReference, namespace: string): ObjectReference {
  return { ...reference, namespace };
}

function renamedReason(reason: UnknownReason, from: string, to: string): UnknownReason {
  const { object } = reason;
  if (object?.namespace !== from) return reason;
  const [was, is] = [`${object.kind} ${from}/${object.name} `, `${object.kind} ${to}/${object.name} `];
  return {
    ...reason,
    object: renamedReference(object, to),
    message: reason.message.replace(was, () => is),
  };
}
