/** A stretch of a text and what takes its place; offsets in UTF-16 units, the end exclusive. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Makes edits that do not overlap, insertions at one place in their order; everything outside them stays as it is. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let position = 0;
  for (const edit of inOrder(edits)) {
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + text.slice(position);
}

/** Whether two of the edits touch the same text, so that one would undo the other; insertions touch none. */
export function overlap(edits: readonly TextEdit[]): boolean {
  return inOrder(edits).some((edit, index, sorted) => {
    const before = sorted[index - 1];
    return before !== undefined && edit.start < before.end;
  });
}

function inOrder(edits: readonly TextEdit[]): TextEdit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}
