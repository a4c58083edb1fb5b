import { counted } from '../../text/plural.ts';
import { cell } from '../connections/markdown.ts';
import { byInWords, changeLines, coverageInWords, type DiffFormat } from './diff-report.ts';
import { findingInWords } from './text.ts';

/** Lines of each section: together they are one screen. */
const mostLines = 6;

/** A diff for the comment of a pull request: what is worst first, each section bounded, the rest counted. */
export const markdown: DiffFormat = (report) => {
  const { answer, findings } = report;
  const lines = changeLines(report);
  const told = (kept: typeof lines) =>
    kept.map(({ by, state, text }) => {
      const arrow = text.replace(' -> ', ' → ');
      return `${cell(arrow)} (${state})${cell(byInWords(by, report))}`;
    });
  const coverage = (kind: 'lost' | 'won') =>
    answer.coverage
      .filter((one) => one.kind === kind)
      .map((one) => `${cell(coverageInWords(one))}${cell(byInWords(one.by, report))}`);
  const sections = [
    ['🔓 Opened', told(lines.filter(({ kind }) => kind === 'opened'))],
    ['📢 Newly in the clear', told(lines.filter(({ isNewlyClear }) => isNewlyClear))],
    ['🕳️ Coverage lost', coverage('lost')],
    ['❌ New findings', findings.added.map((one) => cell(findingInWords(one)))],
    ['🔒 Closed', told(lines.filter(({ kind }) => kind === 'closed'))],
    ['↔️ Changed', told(lines.filter(({ isNewlyClear, kind }) => kind === 'changed' && !isNewlyClear))],
    ['🧱 Coverage won', coverage('won')],
    ['✅ Findings gone', findings.gone.map((one) => cell(findingInWords(one)))],
    ['❔ Not known', [...answer.incomplete, ...answer.cutShort].map(cell)],
  ] as const;
  const shown = sections.filter(([, own]) => own.length > 0);
  const head = `### ${cell(report.base)} → ${cell(report.head)}: ${counted(answer.objects.length, 'object')} changed`;
  if (shown.length === 0)
    return `${head}\n\nNothing that may connect, no coverage and no finding is another one.\n`;
  return `${[head, ...shown.map(([title, own]) => sectionOf(title, own))].join('\n\n')}\n`;
};

function sectionOf(title: string, lines: readonly string[]): string {
  const shown = lines.slice(0, mostLines).map((line) => `- ${line}`);
  const rest = lines.length - shown.length;
  return [`**${title}** (${lines.length})`, ...shown, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}
