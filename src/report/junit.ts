import type { NotJudged } from '../manifests/manifest-problem.ts';
import type {
  Format,
  ReportedFinding,
  ReportedNotice,
  ReportedObject,
  SetVerdict,
  Severity,
} from './report.ts';
import {
  detailsOf,
  fileOf,
  pointedBy,
  notJudgedInWords,
  objectName,
  placeInWords,
  ungovernedInWords,
  waiverOf,
} from './wording.ts';
import { counted } from '../text/plural.ts';
import { escapeXml as escape, quoteXml as quote } from './xml.ts';

/** JUnit's XML: a suite for each file, a case for each object; warnings are its output, waived findings are skipped. */
export const junit: Format = (report) => {
  const findings = Map.groupBy(report.findings, ({ subject }) => subject);
  const objects = Map.groupBy(report.objects, (object) => fileOf(object).file);
  const notJudged = Map.groupBy(report.notJudged, (problem) => fileOf(problem).file);
  const notices = Map.groupBy(report.notices, ({ file }) => file);
  const files = new Set([...objects.keys(), ...notJudged.keys(), ...notices.keys()]);
  const suites = [...files].map((file) => {
    const cases = (objects.get(file) ?? []).map((object) => caseOf(object, findings.get(object) ?? []));
    return suite(file, [
      ...cases,
      ...(notices.get(file) ?? []).map(caseOfNotice),
      ...(notJudged.get(file) ?? []).map(caseOfProblem),
    ]);
  });
  if (report.sets) suites.push(suite('sets', report.sets.map(caseOfSet)));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tollgate" ${countsOf(suites.flatMap(({ cases }) => cases))}>`,
    ...suites.flatMap(({ lines }) => lines),
    '</testsuites>',
    '',
  ].join('\n');
};

interface Case {
  readonly lines: readonly string[];
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'error';
}

interface Suite {
  readonly lines: readonly string[];
  readonly cases: readonly Case[];
}

function suite(file: string, cases: readonly Case[]): Suite {
  const head = `  <testsuite name=${quote(file)} ${countsOf(cases)}>`;
  return { cases, lines: [head, ...cases.flatMap(({ lines }) => lines), '  </testsuite>'] };
}

function countsOf(cases: readonly Case[]): string {
  const number = (outcome: Case['outcome']) => cases.filter((entry) => entry.outcome === outcome).length;
  return `tests="${cases.length}" failures="${number('failed')}" errors="${number('error')}" skipped="${number('skipped')}"`;
}

function caseOf(object: ReportedObject, findings: readonly ReportedFinding[]): Case {
  const { reference } = object;
  const { file } = fileOf(object);
  const of = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted);
  const [errors, warnings, waived] = [of('error'), of('warning'), of('waived')];
  const [failure] = errors;
  const skipped = object.ungoverned
    ? [ungovernedInWords(object)]
    : waived.length > 0
      ? [waived.map(explain).join('\n\n')]
      : [];
  const lines = [
    `    <testcase name=${quote(objectName(reference))} classname=${quote(file)} file=${quote(file)}>`,
    ...(failure
      ? [
          `      <failure type=${quote(failure.finding.rule)} message=${quote(failure.finding.message)}>${escape(errors.map(explain).join('\n\n'))}</failure>`,
        ]
      : skipped.map((message) => `      <skipped message=${quote(message)}/>`)),
    ...(warnings.length > 0
      ? [`      <system-out>${escape(warnings.map(explain).join('\n\n'))}</system-out>`]
      : []),
    '    </testcase>',
  ];
  return { lines, outcome: failure ? 'failed' : skipped.length > 0 ? 'skipped' : 'passed' };
}

function caseOfProblem(problem: NotJudged): Case {
  const name = quote(`line ${problem.line}`);
  const lines = [
    `    <testcase name=${name} classname=${quote(problem.file)} file=${quote(problem.file)} line="${problem.line}">`,
    `      <error type=${quote(problem.id)} message=${quote(notJudgedInWords(problem))}/>`,
    '    </testcase>',
  ];
  return { lines, outcome: 'error' };
}

/** What is said about a waiver; a warning passes. */
function caseOfNotice({ rule, severity, message, expected, file, line }: ReportedNotice): Case {
  const text = `${message}\nexpected: ${expected}`;
  const lines = [
    `    <testcase name=${quote(rule)} classname=${quote(file)} file=${quote(file)} line="${line}">`,
    severity === 'error'
      ? `      <failure type=${quote(rule)} message=${quote(message)}>${escape(text)}</failure>`
      : `      <system-out>${escape(text)}</system-out>`,
    '    </testcase>',
  ];
  return { lines, outcome: severity === 'error' ? 'failed' : 'passed' };
}

/** The verdict on a set: what failed in it stands with its objects. */
function caseOfSet({ name, errors, notJudged, exitCode }: SetVerdict): Case {
  const message = `${counted(errors, 'error')}, ${counted(notJudged, 'document')} not judged`;
  const lines = [
    `    <testcase name=${quote(name)} classname="sets">`,
    ...(exitCode === 0 ? [] : [`      <failure type="set" message=${quote(message)}/>`]),
    '    </testcase>',
  ];
  return { lines, outcome: exitCode === 0 ? 'passed' : 'failed' };
}

function explain(reported: ReportedFinding): string {
  const { finding, place } = reported;
  const waiver = waiverOf(reported);
  return [
    `${placeInWords(pointedBy(reported), place)} ${finding.rule}: ${finding.message}`,
    ...detailsOf(reported).map(([heading, detail]) => `${heading}: ${detail}`),
    ...(waiver === undefined ? [] : [waiver]),
  ].join('\n');
}
