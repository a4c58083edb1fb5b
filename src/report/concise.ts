import type { Format } from './report.ts';
import { findingsInWords, notJudgedInWords, onOneLine, tallyInWords } from './wording.ts';

/** One line a finding, as compilers and editors write and read them, then the tally. */
export const concise: Format = (report) => {
  const findings = report.findings.map(
    ({ finding, severity, subject, place }) =>
      `${subject.file}:${place.line}:${place.column}: ${severity}: ${finding.message} [${finding.rule}]`,
  );
  const notJudged = report.notJudged.map(
    (problem) =>
      `${problem.file}:${problem.line}:${problem.column}: ${notJudgedInWords(problem)} [${problem.id}]`,
  );
  const notices = report.notices.map(
    ({ rule, message, file, line, column }) => `${file}:${line}:${column}: warning: ${message} [${rule}]`,
  );
  const lines = [...findings, ...notices, ...notJudged].map(onOneLine);
  return `${[...lines, findingsInWords(report), ...tallyInWords(report)].join('\n')}\n`;
};
