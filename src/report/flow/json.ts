import type { Explained, FlowAnswer, HalfAnswer } from '../../questions/flow/flow-answer.ts';
import type { FlowFormat, FlowReport } from './flow-report.ts';

/** Answers for machines; `version` changes where a field changes its meaning or goes. */
export const json: FlowFormat = (report) => {
  const { answers, question } = report;
  const written = { version: 1, question, answers: answers.map((answer) => answerOf(answer, report)) };
  return `${JSON.stringify(written, undefined, 2)}\n`;
};

function answerOf({ egress, ingress, ...answer }: FlowAnswer, report: FlowReport): object {
  return {
    ...answer,
    ...(egress ? { egress: halfOf(egress, report) } : {}),
    ...(ingress ? { ingress: halfOf(ingress, report) } : {}),
  };
}

function halfOf({ nearMisses, steps, ...half }: HalfAnswer, report: FlowReport): object {
  const placed = (one: Explained) => {
    const place = one.at && report.placeOf(one.at);
    return { ...one, ...(place ? { place } : {}) };
  };
  return { ...half, steps: steps.map(placed), nearMisses: nearMisses.map(placed) };
}
