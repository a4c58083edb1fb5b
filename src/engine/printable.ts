/**
 * What may not reach a terminal or a log as it is: control characters, which can repaint the screen or start a workflow
 * command, and what nobody sees, such as marks that turn the direction of writing, characters without a width, line
 * separators and halves of surrogate pairs. Line feeds and tabs are for the callers.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** A text with everything that cannot be printed written out, `\u001b`; its lines stay lines. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** The same as one line: a line break in it is written out as well. */
export function printableLine(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

/** The same with a placeholder for each code unit, where the width of a line must stay. */
export function masked(text: string): string {
  return text.replaceAll(unprintable, (character) =>
    character === '\n' || character === '\t' ? character : '\uFFFD'.repeat(character.length),
  );
}

/**
 * Lines of JSON as a terminal may show them: of what cannot be printed JSON itself writes out C0 controls only. What is
 * read from it is the same.
 */
export function printableJson(lines: string): string {
  return lines.replaceAll(unprintable, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()].map((at) => unit(character.charCodeAt(at))).join(''),
  );
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

const short = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

function escaped(character: string): string {
  const known = short.get(character);
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff_ff ? `\\u{${code.toString(16)}}` : unit(code);
}
