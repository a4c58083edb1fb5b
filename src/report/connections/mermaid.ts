import { type ConnectionsFormat, endInWords } from './connections-report.ts';
import { inMermaid } from '../graph-text.ts';
import { rowsOf } from './rows.ts';

/** A flowchart: thick arrows are encrypted, dotted ones unknown. */
export const mermaid: ConnectionsFormat = (report) => {
  const rows = rowsOf(report);
  const ends = [...new Set(rows.flatMap(({ from, to }) => [from, to]))];
  const idOf = new Map(ends.map((end, index) => [end, `n${index}`]));
  const nodes = ends.map((end) => `  ${idOf.get(end)}[${inMermaid(endInWords(end))}]`);
  const edges = rows.map(({ encryption, family, from, to, verdict, what }) => {
    const arrow = verdict === 'unknown' ? '-.->' : encryption === 'encrypted' ? '==>' : '-->';
    return `  ${idOf.get(from)} ${arrow}|${inMermaid(family ? `${family} ${what}` : what)}| ${idOf.get(to)}`;
  });
  return `${['flowchart LR', ...nodes, ...edges].join('\n')}\n`;
};
