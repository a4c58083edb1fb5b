import { createHash } from 'node:crypto';
import { fingerprintsOf } from './fingerprint.ts';
import type { Format } from './report.ts';
import { notJudgedInWords } from './wording.ts';

const severities = { error: 'major', warning: 'minor', waived: 'info' } as const;

/** GitLab's code quality report. Source: docs.gitlab.com, "Code Quality", report format. */
export const gitlab: Format = (report) => {
  const fingerprints = fingerprintsOf(report.findings);
  const findings = report.findings.map(({ finding, severity, subject, place }, index) => ({
    description: finding.message,
    check_name: finding.rule,
    fingerprint: fingerprints[index],
    severity: severities[severity],
    location: { path: subject.file, lines: { begin: place.line, end: place.endLine } },
  }));
  const notJudged = report.notJudged.map((problem) => ({
    description: notJudgedInWords(problem),
    check_name: problem.id,
    fingerprint: createHash('sha256')
      .update([problem.id, problem.file, problem.line].join('\n'))
      .digest('hex'),
    severity: 'critical',
    location: { path: problem.file, lines: { begin: problem.line, end: problem.line } },
  }));
  const notices = report.notices.map(({ rule, message, file, line }) => ({
    description: message,
    check_name: rule,
    fingerprint: digest(rule, message),
    severity: 'minor',
    location: { path: file, lines: { begin: line, end: line } },
  }));
  return `${JSON.stringify([...findings, ...notices, ...notJudged], undefined, 2)}\n`;
};

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
