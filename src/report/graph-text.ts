import { onOneLine } from './wording.ts';

/** Text in the quotes of mermaid. Source: mermaid, docs/syntax/flowchart.md, "Entity codes to escape characters". */
export function inMermaid(text: string): string {
  const escaped = onOneLine(text).replaceAll('#', '#35;').replaceAll('"', '#quot;');
  return `"${escaped.replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`;
}

/** Text in the quotes of Graphviz. Source: Graphviz, doc/info/lang.html: in a quoted string only the quote is escaped. */
export function inDot(text: string): string {
  return `"${onOneLine(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
