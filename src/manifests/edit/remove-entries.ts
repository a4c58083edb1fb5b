import type { Span } from '../yaml/locate.ts';
import { lineEnd, lineStart, nextLine, opensLine } from './edit-context.ts';
import type { TextEdit } from './text-edit.ts';

/**
 * The text edits that take entries out of a map or list of which at least one stays: whole lines in block style,
 * with one comma each in flow style. A span reaches from the key, dash or item to the end of its value.
 */
export function removeEntries(
  text: string,
  spans: readonly Span[],
  kept: readonly boolean[],
  flow: boolean,
): TextEdit[] {
  return runsOf(kept).map(({ from, to }) => {
    const start = spans[from]?.start ?? 0;
    const end = spans[to - 1]?.end ?? start;
    const next = spans[to];
    if (!flow && opensLine(text, start)) {
      const line = lineStart(text, start);
      // at the end of a block the line break before goes instead of the one behind, where others may add lines
      return next || line === 0
        ? { start: line, end: nextLine(text, end), text: '' }
        : { start: breakBefore(text, line), end: lineEnd(text, end), text: '' };
    }
    // in flow style, and where the first entry of a block shares its line with a dash: up to the next entry
    return next
      ? { start, end: next.start, text: '' }
      : { start: spans[from - 1]?.end ?? start, end, text: '' };
  });
}

/** Where the line break before a line begins. */
function breakBefore(text: string, line: number): number {
  return text.startsWith('\r\n', line - 2) ? line - 2 : line - 1;
}

/** The stretches of entries that go; `to` is exclusive. */
function runsOf(kept: readonly boolean[]): { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = [];
  kept.forEach((stays, index) => {
    if (stays) return;
    const last = runs.at(-1);
    if (last?.to === index) last.to++;
    else runs.push({ from: index, to: index + 1 });
  });
  return runs;
}
