import { selectorOfLabels, supposePod } from '../../calico/index.ts';
import { authorizationFor } from '../../facts/mesh/authorization-for.ts';
import { nameInTier, openingPlace, ruleFor } from '../../facts/policy/opening-policy.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import { stringMap, type KubernetesObject } from '../../kubernetes/object.ts';
import { overlay } from '../../inventory/overlay.ts';
import { listInWords } from '../../text/list.ts';
import type { QuestionContext } from '../question-context.ts';
import { answerFlow, type JudgedFlow } from './answer-flow.ts';
import type { Opening } from './flow-answer.ts';
import type { FlowEndFound, PodFound, PortFound } from './flow-end.ts';
import { podsOf } from './find-pods.ts';

/**
 * The objects that allow exactly what was denied: a policy of Calico for each end that is closed, in the tier where it is
 * denied and before what denies it, and Linkerd's for a proxy that lets the source not in. They are given only if the
 * engine says that with them the connection is allowed, and that they close nothing for anybody else.
 */
export function smallestOpening(
  source: FlowEndFound,
  destination: FlowEndFound,
  port: PortFound,
  judged: JudgedFlow,
  question: QuestionContext,
): Opening {
  const { answer, mesh } = judged;
  const objects: KubernetesObject[] = [];
  const alsoFor = new Set<string>();
  for (const direction of ['Egress', 'Ingress'] as const) {
    const [own, peer] = direction === 'Egress' ? [source, destination] : [destination, source];
    const found = direction === 'Egress' ? judged.egress : judged.ingress;
    if (found?.answer.verdict !== 'denied' || own.kind !== 'pod') continue;
    const opening = openingOf(direction, own, peer, port, judged, question);
    if ('none' in opening) return opening;
    objects.push(...opening.objects);
    for (const name of opening.alsoFor) alsoFor.add(name);
  }
  if (mesh.answer?.authorized?.verdict === 'denied') {
    const authorization = authorizationOf(source, port, judged);
    if ('none' in authorization) return authorization;
    objects.push(authorization.object);
  }
  const opened = { ...question, inventory: overlay(question.inventory, { put: objects }) };
  if (objects.length === 0 || answerFlow(source, destination, port, opened).answer.verdict !== 'allowed')
    return { none: `what denies it cannot be overruled by a policy of its namespace: ${whatDenies(answer)}` };
  return { objects, alsoFor: [...alsoFor] };
}

function whatDenies({ egress, ingress, mesh }: JudgedFlow['answer']): string {
  const steps = [egress, ingress].flatMap((half) =>
    half?.verdict === 'denied' ? (half.steps.at(-1)?.text ?? []) : [],
  );
  const lock = mesh?.authorized?.verdict === 'denied' ? [mesh.authorized.text] : [];
  return listInWords([...steps, ...lock]);
}

function openingOf(
  direction: Direction,
  own: PodFound,
  peer: FlowEndFound,
  { protocol }: PortFound,
  { answer, egress, ingress }: JudgedFlow,
  question: QuestionContext,
): Opening {
  const found = direction === 'Egress' ? egress : ingress;
  const place = found?.decider && openingPlace([{ trail: found.half.trail, decidedBy: found.decider }]);
  if (!place)
    return { none: `no NetworkPolicy can overrule what denies: ${found?.answer.steps.at(-1)?.text ?? ''}` };
  const others = namesakes(own, question);
  const closed = others.find((other) => !isSelected(other, direction, place.tier ?? 'default', question));
  if (closed)
    return {
      none: `a policy for the labels of ${own.name} would close ${closed.name}, which has them too and is selected by no policy yet`,
    };
  const [from, to] = direction === 'Egress' ? [own, peer] : [peer, own];
  const rule = ruleFor(direction, { protocol, ports: [answer.dialed], peer: peerOf(peer) });
  const object: KubernetesObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: {
      name: nameInTier(`${shortName(from)}-to-${shortName(to)}-${direction.toLowerCase()}`, place),
      namespace: own.namespace,
    },
    spec: {
      ...place,
      selector: selectorOfLabels(own.selector),
      types: [direction],
      [direction.toLowerCase()]: [rule],
    },
  };
  const peers = peer.kind === 'pod' ? namesakes(peer, question) : [];
  return { objects: [object], alsoFor: [...others, ...peers].map(({ name }) => name) };
}

function peerOf(peer: FlowEndFound) {
  return peer.kind === 'pod'
    ? { namespace: peer.namespace, selector: selectorOfLabels(peer.selector) }
    : { nets: peer.nets, ...(peer.notNets.length > 0 ? { notNets: peer.notNets } : {}) };
}

function shortName(end: FlowEndFound): string {
  if (end.kind === 'addresses') return 'addresses';
  const name = end.object?.metadata.name ?? Object.values(end.selector).join('-');
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'pods'
  );
}

/** Other workloads of the namespace whose pods have the labels by which those of an end are told. */
function namesakes(end: PodFound, question: QuestionContext): readonly PodFound[] {
  const wanted = Object.entries(end.selector);
  return [...question.inventory.workloads(end.namespace)].flatMap((object) => {
    const pods = object === end.object ? undefined : podsOf(object, question);
    if (!pods || pods.pod.spec === undefined) return [];
    const labels = stringMap(pods.pod.metadata.labels);
    return wanted.every(([key, value]) => labels[key] === value) ? [pods] : [];
  });
}

/** Whether some policy selects the pods in a tier already, so that one more closes nothing. */
function isSelected(
  { pod }: PodFound,
  direction: Direction,
  tier: string,
  { inventory }: QuestionContext,
): boolean {
  return supposePod(inventory.policyWorld, pod)
    .policies(direction)
    .some((own) => own.tier.name === tier);
}

/** Linkerd's policy for the Server that keeps the source out. */
function authorizationOf(
  source: FlowEndFound,
  { port }: PortFound,
  { mesh: { hasIdentity, proxy } }: JudgedFlow,
): { readonly object: KubernetesObject } | { readonly none: string } {
  if (source.kind !== 'pod' || !hasIdentity)
    return { none: `the proxy wants an identity, and ${source.name} has none: put it in the mesh` };
  const server = proxy?.access(port).server?.server;
  if (!server)
    return {
      none: 'no Server governs the port, so that its default inbound policy decides: write a Server for it, with an AuthorizationPolicy for each client',
    };
  return { object: authorizationFor(server, { namespace: source.namespace, name: source.account }) };
}
