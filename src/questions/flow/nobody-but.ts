import { eachAtom, literalsOf, openingRules } from '../../calico/index.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import type { QuestionContext } from '../question-context.ts';
import { answerFlow } from './answer-flow.ts';
import { findEnds } from './find-ends.ts';
import { podsOf, supposedPods } from './find-pods.ts';
import { findPorts } from './find-ports.ts';
import type { FlowAnswer } from './flow-answer.ts';
import type { FlowEndFound, PodFound, PortFound } from './flow-end.ts';
import { readEnd, type WantedEnd, type WantedPort } from './read-question.ts';

/** Who alone may connect to an end. */
export interface OnlyQuestion {
  readonly destination: WantedEnd;
  /** Without one all ports that the destination declares. */
  readonly port?: WantedPort;
  readonly only: readonly WantedEnd[];
}

/** What is otherwise than it was said to be. */
export interface OnlyAnswer {
  /** Connections of those who are named that are not allowed. */
  readonly kept: readonly FlowAnswer[];
  /** Connections of others that are allowed, or of which nobody knows. */
  readonly others: readonly FlowAnswer[];
}

/**
 * Whether nobody but those who are named may connect to an end. Everybody is: each workload that is known, in each known
 * namespace a pod without labels and pods with the labels that the rules which open the end ask for, the internet, and
 * private addresses. A pod whose labels are all those of one who is named passes for him: policies cannot tell them apart.
 * @param wanted the end and who may connect to it, from `readEnd` and `readPort`
 * @param question what exists, the conventions for it, and the clock
 * @returns what is otherwise; a problem where an end is not to be found
 */
export function askOnly(
  { destination, only, port }: OnlyQuestion,
  question: QuestionContext,
): OnlyAnswer | { readonly problem: string } {
  const found = findEnds(destination, 'destination', question);
  if ('problem' in found) return found;
  const named: FlowEndFound[] = [];
  for (const end of only) {
    const ends = findEnds(end, 'source', question);
    if ('problem' in ends) return ends;
    named.push(...ends.ends);
  }
  const kept: FlowAnswer[] = [];
  const others: FlowAnswer[] = [];
  for (const end of found.ends) {
    const ports = findPorts(port, end, found.service);
    if ('problem' in ports) return ports;
    const ask = (source: FlowEndFound) =>
      ports.ports.map((one) => answerFlow(source, end, one, question).answer);
    kept.push(...named.flatMap(ask).filter(({ verdict }) => verdict !== 'allowed'));
    const isStranger = (source: FlowEndFound) => !named.some((one) => passesFor(source, one));
    const answers = everybody(question).filter(isStranger).flatMap(ask);
    // Policies see the port of the proxy where both ends are in the mesh.
    const seen = [...named.flatMap(ask), ...answers].map(({ dialed }) => dialed);
    const supposed = bearersOf(labelsAskedFor(end, ports.ports, seen, question), question).filter(isStranger);
    others.push(...[...answers, ...supposed.flatMap(ask)].filter(({ verdict }) => verdict !== 'denied'));
  }
  return { kept, others };
}

function everybody(question: QuestionContext): readonly FlowEndFound[] {
  const { inventory } = question;
  const workloads = namespacesOf(question).flatMap((name) => [...inventory.workloads(name)]);
  return [
    ...workloads.flatMap((object) => podsOf(object, question) ?? []),
    ...bearersOf([{}], question),
    ...addressBlocks.flatMap((end) => addressesOf(end, question)),
  ];
}

/** A pod of each namespace for each set of labels. */
function bearersOf(labels: readonly StringMap[], question: QuestionContext): readonly PodFound[] {
  return namespacesOf(question).flatMap((name) =>
    labels.flatMap((one) => supposedPods(name, one, question) ?? []),
  );
}

function namespacesOf({ inventory }: QuestionContext): readonly string[] {
  const known = Array.from(inventory.namespaces(), ({ metadata }) => metadata.name ?? '');
  return [...new Set([...known, ...inventory.populated()])];
}

const addressBlocks: readonly WantedEnd[] = [
  'internet',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
].flatMap((text) => {
  const read = readEnd(text);
  return 'value' in read ? [read.value] : [];
});

function addressesOf(end: WantedEnd, question: QuestionContext): readonly FlowEndFound[] {
  const found = findEnds(end, 'source', question);
  return 'ends' in found ? found.ends : [];
}

/** The labels by which rules let somebody in: each of a rule alone, and the first of each condition together. */
function labelsAskedFor(
  destination: FlowEndFound,
  ports: readonly PortFound[],
  seen: readonly number[],
  { inventory }: QuestionContext,
): readonly StringMap[] {
  if (destination.kind !== 'pod') return [];
  const found = new Map<string, StringMap>();
  const asked = ports.flatMap(({ port, protocol }) =>
    protocol === 'SCTP' ? [] : [...new Set([port, ...seen])].map((one) => ({ port: one, protocol })),
  );
  for (const { port, protocol } of asked) {
    const flow = { pod: destination.pod, direction: 'Ingress', protocol, port } as const;
    for (const { rule } of openingRules(inventory.policyWorld, flow)) {
      for (const one of labelsIn(rule.source.selector)) found.set(JSON.stringify(one), one);
    }
  }
  return [...found.values()];
}

function labelsIn(selector: Parameters<typeof eachAtom>[0] | undefined): readonly StringMap[] {
  if (!selector) return [];
  const single: StringMap[] = [];
  const together: Record<string, string> = {};
  eachAtom(selector, (atom) => {
    const isOwn = !/^(?:pcns\.|pcsa\.|projectcalico\.org\/)/.test(atom.key);
    if (!isOwn || (atom.kind !== 'equals' && atom.kind !== 'in' && atom.kind !== 'has')) return;
    const values = atom.kind === 'has' ? ['any'] : literalsOf(atom);
    for (const value of values) single.push({ [atom.key]: value });
    const [first] = values;
    if (first !== undefined) together[atom.key] ??= first;
  });
  return Object.keys(together).length > 1 ? [...single, together] : single;
}

/**
 * Whether policies take one end for another: the same one, a workload with the labels that are named, or a pod with some of
 * his labels and none besides.
 */
function passesFor(source: FlowEndFound, named: FlowEndFound): boolean {
  if (source.kind === 'addresses' || named.kind === 'addresses')
    return source.kind === named.kind && source.name === named.name;
  if (source.namespace !== named.namespace) return false;
  if (source.object && named.object) return source.object === named.object;
  const [own, others] = source.object
    ? [labelsOf(named), labelsOf(source)]
    : [labelsOf(source), labelsOf(named)];
  const pairs = Object.entries(own);
  return pairs.length > 0 && pairs.every(([key, value]) => others[key] === value);
}

function labelsOf({ selector, template }: PodFound): StringMap {
  return { ...selector, ...template.labels };
}
