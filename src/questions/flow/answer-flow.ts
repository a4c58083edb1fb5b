import type { PolicyWorld, PossibleEnd } from '../../calico/index.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import type { QuestionContext } from '../question-context.ts';
import { answerHalf, type HalfFound } from './answer-half.ts';
import type { FlowAnswer, MeshAnswer } from './flow-answer.ts';
import type { FlowEndFound, PortFound } from './flow-end.ts';
import { meshOfFlow, type MeshOfFlow } from './mesh-of-flow.ts';

/** An answer with what the smallest opening is made of. */
export interface JudgedFlow {
  readonly answer: FlowAnswer;
  readonly egress?: HalfFound;
  readonly ingress?: HalfFound;
  readonly mesh: MeshOfFlow;
}

/**
 * Answers whether one end may connect to a port of another: what the policies of both say (Calico), on the port that
 * they see, and whether the proxy of the destination lets the source in (Linkerd).
 */
export function answerFlow(
  source: FlowEndFound,
  destination: FlowEndFound,
  port: PortFound,
  question: QuestionContext,
): JudgedFlow {
  const mesh = meshOfFlow(source, destination, port, question);
  const { inventory } = question;
  const [first, ...others] = possibleWorlds(inventory).flatMap(({ untilVersion, worlds }) =>
    worlds.map((world) => ({ untilVersion, ...halvesOf(world, source, destination, port, mesh) })),
  );
  const differing = others.find((other) => verdictOf(other, mesh) !== verdictOf(first ?? {}, mesh));
  const unknown = [
    ...(first?.egress?.unknown ?? []),
    ...(first?.ingress?.unknown ?? []),
    ...(mesh.answer?.encrypted === 'unknown' ? [mesh.answer.text] : []),
    ...(mesh.answer?.authorized?.verdict === 'unknown' ? [mesh.answer.authorized.text] : []),
    ...(differing ? [differenceInWords(differing.untilVersion)] : []),
    ...inventory.gaps.slice(0, mostGaps).map(({ what, why }) => `${what} could not be read: ${why}`),
  ];
  const verdict = differing || inventory.gaps.length > 0 ? 'unknown' : verdictOf(first ?? {}, mesh);
  const { egress, ingress } = first ?? {};
  const answer: FlowAnswer = {
    verdict,
    source: source.name,
    destination: destination.name,
    protocol: port.protocol,
    port: port.port,
    dialed: mesh.dialed,
    ...(port.by ? { service: { name: port.by.service, port: port.by.port } } : {}),
    ...(egress ? { egress: egress.answer } : {}),
    ...(ingress ? { ingress: ingress.answer } : {}),
    ...(mesh.answer ? { mesh: mesh.answer } : {}),
    unknown: verdict === 'unknown' ? unknown : [],
  };
  return { answer, mesh, ...(egress ? { egress } : {}), ...(ingress ? { ingress } : {}) };
}

const mostGaps = 3;

interface Halves {
  readonly egress?: HalfFound;
  readonly ingress?: HalfFound;
}

function halvesOf(
  world: PolicyWorld,
  source: FlowEndFound,
  destination: FlowEndFound,
  { protocol }: PortFound,
  { dialed }: MeshOfFlow,
): Halves {
  const flow = { source: endOf(source), destination: endOf(destination), protocol, port: dialed };
  const egress = source.kind === 'pod' ? answerHalf(world, 'Egress', flow, destination) : undefined;
  const ingress = destination.kind === 'pod' ? answerHalf(world, 'Ingress', flow, source) : undefined;
  return { ...(egress ? { egress } : {}), ...(ingress ? { ingress } : {}) };
}

function endOf(end: FlowEndFound): PossibleEnd {
  return end.kind === 'pod' ? { pod: end.pod } : { ip: end.ip };
}

/** Denied as soon as one says so for certain; allowed only if all do. */
function verdictOf({ egress, ingress }: Halves, { answer }: MeshOfFlow): FlowAnswer['verdict'] {
  const doubtful: MeshAnswer['encrypted'] | undefined = answer?.encrypted;
  if (doubtful === 'unknown') return 'unknown';
  const verdicts = new Set([egress?.answer.verdict, ingress?.answer.verdict, answer?.authorized?.verdict]);
  if (verdicts.has('denied')) return 'denied';
  return verdicts.has('unknown') ? 'unknown' : 'allowed';
}

function differenceInWords(untilVersion: string | undefined): string {
  return untilVersion === undefined
    ? 'a policy is being deleted, and without it the answer is another one'
    : `Calico until ${untilVersion} reads the policies in another way, and the version is not known (spec.calico.version of a convention)`;
}
