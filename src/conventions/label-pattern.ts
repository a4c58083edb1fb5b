import type { LabelPattern } from './convention.ts';

/**
 * Compiles the pattern of a label value; it must match the value as a whole.
 * A pattern that could take more than linear time is refused, so that no convention can hang a review.
 */
export function compileLabelPattern(
  source: string,
): { readonly pattern: LabelPattern } | { readonly problem: string } {
  try {
    const expression = new RegExp(`^(?:${source})$`, 'u');
    if (!isLinear(source))
      return { problem: 'groups, alternatives and more than one repetition are not possible' };
    return { pattern: { source, test: (value) => expression.test(value) } };
  } catch (error) {
    return {
      problem: `it is no regular expression: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function isLinear(source: string): boolean {
  return !/[()|]|\\[0-9k]/.test(source) && (source.match(/[*+{]/g) ?? []).length <= 1;
}
