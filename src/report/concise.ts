import type { Format } from './report.ts';
import { findingsInWords, notJudgedInWords, onOneLine, tallyInWords, waiverOf } from './wording.ts';

/** One line a finding, as compilers and editors write and read them, then the tally. */
export const concise: Format = (report) => {
  const findings = report.findings.map((reported) => {
    const { finding, severity, subject, place } = reported;
    const waiver = waiverOf(reported);
    const said = waiver === undefined ? finding.message : `${finding.message}; ${waiver}`;
    return `${subject.file}:${place.line}:${place.column}: ${severity}: ${said} [${finding.rule}]`;
  });
  const notJudged = report.notJudged.map(
    (problem) =>
      `${problem.file}:${problem.line}:${problem.column}: ${notJudgedInWords(problem)} [${problem.id}]`,
  );
  const notices = report.notices.map(
    ({ rule, severity, message, file, line, column }) =>
      `${file}:${line}:${column}: ${severity}: ${message} [${rule}]`,
  );
  const lines = [...findings, ...notices, ...notJudged].map(onOneLine);
  return `${[...lines, findingsInWords(report), ...tallyInWords(report)].join('\n')}\n`;
};
