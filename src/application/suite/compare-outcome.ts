import { isDeepStrictEqual } from 'node:util';
import { denies, waiversOf } from '../../engine/judgement.ts';
import { type CaseOutcome, isTold } from './case-outcome.ts';
import type { ExpectationDocument as Expectation } from './suite-schema.ts';
import { readTextPattern } from './text-pattern.ts';

type ExpectedField = keyof Expectation;

/** One thing that is not as expected. */
export interface Mismatch {
  /** As it is shown. */
  readonly field: string;
  /** Where in the case it is written. */
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly found: string;
  /** What the suite would have to say; undefined where no word of a suite says it. */
  readonly actual: unknown;
}

/** Everything about an outcome that is not as expected; `patch` is the one expected, read from its file. */
export function compareOutcome(
  expected: Expectation,
  patch: readonly unknown[] | undefined,
  outcome: CaseOutcome,
): readonly Mismatch[] {
  const ids = idsOf(outcome);
  return [
    ...(expected.decision === undefined || expected.decision === outcome.decision
      ? []
      : [mismatch('decision', expected.decision, outcome.decision, decisionInWords(outcome))]),
    ...(['rules', 'warns', 'waived'] as const).flatMap((field) =>
      compareIds(field, expected[field], ids[field]),
    ),
    ...compareNames('waivedBy', expected.waivedBy, outcome.findings.flatMap(waiversOf)),
    ...compareNames('governedBy', expected.governedBy, outcome.governedBy),
    ...compareFound(expected, outcome),
    ...compareMessage(expected.message, outcome.message),
    ...compareWarnings(expected.warnings, outcome.warnings),
    ...(patch === undefined || isDeepStrictEqual(patch, outcome.patch)
      ? []
      : [mismatch('patch', JSON.stringify(patch), outcome.patch, JSON.stringify(outcome.patch))]),
  ];
}

/** The rules of an outcome by what became of their findings, each once, in alphabetical order. */
function idsOf({
  findings,
  notices,
}: CaseOutcome): Readonly<Record<'rules' | 'warns' | 'waived', readonly string[]>> {
  const told = notices.filter(isTold);
  const ids = (
    keep: (finding: CaseOutcome['findings'][number]) => boolean,
    action?: CaseOutcome['notices'][number]['action'],
  ) => {
    const about = told.filter((notice) => notice.action === action);
    return [...new Set([...findings.filter(keep), ...about].map(({ rule }) => rule))].toSorted();
  };
  return {
    rules: ids(denies, 'deny'),
    warns: ids((finding) => !denies(finding) && !finding.waiver, 'warn'),
    waived: ids(({ waiver }) => waiver !== undefined),
  };
}

function mismatch(field: ExpectedField, expected: string, actual: unknown, found: string): Mismatch {
  return { field, path: ['expect', field], expected, found, actual };
}

/** Why it was denied is what whoever expected otherwise wants to know next. */
function decisionInWords({ decision, message }: CaseOutcome): string {
  return message === '' ? decision : `${decision}\n${message}`;
}

function compareIds(
  field: 'rules' | 'warns' | 'waived',
  expected: readonly string[] | undefined,
  found: readonly string[],
): readonly Mismatch[] {
  if (expected === undefined || isDeepStrictEqual([...new Set(expected)].toSorted(), found)) return [];
  return [mismatch(field, wordsOf(expected.toSorted()), found, wordsOf(found))];
}

/** Names of waivers or conventions, in any order; one may be written without a list. */
function compareNames(
  field: 'waivedBy' | 'governedBy',
  expected: string | readonly string[] | undefined,
  names: readonly string[],
): readonly Mismatch[] {
  if (expected === undefined) return [];
  const [wanted, found] = [[expected].flat(), names].map((list) => [...new Set(list)].toSorted());
  if (!wanted || !found || isDeepStrictEqual(wanted, found)) return [];
  return [mismatch(field, wordsOf(wanted), found, wordsOf(found))];
}

function wordsOf(ids: readonly string[]): string {
  return ids.join(', ') || 'none';
}

function compareMessage(expected: Expectation['message'], message: string): readonly Mismatch[] {
  const wanted = typeof expected === 'string' ? [expected] : (expected ?? []);
  const [firstLine = ''] = message.split('\n');
  return wanted
    .filter((source) => !matches(source, message))
    .map((source) => mismatch('message', source, firstLine, message || 'no message'));
}

/** What is among the findings, and what is not; what the patch has put right was found as well. */
function compareFound(
  { finds, silent }: Expectation,
  { findings, notices, patched }: CaseOutcome,
): readonly Mismatch[] {
  const found: ReadonlySet<string> = new Set([
    ...[...findings, ...notices].map(({ rule }) => rule),
    ...patched,
  ]);
  const all = [...found].toSorted();
  const missed = (finds ?? []).some((id) => !found.has(id));
  const loud = (silent ?? []).filter((id) => found.has(id));
  return [
    ...(finds && missed ? [mismatch('finds', finds.join(', '), all, wordsOf(all))] : []),
    ...(silent && loud.length > 0
      ? [
          mismatch(
            'silent',
            silent.join(', '),
            silent.filter((id) => !found.has(id)),
            wordsOf(all),
          ),
        ]
      : []),
  ];
}

/** A list names the warnings one by one, in any order. */
function compareWarnings(
  expected: Expectation['warnings'],
  warnings: readonly string[],
): readonly Mismatch[] {
  if (expected === undefined) return [];
  const found = warnings.length === 0 ? 'none' : warnings.join('\n');
  if (typeof expected === 'number') {
    if (expected === warnings.length) return [];
    return [mismatch('warnings', String(expected), warnings.length, `${warnings.length}: ${found}`)];
  }
  const fits =
    expected.length === warnings.length &&
    expected.every((source) => warnings.some((warning) => matches(source, warning))) &&
    warnings.every((warning) => expected.some((source) => matches(source, warning)));
  return fits ? [] : [mismatch('warnings', expected.join('\n') || 'none', warnings, found)];
}

function matches(source: string, text: string): boolean {
  const pattern = readTextPattern(source);
  return 'matches' in pattern && pattern.matches(text);
}
