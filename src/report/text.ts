import picocolors from 'picocolors';
import { masked, printable } from '../engine/printable.ts';
import type { NotJudged } from '../manifests/manifest-problem.ts';
import type { Format, Report, ReportedFinding, ReportedNotice, Severity } from './report.ts';
import {
  detailsOf,
  findingsInWords,
  objectName,
  onOneLine,
  outcomeInWords,
  tallyInWords,
  waiverOf,
} from './wording.ts';
import { cut } from '../text/cut.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** Findings for people: the place, the sentence, the lines around it, and what to do. */
export const text: Format = (report, { color }) => {
  const colors = picocolors.createColors(color);
  const blocks = [
    ...findingBlocks(report, colors),
    ...report.notices.map((notice) => noticeBlock(notice, colors)),
    ...groupNotJudged(report.notJudged).map((group) => notJudgedBlock(group, colors)),
    [findingsInWords(report), ...tallyInWords(report), ...whyLine(report), ...exitLine(report.exitCode)].join(
      '\n',
    ),
  ];
  return `${blocks.join('\n\n')}\n`;
};

/** A remedy of several lines is printed with the first finding that has it. */
function findingBlocks({ findings, fixCommand }: Report, colors: Colors): readonly string[] {
  const printed = new Map<string, string>();
  return findings.map((reported) => {
    const { expected = '' } = reported.finding;
    const before = printed.get(expected);
    if (expected.includes('\n') && before === undefined)
      printed.set(expected, objectName(reported.subject.reference));
    return findingBlock(reported, fixCommand, before, colors);
  });
}

function findingBlock(
  reported: ReportedFinding,
  fixCommand: string,
  printedFor: string | undefined,
  colors: Colors,
): string {
  const { finding, severity, subject, place } = reported;
  const { file, source } = subject;
  const waiver = waiverOf(reported);
  const advice = [
    outcomeInWords(reported),
    ...(finding.fix && file !== '<stdin>' ? [`fix: ${fixCommand}`] : []),
  ];
  return [
    `${colors.bold(onOneLine(subject.inCluster ? file : `${file}:${place.line}:${place.column}`))}  ${paint(severity, colors)}  ${finding.rule}`,
    `  ${indented(finding.message)}`,
    ...frame(reported, colors),
    ...(source === undefined ? [] : [`  rendered from: ${onOneLine(source)}`]),
    ...detailsOf(reported).map(([heading, detail]) =>
      heading === 'expected' && printedFor !== undefined
        ? `  expected: the same as printed for ${onOneLine(printedFor)} above`
        : `  ${heading}: ${afterWord(printable(detail))}`,
    ),
    ...(waiver === undefined ? [] : [`  ${indented(waiver)}`]),
    colors.dim(`  ${advice.join(' · ')}`),
  ].join('\n');
}

/** Lines after the first one stay below it; GitHub would run one that begins with two colons, indented or not. */
function indented(text: string): string {
  return afterWord(printable(text).replace(/^(\s*)::/, '$1: :'));
}

/** The same after a word on the line, so that the text may begin as it will: an IPv6 network does so with two colons. */
function afterWord(text: string): string {
  return text.replaceAll(/\n(\s*)::/g, '\n$1: :').replaceAll('\n', '\n  ');
}

function paint(severity: Severity, colors: Colors): string {
  const painters = { error: colors.red, warning: colors.yellow, waived: colors.cyan };
  return painters[severity](severity);
}

function frame({ frame: lines, place }: ReportedFinding, colors: Colors): string[] {
  const width = String(lines.at(-1)?.number ?? 0).length;
  const gutter = (label: string) => colors.dim(`  ${label.padStart(width)} │`);
  const from = windowStart(lines.find(({ number }) => number === place.line)?.text ?? '', place.column);
  const rows = lines.flatMap(({ number, text: line }) => {
    const row = `${gutter(String(number))} ${clip(line, from)}`.trimEnd();
    if (number !== place.line) return [row];
    const end = place.endLine === place.line ? place.endColumn : line.length + 1;
    const before = clip(line, from)
      .slice(0, place.column - 1 - from)
      .replaceAll(/[^\t]/g, ' ');
    const mark = '━'.repeat(Math.max(1, Math.min(end - 1 - from, maximumLine) - before.length));
    return [row, `${gutter('')} ${before}${colors.red(mark)}`];
  });
  return rows.length === 0 ? [] : [gutter(''), ...rows, gutter('')];
}

/** Minified JSON would fill the screen. */
const maximumLine = 160;

/** Where the shown part of long lines begins, from 0: so that the place is in it, with what stands before it. */
function windowStart(line: string, column: number): number {
  return line.length <= maximumLine || column < maximumLine / 2 ? 0 : column - maximumLine / 4;
}

function clip(raw: string, from: number): string {
  const line = masked(raw).slice(from);
  const shown = cut(line, maximumLine);
  return from > 0 && shown !== '' ? `…${shown.slice(1)}` : shown;
}

function noticeBlock(
  { rule, severity, message, expected, file, line, column }: ReportedNotice,
  colors: Colors,
): string {
  return [
    `${colors.bold(`${onOneLine(file)}:${line}:${column}`)}  ${paint(severity, colors)}  ${rule}`,
    `  ${indented(message)}`,
    `  expected: ${afterWord(printable(expected))}`,
  ].join('\n');
}

interface Group {
  readonly id: string;
  readonly reason: string;
  readonly remedy?: string;
  readonly places: readonly string[];
}

/** What has one reason and one remedy is told once, with every place. */
function groupNotJudged(problems: readonly NotJudged[]): Group[] {
  const groups = Map.groupBy(problems, ({ id, reason, remedy }) => [id, reason, remedy].join('\n'));
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (!first) return [];
    const places = members.map(
      ({ file, line, column, source }) =>
        `${file}:${line}:${column}${source === undefined ? '' : ` (rendered from ${source})`}`,
    );
    const { id, reason, remedy } = first;
    return remedy === undefined ? [{ id, reason, places }] : [{ id, reason, remedy, places }];
  });
}

function notJudgedBlock({ id, reason, remedy, places }: Group, colors: Colors): string {
  return [
    `${colors.magenta('not judged')}  ${id}`,
    ...places.map((place) => `  ${colors.bold(onOneLine(place))}`),
    `  ${indented(reason)}`,
    ...(remedy === undefined ? [] : [colors.dim(`  ${remedy}`)]),
  ].join('\n');
}

/** Once for all findings, each of which has the id of its rule in its first line. */
function whyLine({ findings }: Report): string[] {
  return findings.length === 0 ? [] : ['why a rule finds this: tollgate explain RULE'];
}

function exitLine(exitCode: number): string[] {
  return exitCode === 0 ? [] : [`exit ${exitCode}`];
}
