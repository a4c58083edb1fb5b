import { printable } from '../../engine/printable.ts';
import type { ConnectionEnd } from '../../questions/connections/connections-answer.ts';
import { type ConnectionsFormat, endInWords } from './connections-report.ts';
import { type ConnectionsRow, rowsOf } from './rows.ts';

/** More ends than these are no grid that anybody reads. */
const mostEnds = 40;

/** A square for each pair of ends, for small sets. */
export const grid: ConnectionsFormat = (report) => {
  const rows = rowsOf(report);
  const from = distinct(rows.map((row) => row.from));
  const to = distinct(rows.map((row) => row.to));
  if (from.length > mostEnds || to.length > mostEnds)
    return `a grid has at most ${mostEnds} ends on a side, and here are ${from.length} and ${to.length}: choose some with --from and --to, or another format\n`;
  const numbers = to.map((end, index) => `${index + 1}  ${endInWords(end)}`);
  const width = Math.max(0, ...from.map((end) => endInWords(end).length));
  const cells = from.map((source) => {
    const own = to.map((destination) => signOf(rows, source, destination).padStart(3)).join('');
    return `${endInWords(source).padEnd(width)} ${own}`;
  });
  const head = `${' '.repeat(width)} ${to.map((_, index) => `${index + 1}`.padStart(3)).join('')}`;
  const legend = 'E encrypted, + in the clear, ? unknown, . nothing';
  return `${printable([head, ...cells, '', ...numbers, legend].join('\n'))}\n`;
};

function distinct(ends: readonly ConnectionEnd[]): readonly ConnectionEnd[] {
  return [...new Set(ends)];
}

/** The worst of what is open between two ends. */
function signOf(rows: readonly ConnectionsRow[], from: ConnectionEnd, to: ConnectionEnd): string {
  const own = rows.filter((row) => row.from === from && row.to === to);
  if (own.length === 0) return '.';
  const sure = own.filter(({ encryption, verdict }) => verdict === 'allowed' && encryption !== 'unknown');
  if (sure.some(({ encryption }) => encryption === 'plaintext')) return '+';
  return sure.length < own.length ? '?' : 'E';
}
