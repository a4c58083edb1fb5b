/** One document of a YAML stream: its text with the `---` line that opens it, and where that text starts. */
export interface DocumentText {
  readonly text: string;
  /** In UTF-16 units from the start of the file. */
  readonly offset: number;
}

const separator = /(?:^|\n)---(?=[ \t\r\n]|$)/g;

/**
 * Cuts a stream at its `---` lines, as kubectl does, so that a broken document does not take the others with it.
 * No scalar can hold such a line: block scalars are indented and quoted ones must not contain it.
 */
export function splitDocuments(text: string): readonly DocumentText[] {
  const starts = [0];
  for (const match of text.matchAll(separator)) {
    const offset = match.index + (match[0].startsWith('\n') ? 1 : 0);
    if (offset > 0 && !onlyDirectives(text.slice(starts.at(-1), offset))) starts.push(offset);
  }
  return starts.map((offset, index) => ({ offset, text: text.slice(offset, starts[index + 1]) }));
}

/** A `%YAML` line belongs to the document whose marker follows. */
function onlyDirectives(text: string): boolean {
  return text.startsWith('%') && /^(?:%[^\n]*\n|[ \t]*(?:#[^\n]*)?\r?\n)+$/.test(text);
}

/** The file a template engine says it rendered a document from: Helm writes it above each as `# Source: chart/file`. */
export function renderedFrom(text: string): string | undefined {
  return /^(?:---[ \t]*\r?\n)?(?:[ \t]*(?:#.*)?\r?\n)*?# Source: (\S[^\r\n]*?)[ \t]*(?:\r?\n|$)/.exec(
    text,
  )?.[1];
}
