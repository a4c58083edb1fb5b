import type { Net } from '../../kubernetes/net/net.ts';
import type { PodFound } from '../flow/flow-end.ts';
import { findEnds } from '../flow/find-ends.ts';
import type { WantedEnd } from '../flow/read-question.ts';
import type { QuestionContext } from '../question-context.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { type GatheredEnd, liesIn } from './gather-ends.ts';

/** The ends that a question is about. */
export interface ChosenEnds {
  readonly isFrom: (end: GatheredEnd) => boolean;
  readonly isTo: (end: GatheredEnd) => boolean;
  /** Blocks that are asked about. */
  readonly nets: readonly Net[];
  /** Pods that are asked about and do not exist yet. */
  readonly pods: readonly PodFound[];
  /** Why an end is not to be found. */
  readonly problems: readonly string[];
}

/** Finds the ends that are asked for; without any on a side it is everything. */
export function chooseEnds({ from, to }: ConnectionOptions, question: QuestionContext): ChosenEnds {
  const [source, destination] = [
    chooseSide(from, 'source', question),
    chooseSide(to, 'destination', question),
  ];
  const wanted = [...(from ?? []), ...(to ?? [])];
  return {
    isFrom: source.isIn,
    isTo: destination.isIn,
    nets: wanted.flatMap((end) => (end.kind === 'addresses' ? [end.net, ...end.except] : [])),
    pods: [...source.pods, ...destination.pods],
    problems: [...source.problems, ...destination.problems],
  };
}

interface ChosenSide {
  readonly isIn: (end: GatheredEnd) => boolean;
  readonly pods: readonly PodFound[];
  readonly problems: readonly string[];
}

function chooseSide(
  wanted: readonly WantedEnd[] | undefined,
  role: 'source' | 'destination',
  question: QuestionContext,
): ChosenSide {
  if (!wanted || wanted.length === 0) return { isIn: () => true, pods: [], problems: [] };
  const objects = new Set<unknown>();
  const supposed = new Map<string, PodFound>();
  const problems: string[] = [];
  for (const end of wanted) {
    if (end.kind === 'addresses') continue;
    const found = findEnds(end, role, question);
    if ('problem' in found) problems.push(found.problem);
    for (const one of 'ends' in found ? found.ends : []) {
      if (one.kind !== 'pod') continue;
      if (one.object) objects.add(one.object);
      else supposed.set(one.name, one);
    }
  }
  return {
    isIn: (end) => {
      if (end.kind === 'pods')
        return end.all.some(({ name, object }) => (object ? objects.has(object) : supposed.has(name)));
      return wanted.some((one) => one.kind === 'addresses' && end.kind === 'part' && liesIn(end, one));
    },
    pods: [...supposed.values()],
    problems,
  };
}
