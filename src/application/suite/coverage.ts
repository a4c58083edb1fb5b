import { denies } from '../../engine/judgement.ts';
import { explainedRules } from '../explained-rules.ts';
import type { SuiteResult } from './suite-result.ts';

/** The ways in which a rule can show in a case. */
const branches = ['refused', 'warned', 'waived', 'patched', 'silent'] as const;

export interface RuleCoverage {
  readonly rule: string;
  /** In how many cases the rule refused, warned, was waived, was put right by the patch, or had nothing to say. */
  readonly cases: Readonly<Record<(typeof branches)[number], number>>;
}

/** Which rules, and which of their branches, had a case. */
export function coverageOf(results: readonly SuiteResult[]): readonly RuleCoverage[] {
  const outcomes = results.flatMap(({ cases }) => cases.map(({ outcome }) => outcome));
  return explainedRules.map(({ id }) => {
    const own = outcomes.map(({ findings, notices, patched, asked }) => {
      const found = findings.filter(({ rule }) => rule === id);
      const told = notices.filter(({ rule }) => rule === id);
      return {
        refused: found.some(denies) || told.some(({ action }) => action === 'deny'),
        warned:
          found.some((finding) => !denies(finding) && !finding.waiver) ||
          told.some(({ action }) => action === 'warn'),
        waived: found.some(({ waiver }) => waiver !== undefined),
        patched: patched.has(id),
        silent: asked.has(id) && found.length + told.length === 0 && !patched.has(id),
      };
    });
    const cases = branches.map((branch) => [branch, own.filter((seen) => seen[branch]).length] as const);
    return { rule: id, cases: Object.fromEntries(cases) as RuleCoverage['cases'] };
  });
}

/** The rules that no case made speak: nobody knows whether they would. */
export function uncovered(coverage: readonly RuleCoverage[]): readonly RuleCoverage[] {
  return coverage.filter(
    ({ cases: { refused, warned, waived, patched } }) => refused + warned + waived + patched === 0,
  );
}

/** The coverage as a table, with the rules that have no case last. */
export function coverageInWords(coverage: readonly RuleCoverage[]): string {
  const bare = uncovered(coverage);
  const rows = coverage
    .filter((entry) => !bare.includes(entry))
    .map(({ rule, cases }) => [rule, ...branches.map((branch) => String(cases[branch]))]);
  const table = [['RULE', ...branches.map((branch) => branch.toUpperCase())], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const missing = bare.map(({ rule }) => `no case: ${rule}`);
  return [...lines, ...missing, `${rows.length} of ${coverage.length} rules have a case`, ''].join('\n');
}
