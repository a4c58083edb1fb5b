import type { QuestionContext } from '../question-context.ts';
import { answerFlow } from './answer-flow.ts';
import { findEnds } from './find-ends.ts';
import { findPorts } from './find-ports.ts';
import type { FlowAnswer } from './flow-answer.ts';
import type { FlowEndFound } from './flow-end.ts';
import type { WantedEnd, WantedPort } from './read-question.ts';
import { smallestOpening } from './smallest-opening.ts';

/**
 * Whether one end may connect to another, and what decides it: the pure half of `tollgate flow`.
 *
 *     two ends and a port, as somebody writes them
 *        │  read-question.ts     texts to what is wanted
 *        ▼
 *     find-ends, find-ports      what they stand for: pods, classes of addresses, a Service's targets
 *        │
 *        ▼  for each connection
 *     mesh-of-flow.ts            the port that policies see, encryption, the lock in front of the port
 *     answer-half.ts             what the policies of either end say, and what all but matches
 *        │
 *        ▼
 *     answer-flow.ts             one verdict ──▶ smallest-opening.ts, for a denial
 *
 * Start reading at `answerFlow`.
 */
export interface FlowQuestion {
  readonly source: WantedEnd;
  readonly destination: WantedEnd;
  /** Without one all ports that the destination declares. */
  readonly port?: WantedPort;
  /** Whether the smallest opening of what is denied is looked for, as it is unless somebody says no. */
  readonly openings?: boolean;
}

/** Answers, one for each connection that is meant; or why nobody can tell which those are. */
export type FlowAnswers = { readonly answers: readonly FlowAnswer[] } | { readonly problem: string };

/**
 * Answers a question about connections from what exists.
 * @param wanted the two ends and the port, from `readEnd` and `readPort`
 * @param question what exists, the conventions for it, and the clock
 * @returns one answer for each pair of pods, class of addresses and port; a problem where an end is not to be found
 */
export function askFlow(wanted: FlowQuestion, question: QuestionContext): FlowAnswers {
  const sources = findEnds(wanted.source, 'source', question);
  if ('problem' in sources) return sources;
  const destinations = findEnds(wanted.destination, 'destination', question);
  if ('problem' in destinations) return destinations;
  const answers: FlowAnswer[] = [];
  for (const destination of destinations.ends) {
    const found = findPorts(wanted.port, destination, destinations.service);
    if ('problem' in found) return found;
    for (const source of sources.ends)
      for (const port of found.ports)
        answers.push(answer(source, destination, port, question, wanted.openings ?? true));
  }
  return { answers };
}

function answer(
  source: FlowEndFound,
  destination: FlowEndFound,
  port: Parameters<typeof answerFlow>[2],
  question: QuestionContext,
  openings: boolean,
): FlowAnswer {
  const judged = answerFlow(source, destination, port, question);
  if (judged.answer.verdict !== 'denied' || !openings) return judged.answer;
  return { ...judged.answer, opening: smallestOpening(source, destination, port, judged, question) };
}
