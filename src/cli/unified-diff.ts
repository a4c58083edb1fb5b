import { applyTextEdits, type TextEdit } from '../manifests/edit/text-edit.ts';

/** Lines that are replaced: where they start in the old text, counted from 0, and what was and will be there. */
interface Change {
  readonly start: number;
  readonly old: readonly string[];
  readonly new: readonly string[];
}

const context = 3;

/** The unified diff of a text that is edited in place, from the edits themselves; empty where there are none. */
export function unifiedDiff(name: string, text: string, edits: readonly TextEdit[]): string {
  if (edits.length === 0) return '';
  const lines = linesOf(text);
  const changes = joinNeighbours(changesOf(lines, edits).map(trim));
  let moved = 0;
  const hunks = groupOf(changes).map((group) => {
    const hunk = print(lines, group, moved);
    moved += group.reduce((sum, change) => sum + change.new.length - change.old.length, 0);
    return hunk;
  });
  return [`--- a/${name}\n`, `+++ b/${name}\n`, ...hunks].join('');
}

/** Lines with their line breaks. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The lines that edits touch; edits of the same line make one change. */
function changesOf(lines: readonly string[], edits: readonly TextEdit[]): Change[] {
  const starts: number[] = [];
  let length = 0;
  for (const line of lines) {
    starts.push(length);
    length += line.length;
  }
  const lineAt = (offset: number) =>
    Math.max(
      0,
      starts.findLastIndex((start) => start <= offset),
    );
  const groups: { first: number; last: number; edits: TextEdit[] }[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const first = lineAt(edit.start);
    const last = lineAt(Math.max(edit.start, edit.end - 1));
    const before = groups.at(-1);
    if (before && first <= before.last) {
      before.last = Math.max(last, before.last);
      before.edits.push(edit);
    } else groups.push({ first, last, edits: [edit] });
  }
  return groups.map(({ first, last, edits }) => {
    const old = lines.slice(first, last + 1);
    const offset = starts[first] ?? 0;
    const shifted = edits.map(({ start, end, text }) => ({ start: start - offset, end: end - offset, text }));
    return { start: first, old, new: linesOf(applyTextEdits(old.join(''), shifted)) };
  });
}

/** Without the lines that stay at both ends. */
function trim(change: Change): Change {
  const shorter = Math.min(change.old.length, change.new.length);
  let head = 0;
  while (head < shorter && change.old[head] === change.new[head]) head++;
  let tail = 0;
  while (tail < shorter - head && change.old.at(-1 - tail) === change.new.at(-1 - tail)) tail++;
  return {
    start: change.start + head,
    old: change.old.slice(head, change.old.length - tail),
    new: change.new.slice(head, change.new.length - tail),
  };
}

/** What is taken out comes before what is put in, so changes without a line between them are one. */
function joinNeighbours(changes: readonly Change[]): Change[] {
  const joined: Change[] = [];
  for (const change of changes) {
    const before = joined.at(-1);
    if (!before || change.start > before.start + before.old.length) joined.push(change);
    else
      joined[joined.length - 1] = {
        start: before.start,
        old: [...before.old, ...change.old],
        new: [...before.new, ...change.new],
      };
  }
  return joined;
}

/** Changes whose surroundings touch are shown together. */
function groupOf(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const before = groups.at(-1)?.at(-1);
    if (before && change.start - (before.start + before.old.length) <= 2 * context)
      groups.at(-1)?.push(change);
    else groups.push([change]);
  }
  return groups;
}

function print(lines: readonly string[], group: readonly Change[], moved: number): string {
  const [first, last] = [group[0], group.at(-1)];
  if (!first || !last) return '';
  const start = Math.max(0, first.start - context);
  const end = Math.min(lines.length, last.start + last.old.length + context);
  const body: string[] = [];
  let position = start;
  for (const change of group) {
    body.push(...lines.slice(position, change.start).map((line) => ` ${line}`));
    body.push(...change.old.map((line) => `-${line}`), ...change.new.map((line) => `+${line}`));
    position = change.start + change.old.length;
  }
  body.push(...lines.slice(position, end).map((line) => ` ${line}`));
  const growth = group.reduce((sum, change) => sum + change.new.length - change.old.length, 0);
  const head = `@@ -${start + 1},${end - start} +${start + 1 + moved},${end - start + growth} @@\n`;
  return (
    head +
    body.map((line) => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`)).join('')
  );
}
