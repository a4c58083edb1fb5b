import { createHash } from 'node:crypto';
import { fingerprintsOf } from './fingerprint.ts';
import type { Format } from './report.ts';
import {
  fileOf,
  pointedBy,
  notJudgedInWords,
  objectName,
  ungovernedInWords,
  setNames,
  waiverOf,
} from './wording.ts';

const severities = { error: 'major', warning: 'minor', waived: 'info' } as const;

/** GitLab's code quality report. Source: docs.gitlab.com, "Code Quality", report format. */
export const gitlab: Format = (report) => {
  const fingerprints = fingerprintsOf(report.findings.map(({ finding }) => finding));
  const findings = report.findings.map((reported, index) => {
    const { finding, severity, place } = reported;
    const waiver = waiverOf(reported);
    const where = reported.sets === undefined ? '' : ` (in sets: ${setNames(reported.sets)})`;
    return {
      description: `${waiver === undefined ? finding.message : `${finding.message}; ${waiver}`}${where}`,
      check_name: finding.rule,
      fingerprint: fingerprints[index],
      severity: severities[severity],
      location: locationOf(pointedBy(reported), place.line, place.endLine),
    };
  });
  const notJudged = report.notJudged.map((problem) => ({
    description: notJudgedInWords(problem),
    check_name: problem.id,
    fingerprint: createHash('sha256')
      .update([problem.id, problem.file, problem.line].join('\n'))
      .digest('hex'),
    severity: 'critical',
    location: locationOf(problem, problem.line, problem.line),
  }));
  const ungoverned = report.objects
    .filter((object) => object.ungoverned)
    .map((object) => ({
      description: ungovernedInWords(object),
      check_name: 'ungoverned',
      fingerprint: digest('ungoverned', object.file, objectName(object.reference)),
      severity: 'info',
      location: locationOf(object, 1, 1),
    }));
  const notices = report.notices.map(({ rule, severity, message, file, line }) => ({
    description: message,
    check_name: rule,
    fingerprint: digest(rule, message),
    severity: severities[severity],
    location: { path: file, lines: { begin: line, end: line } },
  }));
  return `${JSON.stringify([...findings, ...notices, ...ungoverned, ...notJudged], undefined, 2)}\n`;
};

/** A line is required; that of a template is not known. */
function locationOf(subject: Parameters<typeof fileOf>[0], begin: number, end: number) {
  const { file, isTemplate } = fileOf(subject);
  return { path: file, lines: isTemplate ? { begin: 1, end: 1 } : { begin, end } };
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}
