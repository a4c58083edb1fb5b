import { asYaml } from '../../facts/policy/opening-policy.ts';
import { nameOf } from '../../facts/object-name.ts';
import { printable } from '../../engine/printable.ts';
import type { FlowAnswer, HalfAnswer, Opening } from '../../questions/flow/flow-answer.ts';
import { listInWords } from '../../text/list.ts';
import { counted } from '../../text/plural.ts';
import { type FlowFormat, type FlowReport, headOf, placeBehind } from './flow-report.ts';

/** Answers for people: both ends step by step, the mesh, and what would open it. */
export const text: FlowFormat = (report) =>
  `${report.answers.map((answer) => printable(blockOf(answer, report).join('\n'))).join('\n\n')}\n`;

function blockOf(answer: FlowAnswer, report: FlowReport): readonly string[] {
  const { egress, ingress, mesh, opening, unknown } = answer;
  return [
    headOf(answer),
    ...halfLines(`egress of ${answer.source}`, egress, report),
    ...halfLines(`ingress of ${answer.destination}`, ingress, report),
    ...(mesh ? [`  mesh: ${mesh.text}`] : []),
    ...(mesh?.authorized ? [`    ${mesh.authorized.verdict}: ${mesh.authorized.text}`] : []),
    ...unknown.map((why) => `  not known: ${why}`),
    ...(opening ? openingLines(opening, report) : []),
  ];
}

function halfLines(title: string, half: HalfAnswer | undefined, report: FlowReport): readonly string[] {
  if (!half) return [`  ${title}: no policy can select it`];
  const steps = half.steps.map((step) => `${step.text}${placeBehind(step, report)}`);
  const selecting =
    half.selectedBy.length > 0
      ? [`    selected by ${listInWords(half.selectedBy.map(nameOf), { most: 5 })}`]
      : [];
  const missed = half.nearMisses.map((miss) => `    near miss: ${miss.text}${placeBehind(miss, report)}`);
  return [`  ${title}: ${half.verdict}: ${steps.join(', then ')}`, ...selecting, ...missed];
}

function openingLines(opening: Opening, { openCommand }: FlowReport): readonly string[] {
  if ('none' in opening) return [`  to open it: ${opening.none}`];
  const { alsoFor, objects } = opening;
  const yaml = objects.map((object) => asYaml(object).replaceAll(/^/gm, '    '));
  return [
    `  to open exactly this: ${counted(objects.length, 'object')} (${openCommand})`,
    ...(alsoFor.length > 0
      ? [`    ${listInWords(alsoFor, { most: 3 })} has the same labels, so that it opens for it too`]
      : []),
    yaml.join('\n    ---\n'),
  ];
}
