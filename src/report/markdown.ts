import type { Format, Report, ReportedFinding } from './report.ts';
import {
  count,
  detailsOf,
  findingsInWords,
  notJudgedInWords,
  objectName,
  onOneLine,
  placeInWords,
  pointedBy,
  tallyInWords,
  waiverOf,
} from './wording.ts';

const signs = { error: '❌', warning: '⚠️', waived: '🏳️' } as const;

/** Markdown for a job summary or the comment on a pull request: a table of namespaces, each with its findings folded. */
export const markdown: Format = (report) => {
  const groups = Map.groupBy(report.findings, ({ subject: { reference } }) =>
    reference.kind === 'Namespace' ? reference.name : (reference.namespace ?? ''),
  );
  const namespaces = [...groups.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const verdict = report.exitCode === 0 ? '✅' : '❌';
  return [
    `## ${verdict} tollgate: ${findingsInWords(report)}`,
    '',
    ...tallyInWords(report).map((line) => `- ${escape(line)}`),
    '',
    ...(namespaces.length > 0 ? overview(namespaces, report) : []),
    ...namespaces.flatMap(([namespace, findings]) => details(headingOf(namespace), findings.map(finding))),
    ...(report.notices.length > 0
      ? details(
          'Waivers',
          report.notices.map(
            ({ rule, severity, message }) => `- ${signs[severity]} ${escape(message)} (${code(rule)})`,
          ),
        )
      : []),
    ...(report.notJudged.length > 0
      ? details(
          'Not judged',
          report.notJudged.map((problem) => {
            const place = `${problem.file}:${problem.line}:${problem.column}`;
            return `- ❓ ${code(place)} ${escape(notJudgedInWords(problem))} (${code(problem.id)})`;
          }),
        )
      : []),
  ].join('\n');
};

function overview(
  namespaces: readonly (readonly [string, readonly ReportedFinding[]])[],
  report: Report,
): string[] {
  return [
    '| namespace | errors | warnings | waived |',
    '| --- | ---: | ---: | ---: |',
    ...namespaces.map(([namespace, findings]) => {
      const own = { ...report, findings };
      const numbers = (['error', 'warning', 'waived'] as const).map((severity) => count(own, severity));
      return `| ${namespace === '' ? headingOf(namespace) : escape(namespace)} | ${numbers.join(' | ')} |`;
    }),
    '',
  ];
}

function headingOf(namespace: string): string {
  return namespace === '' ? 'cluster-wide' : code(namespace);
}

function details(summary: string, lines: readonly string[]): string[] {
  return [
    `<details><summary>${summary.replaceAll(/^`|`$/g, '')} (${lines.length})</summary>`,
    '',
    ...lines,
    '',
    '</details>',
    '',
  ];
}

function finding(reported: ReportedFinding): string {
  const {
    finding: { rule, message },
    subject,
    severity,
    place,
  } = reported;
  const waiver = waiverOf(reported);
  return [
    `- ${signs[severity]} ${code(rule)} ${escape(message)}`,
    `  ${code(placeInWords(pointedBy(reported), place))} ${escape(objectName(subject.reference))}`,
    ...detailsOf(reported).map(([heading, detail]) => `  - ${heading}: ${code(detail)}`),
    ...(waiver === undefined ? [] : [`  - ${escape(waiver)}`]),
  ].join('\n');
}

/** Code in as many backticks as its content needs; line breaks become spaces. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 ? ' ' : '';
  return `${fence}${padding}${onOneLine(text)}${padding}${fence}`;
}

function escape(text: string): string {
  return onOneLine(text).replaceAll(/[\\`*_{}[\]<>#|~]/g, String.raw`\$&`);
}
