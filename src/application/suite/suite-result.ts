import type { Mismatch } from './compare-outcome.ts';
import type { Suite } from './find-suites.ts';
import type { CaseOutcome } from './case-outcome.ts';

/** One case that ran, and what was not as expected. */
export interface CaseResult {
  readonly name: string;
  readonly index: number;
  /** The line of its name. */
  readonly line: number;
  readonly outcome: CaseOutcome;
  readonly mismatches: readonly Mismatch[];
}

export interface SuiteResult {
  readonly suite: Suite;
  readonly cases: readonly CaseResult[];
  /** Cases that `--run` leaves out. */
  readonly skipped: number;
}

/** How many cases did what they were expected to, and how many did not. */
export function countResults(results: readonly SuiteResult[]): {
  readonly passed: number;
  readonly failed: number;
} {
  const cases = results.flatMap((result) => result.cases);
  const failed = cases.filter(({ mismatches }) => mismatches.length > 0).length;
  return { passed: cases.length - failed, failed };
}
