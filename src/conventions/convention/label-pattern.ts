import { RE2JS } from 're2js';
import type { LabelPattern } from './convention.ts';

/** More than any pattern of label values needs; one of this size takes microseconds for a value. */
const mostInstructions = 2000;

/**
 * Compiles the pattern of a label value; it must match the value as a whole.
 * The language is RE2's, whose time is linear in pattern and value, so that no convention can hang a review.
 * Source: github.com/google/re2/wiki/Syntax.
 */
export function compileLabelPattern(
  source: string,
): { readonly pattern: LabelPattern } | { readonly problem: string } {
  try {
    const expression = RE2JS.compile(source);
    if (expression.programSize() > mostInstructions)
      return { problem: 'it is too large once its repetitions are written out; lower their counts' };
    return { pattern: { source, test: (value) => expression.testExact(value) } };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : '';
    return { problem: `it is no regular expression of RE2: ${reason}` };
  }
}
