import type { Connection } from '../../questions/connections/connections-answer.ts';
import { listInWords } from '../../text/list.ts';
import {
  type ConnectionsFormat,
  type ConnectionsReport,
  endInWords,
  ruleInWords,
} from './connections-report.ts';
import { onOneLine } from '../wording.ts';
import { type ConnectionsRow, rowsOf } from './rows.ts';

/** Connections as a table. */
export const markdown: ConnectionsFormat = (report) => {
  const rows = rowsOf(report).map((row) => `| ${cellsOf(row, report).map(cell).join(' | ')} |`);
  const unread = report.answer.incomplete.map((why) => `- not known: ${cell(why)}`);
  const table = ['| from | to | what | encryption | by |', '|---|---|---|---|---|', ...rows];
  return `${[...table, ...(unread.length > 0 ? ['', ...unread] : [])].join('\n')}\n`;
};

function cellsOf(row: ConnectionsRow, report: ConnectionsReport): readonly string[] {
  const { connections, encryption, family, from, to, verdict, what } = row;
  const rules = (half: keyof Connection['because']) =>
    connections.flatMap(({ because }) => because[half]).map((rule) => ruleInWords(rule, report));
  const told = [...new Set([...rules('egress'), ...rules('ingress')])];
  return [
    endInWords(from),
    endInWords(to),
    `${family ? `${family} ` : ''}${what}${verdict === 'unknown' ? ' (unknown)' : ''}`,
    encryption,
    told.length === 0 ? 'no policy' : listInWords(told, { most: 4 }),
  ];
}

/** Text in a cell of a table, whatever is in it. */
export function cell(text: string): string {
  return onOneLine(text).replaceAll(/[\\`*_{}[\]<>|]/g, (sign) => `\\${sign}`);
}
