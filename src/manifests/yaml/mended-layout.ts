/** A text in which some lines got blanks in front, and some tabs became blanks. */
export interface MendedLayout {
  readonly text: string;
  /** The tabs that became blanks, as offsets in the original. */
  readonly tabs: readonly number[];
  /** Where something in this text stands in the original. */
  readonly offsetIn: (offset: number) => number;
  /** The same with blanks in front of so many lines, from that of an offset on; undefined where a marker is among them. */
  readonly indentLines: (offset: number, count: number) => MendedLayout | undefined;
  /** The same with a blank for the last tab of the line before an offset; undefined where there is none. */
  readonly replaceTab: (offset: number) => MendedLayout | undefined;
}

/** Blanks that were put in front of a line, in the text that has them. */
interface Indent {
  readonly start: number;
  readonly width: number;
}

/** Begins with a text as it is. */
export function createLayout(text: string): MendedLayout {
  // Further right than any key or dash of the text stands.
  const width = text.split(/[\r\n]/).reduce((most, line) => Math.max(most, margin(line)), 0) + 1;
  return layoutOf(text, { indents: [], tabs: [], width });
}

function margin(line: string): number {
  return /^[ ?:-]*/.exec(line)?.[0].length ?? 0;
}

/** A line that begins or ends a document, also within brackets and quotes; with blanks in front it would be text. */
function isMarker(line: string): boolean {
  return /^(?:---|\.\.\.)(?:\s|$)/.test(line);
}

interface Changes {
  readonly indents: readonly Indent[];
  readonly tabs: readonly number[];
  readonly width: number;
}

function layoutOf(text: string, changes: Changes): MendedLayout {
  const { indents, tabs, width } = changes;
  const offsetIn = (offset: number) =>
    indents.reduce((sum, indent) => sum - Math.max(0, Math.min(indent.width, offset - indent.start)), offset);
  return {
    text,
    tabs,
    offsetIn,
    indentLines: (offset, count) => {
      const starts = lineStarts(text, startOfLine(text, offset), count);
      const pieces = starts.map((start, index) => text.slice(start, starts[index + 1]));
      if (pieces.some(isMarker)) return undefined;
      const blanks = ' '.repeat(width);
      return layoutOf(text.slice(0, starts[0]) + pieces.map((piece) => blanks + piece).join(''), {
        ...changes,
        // js-yaml goes on from where it was, so that earlier lines stand above these.
        indents: [...indents, ...starts.map((start, index) => ({ start: start + index * width, width }))],
      });
    },
    replaceTab: (offset) => {
      const tab = text.lastIndexOf('\t', offset - 1);
      if (tab < startOfLine(text, offset)) return undefined;
      const replaced = `${text.slice(0, tab)} ${text.slice(tab + 1)}`;
      return layoutOf(replaced, { ...changes, tabs: [...tabs, offsetIn(tab)] });
    },
  };
}

/** Where the line of an offset begins. */
export function startOfLine(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && !/[\r\n]/.test(text[start - 1] ?? '')) start--;
  return start;
}

function lineStarts(text: string, first: number, count: number): readonly number[] {
  const starts = [first];
  const breaks = /\r\n|\r|\n/g;
  breaks.lastIndex = first;
  while (starts.length < count && breaks.test(text) && breaks.lastIndex < text.length)
    starts.push(breaks.lastIndex);
  return starts;
}
