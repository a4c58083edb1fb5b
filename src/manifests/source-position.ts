/** A stretch of text; lines and columns count from 1, columns in UTF-16 units, and the end is exclusive. */
export interface SourceRange {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Turns offsets into lines and columns of one text. */
export interface LineIndex {
  readonly positionAt: (offset: number) => { readonly line: number; readonly column: number };
  /** A line's text without its line break; lines count from 1. */
  readonly line: (number: number) => string | undefined;
  readonly rangeOf: (start: number, end: number) => SourceRange;
}

/** Creates the index of a text; lines end where YAML ends them: CR, LF or both. */
export function createLineIndex(text: string): LineIndex {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);

  const positionAt = (offset: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
  return {
    positionAt,
    line: (number) => {
      const start = starts[number - 1];
      return start === undefined ? undefined : text.slice(start, starts[number]).replace(/[\r\n]+$/, '');
    },
    rangeOf: (start, end) => {
      const { line, column } = positionAt(start);
      const last = positionAt(Math.max(start, end));
      return { line, column, endLine: last.line, endColumn: last.column };
    },
  };
}
