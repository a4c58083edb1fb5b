/** How a text is cut. */
export interface CutForm {
  /** What stands for the part that is left out, `…` by default; it is part of the length. */
  readonly mark?: string;
  /** The mark comes on top of the length, so that the length is what is kept of the text. */
  readonly markOnTop?: boolean;
  /** The text is printable, so no escape such as `\u001b` and no pair of surrogates may be cut in two. */
  readonly printable?: boolean;
}

/**
 * A text of at most so many characters (UTF-16 code units), with a mark where something is left out.
 *
 * @example
 * cut('abcdef', 4) // 'abc…'
 */
export function cut(
  text: string,
  length: number,
  { mark = '…', markOnTop = false, printable = false }: CutForm = {},
): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, markOnTop ? length : length - mark.length);
  return `${printable ? kept.replace(brokenEnd, '') : kept}${mark}`;
}

const brokenEnd = /\\(?:u(?:[0-9a-f]{0,3}|\{[0-9a-f]*))?$|[\uD800-\uDBFF]$/i;
