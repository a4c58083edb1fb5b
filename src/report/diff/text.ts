import { printable } from '../../engine/printable.ts';
import { counted } from '../../text/plural.ts';
import { objectName, onOneLine } from '../wording.ts';
import type { ReportedFinding } from '../report.ts';
import { byInWords, changeLines, coverageInWords, type DiffFormat } from './diff-report.ts';

/** A diff for people: what is open now, what is closed, what is not covered, and the findings. */
export const text: DiffFormat = (report) => {
  const { answer, findings } = report;
  const lines = changeLines(report);
  const section = (title: string, own: readonly string[]) =>
    own.length === 0 ? [] : [`${title}:`, ...own.map((line) => `  ${line}`), ''];
  const ofKind = (kind: 'opened' | 'closed') =>
    lines
      .filter((line) => line.kind === kind)
      .map(({ by, state, text: what }) => `${what} (${state})${byInWords(by, report)}`);
  const changed = (isClear: boolean) =>
    lines
      .filter((line) => line.kind === 'changed' && line.isNewlyClear === isClear)
      .map(({ by, state, text: what }) => `${what} (${state})${byInWords(by, report)}`);
  const coverage = (kind: 'lost' | 'won') =>
    answer.coverage
      .filter((one) => one.kind === kind)
      .map((one) => `${coverageInWords(one)}${byInWords(one.by, report)}`);
  const told = [
    ...section('opened', ofKind('opened')),
    ...section('newly in the clear', changed(true)),
    ...section('closed', ofKind('closed')),
    ...section('changed', changed(false)),
    ...section('coverage lost', coverage('lost')),
    ...section('coverage won', coverage('won')),
    ...section('new findings', findings.added.map(findingInWords)),
    ...section('findings gone', findings.gone.map(findingInWords)),
    ...section(
      'findings moved',
      findings.moved.map(({ from, to }) => `${findingInWords(to)} (was in ${from.subject.file})`),
    ),
    ...answer.incomplete.map((why) => `not known: ${why}`),
    ...answer.cutShort.map((why) => `cut short: ${why}`),
  ];
  const sum = [
    counted(answer.objects.length, 'object'),
    ' changed: ',
    [
      `${countOf(lines, 'opened')} opened`,
      `${countOf(lines, 'closed')} closed`,
      `${lines.filter((line) => line.isNewlyClear).length} newly in the clear`,
      `${coverage('lost').length} lost and ${coverage('won').length} won of coverage`,
      `${findings.added.length} new and ${findings.gone.length} gone of findings`,
    ].join(', '),
  ].join('');
  return `${printable([...told, sum].join('\n'))}\n`;
};

function countOf(lines: readonly { readonly kind: string }[], kind: string): number {
  return lines.filter((line) => line.kind === kind).length;
}

/** `shop.yaml:4:3 gate/default-deny-missing of Namespace shop: …`. */
export function findingInWords({ finding, place, subject }: ReportedFinding): string {
  const { message, object, rule } = finding;
  return onOneLine(
    `${subject.file}:${place.line}:${place.column} ${rule} of ${objectName(object)}: ${message}`,
  );
}
