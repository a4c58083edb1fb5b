import type { ConnectionEnd } from '../../questions/connections/connections-answer.ts';
import { type ConnectionsFormat, endInWords } from './connections-report.ts';
import { inDot } from '../graph-text.ts';
import { rowsOf } from './rows.ts';

/** A graph for Graphviz: a box for each namespace; bold is encrypted, dashed is unknown. */
export const dot: ConnectionsFormat = (report) => {
  const rows = rowsOf(report);
  const ends = [...new Set(rows.flatMap(({ from, to }) => [from, to]))];
  const idOf = new Map(ends.map((end, index) => [end, `n${index}`]));
  const nodeOf = (end: ConnectionEnd) => `${idOf.get(end)} [label=${inDot(endInWords(end))}];`;
  const namespaces = Map.groupBy(ends, (end) => (end.kind === 'addresses' ? '' : end.namespace));
  const boxes = [...namespaces].flatMap(([namespace, own], index) =>
    namespace === ''
      ? own.map((end) => `  ${nodeOf(end)}`)
      : [
          `  subgraph cluster_${index} {`,
          `    label=${inDot(namespace)};`,
          ...own.map((end) => `    ${nodeOf(end)}`),
          '  }',
        ],
  );
  const edges = rows.map(({ encryption, family, from, to, verdict, what }) => {
    const label = inDot(family ? `${family} ${what}` : what);
    const style = verdict === 'unknown' ? 'dashed' : encryption === 'encrypted' ? 'bold' : 'solid';
    return `  ${idOf.get(from)} -> ${idOf.get(to)} [label=${label}, style=${style}];`;
  });
  const head = ['digraph connections {', '  rankdir=LR;', '  node [shape=box];'];
  return `${[...head, ...boxes, ...edges, '}'].join('\n')}\n`;
};
