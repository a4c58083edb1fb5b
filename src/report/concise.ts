import type { Format } from './report.ts';
import {
  findingsInWords,
  notJudgedInWords,
  onOneLine,
  placeInWords,
  pointedBy,
  remedyOnOneLine,
  setNames,
  tallyInWords,
  waiverOf,
} from './wording.ts';

/** One line a finding, as compilers and editors write and read them, then the tally. */
export const concise: Format = (report) => {
  const findings = report.findings.map((reported) => {
    const { finding, severity, place } = reported;
    const waiver = waiverOf(reported);
    const said = waiver === undefined ? finding.message : `${finding.message}; ${waiver}`;
    const remedy = remedyOnOneLine(reported);
    const whole = remedy === undefined || waiver !== undefined ? said : `${said}; expected: ${remedy}`;
    const where = reported.sets === undefined ? '' : ` (in sets: ${setNames(reported.sets)})`;
    return `${placeInWords(pointedBy(reported), place)}: ${severity}: ${whole}${where} [${finding.rule}]`;
  });
  const notJudged = report.notJudged.map(
    (problem) => `${placeInWords(problem, problem)}: ${notJudgedInWords(problem)} [${problem.id}]`,
  );
  const notices = report.notices.map(
    ({ rule, severity, message, file, line, column }) =>
      `${file}:${line}:${column}: ${severity}: ${message} [${rule}]`,
  );
  const lines = [...findings, ...notices, ...notJudged].map(onOneLine);
  return `${[...lines, findingsInWords(report), ...tallyInWords(report)].join('\n')}\n`;
};
