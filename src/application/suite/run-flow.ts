import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { askFlow } from '../../questions/flow/ask-flow.ts';
import type { FlowAnswer } from '../../questions/flow/flow-answer.ts';
import { askOnly, type OnlyAnswer } from '../../questions/flow/nobody-but.ts';
import { readEnd, readPort, type WantedEnd, type WantedPort } from '../../questions/flow/read-question.ts';
import type { QuestionContext } from '../../questions/question-context.ts';
import { stateOfFiles } from '../check/judge-manifests.ts';
import type { FlowDocument } from './flow-schema.ts';

/** What was answered to one assertion about connections. */
export type FlowOutcome =
  | { readonly answers: readonly FlowAnswer[] }
  | { readonly only: OnlyAnswer }
  | { readonly problem: string };

/** Asks about connections among what a case gives. */
export function runFlows(
  asked: readonly FlowDocument[],
  objects: readonly KubernetesObject[],
  stated: ConventionSet,
  now: Date,
): readonly FlowOutcome[] {
  const { conventions, inventory } = stateOfFiles({ objects: [], gaps: [] }, stated, { existing: objects });
  const question = { conventions, inventory, now };
  return asked.map((one) => runFlow(one, question));
}

function runFlow({ from, only, port, to }: FlowDocument, question: QuestionContext): FlowOutcome {
  const destination = readEnd(to);
  const wanted = port === undefined ? undefined : readFlowPort(port);
  if ('problem' in destination) return destination;
  if (wanted && 'problem' in wanted) return wanted;
  const rest = { destination: destination.value, ...(wanted ? { port: wanted.value } : {}) };
  if (from === undefined) {
    const ends = (only ?? []).map(readEnd);
    const wrong = ends.find((end) => 'problem' in end);
    if (wrong && 'problem' in wrong) return wrong;
    const answer = askOnly({ ...rest, only: ends.flatMap(valueOf) }, question);
    return 'problem' in answer ? answer : { only: answer };
  }
  const source = readEnd(from);
  if ('problem' in source) return source;
  return askFlow({ ...rest, source: source.value, openings: false }, question);
}

function valueOf(end: ReturnType<typeof readEnd>): readonly WantedEnd[] {
  return 'value' in end ? [end.value] : [];
}

/** A port as a suite has it: a number, or what `tollgate flow` takes. */
export function readFlowPort(
  port: number | string,
): { readonly value: WantedPort } | { readonly problem: string } {
  return (
    readPort(String(port)) ?? {
      problem: `${JSON.stringify(port)}: expected a port such as 5432, 5432/UDP or http/TCP`,
    }
  );
}
