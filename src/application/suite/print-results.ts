import picocolors from 'picocolors';
import { printable, printableLine } from '../../engine/printable.ts';
import { escapeXml as escape, quoteXml as quote } from '../../report/xml.ts';
import type { Mismatch } from './compare-outcome.ts';
import { type CaseResult, countResults, type SuiteResult } from './suite-result.ts';
import { counted } from '../../text/plural.ts';

/** The results for people: every suite with its cases, and for each that failed what was expected and found. */
export function textOf(results: readonly SuiteResult[], color: boolean): string {
  const colors = picocolors.createColors(color);
  const caseLines = ({ suite }: SuiteResult, { name, line, mismatches }: CaseResult): string[] =>
    mismatches.length === 0
      ? [`  ${colors.green('ok')}    ${printableLine(name)}`]
      : [
          `  ${colors.red('FAIL')}  ${printableLine(name)} (${printableLine(suite.file)}:${line})`,
          ...mismatches.flatMap(mismatchLines).map((text) => `          ${printable(text)}`),
        ];
  const blocks = results.map((result) =>
    [
      `${colors.bold(printableLine(result.suite.document.suite))} (${printableLine(result.suite.file)})`,
      ...result.cases.flatMap((entry) => caseLines(result, entry)),
    ].join('\n'),
  );
  return [...blocks, `${tallyInWords(results)}\n`].join('\n\n');
}

/** `5 cases in 2 suites: 4 passed, 1 failed`. */
export function tallyInWords(results: readonly SuiteResult[]): string {
  const { passed, failed } = countResults(results);
  const skipped = results.reduce((sum, result) => sum + result.skipped, 0);
  const cases = `${counted(passed + failed, 'case')} in ${counted(results.length, 'suite')}`;
  return `${cases}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} left out by --run` : ''}`;
}

function mismatchLines({ field, expected, found }: Mismatch): string[] {
  const block = (heading: string, text: string) => {
    const [first = '', ...rest] = text.split('\n');
    return [`${heading} ${first}`, ...rest.map((line) => `  ${line}`)];
  };
  return [...block(`${field}: expected`, expected), ...block(`${' '.repeat(field.length)}  found   `, found)];
}

/** The results for programs. */
export function jsonOf(results: readonly SuiteResult[]): string {
  const document = {
    ...countResults(results),
    suites: results.map(({ suite, cases }) => ({
      suite: suite.document.suite,
      file: suite.file,
      cases: cases.map(({ name, line, outcome, mismatches }) => ({
        name,
        line,
        passed: mismatches.length === 0,
        decision: outcome.decision,
        mismatches: mismatches.map(({ field, expected, found }) => ({ field, expected, found })),
      })),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The results as JUnit's XML. */
export function junitOf(results: readonly SuiteResult[]): string {
  const { passed, failed } = countResults(results);
  const caseLines = (file: string, { name, line, mismatches }: CaseResult): string[] => {
    const head = `    <testcase name=${quote(name)} classname=${quote(file)} file=${quote(file)} line="${line}"`;
    if (mismatches.length === 0) return [`${head}/>`];
    const fields = mismatches.map(({ field }) => field).join(', ');
    const text = mismatches.flatMap(mismatchLines).join('\n');
    return [
      `${head}>`,
      `      <failure message=${quote(`not as expected: ${fields}`)}>${escape(text)}</failure>`,
      '    </testcase>',
    ];
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tollgate test" tests="${passed + failed}" failures="${failed}">`,
    ...results.flatMap((result) => {
      const counts = countResults([result]);
      const { suite, cases } = result;
      return [
        `  <testsuite name=${quote(suite.document.suite)} file=${quote(suite.file)} tests="${cases.length}" failures="${counts.failed}">`,
        ...cases.flatMap((entry) => caseLines(suite.file, entry)),
        '  </testsuite>',
      ];
    }),
    '</testsuites>',
    '',
  ].join('\n');
}
