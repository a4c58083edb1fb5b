import { nearestWord, oneSlip } from '../../text/nearest-word.ts';

/**
 * Whether one value of a label is another with a letter wrong. `web-1` and `web-2` are two names, not one and its
 * misspelling.
 */
export function isSlip(value: string, other: string): boolean {
  return slipOf(value, [other]) !== undefined;
}

/** The value that is another with a letter wrong; undefined where none is. */
export function slipOf(value: string, candidates: readonly string[]): string | undefined {
  const near = nearestWord(value, candidates, oneSlip);
  return near === undefined || withoutDigits(near) === withoutDigits(value) ? undefined : near;
}

function withoutDigits(text: string): string {
  return text.replaceAll(/[0-9]+/g, '');
}
