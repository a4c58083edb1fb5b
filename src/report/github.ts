import { printable } from '../engine/printable.ts';
import type { Format } from './report.ts';
import {
  detailsOf,
  fileOf,
  pointedBy,
  findingsInWords,
  notJudgedInWords,
  tallyInWords,
  waiverOf,
} from './wording.ts';

const commands = { error: 'error', warning: 'warning', waived: 'notice' } as const;

/** GitHub's workflow commands, which put findings beside the lines of a pull request, and a notice with the tally. */
export const github: Format = (report) => {
  const findings = report.findings.map((reported) => {
    const { finding, severity, place } = reported;
    const waiver = waiverOf(reported);
    const message = [
      finding.message,
      ...detailsOf(reported).map(([heading, detail]) => `${heading}: ${detail}`),
      ...(waiver === undefined ? [] : [waiver]),
    ].join('\n');
    const { line, column: col, endLine, endColumn } = place;
    // GitHub takes columns only where the range is on one line
    const columns = endLine === line ? { col, endColumn } : {};
    const { file, isTemplate } = fileOf(pointedBy(reported));
    return command(
      commands[severity],
      { file, ...(isTemplate ? {} : { line, endLine, ...columns }), title: finding.rule },
      message,
    );
  });
  const notJudged = report.notJudged.map((problem) => {
    const { line, column: col, id } = problem;
    const { file, isTemplate } = fileOf(problem);
    return command(
      'error',
      { file, ...(isTemplate ? {} : { line, col }), title: id },
      notJudgedInWords(problem),
    );
  });
  const notices = report.notices.map(({ rule, severity, message, expected, file, line, column: col }) =>
    command(severity, { file, line, col, title: rule }, `${message}\nexpected: ${expected}`),
  );
  const tally = [findingsInWords(report), ...tallyInWords(report)].join('\n');
  return `${[...findings, ...notices, ...notJudged, command('notice', { title: 'tollgate' }, tally)].join('\n')}\n`;
};

function command(
  name: string,
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name} ${list.join(',')}::${escapeMessage(message)}`;
}

/** The runner shows it in a log, as a terminal does. */
function escapeMessage(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
