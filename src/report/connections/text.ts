import { printable } from '../../engine/printable.ts';
import type { Connection, DecidingRule } from '../../questions/connections/connections-answer.ts';
import { listInWords } from '../../text/list.ts';
import { counted } from '../../text/plural.ts';
import {
  type ConnectionsFormat,
  type ConnectionsReport,
  endInWords,
  ruleInWords,
} from './connections-report.ts';
import { type ConnectionsRow, rowsOf } from './rows.ts';

/** Connections for people: a line for two ends, the rules that let it through below it, and the sum of it. */
export const text: ConnectionsFormat = (report) => {
  const { ends, incomplete } = report.answer;
  const rows = rowsOf(report);
  const blocks = rows.map((row) => blockOf(row, report).join('\n'));
  const groups = ends.flatMap((end) =>
    end.kind === 'workloads' && end.workloads.length > 1
      ? [
          `${end.id} stands for ${listInWords(
            end.workloads.map(({ name }) => name),
            { most: 10 },
          )}`,
        ]
      : [],
  );
  const parts = [
    blocks.join('\n'),
    groups.join('\n'),
    [...incomplete.map((why) => `not known: ${why}`), summaryOf(report.answer, rows.length)].join('\n'),
  ];
  return `${printable(parts.filter((part) => part !== '').join('\n\n'))}\n`;
};

function blockOf(row: ConnectionsRow, report: ConnectionsReport): readonly string[] {
  const { connections, encryption, family, from, to, verdict, what } = row;
  const remarks = [
    ...(family ? [family] : []),
    ...(verdict === 'unknown' ? ['unknown'] : []),
    encryption === 'unknown' ? 'encryption unknown' : encryption,
  ];
  const why = [...new Set(connections.flatMap((connection) => connection.why ?? []))];
  return [
    `${endInWords(from)} -> ${endInWords(to)}: ${what} (${remarks.join(', ')})`,
    ...reasonLine('egress', connections, report),
    ...reasonLine('ingress', connections, report),
    ...why.map((one) => `  not known: ${one}`),
  ];
}

const mostRules = 5;

function reasonLine(
  half: keyof Connection['because'],
  connections: readonly Connection[],
  report: ConnectionsReport,
): readonly string[] {
  const rules = new Set<DecidingRule>(connections.flatMap(({ because }) => because[half]));
  if (rules.size === 0) return [];
  const told = [...new Set([...rules].map((rule) => ruleInWords(rule, report)))];
  return [`  ${half}: ${listInWords(told, { most: mostRules })}`];
}

function summaryOf({ connections, incomplete }: ConnectionsReport['answer'], rows: number): string {
  const ends = new Set(connections.flatMap(({ from, to }) => [from, to])).size;
  const counts = [
    [connections.filter(({ verdict }) => verdict === 'unknown').length, 'unknown'],
    [connections.filter(({ encryption }) => encryption === 'encrypted').length, 'encrypted'],
    [connections.filter(({ encryption }) => encryption === 'plaintext').length, 'in the clear'],
  ].map(([count, what]) => `${count} ${what}`);
  return rows === 0
    ? `nothing that was asked for is ${incomplete.length > 0 ? 'known to be ' : ''}open`
    : `${counted(connections.length, 'connection')} between ${counted(ends, 'end')}: ${counts.join(', ')}`;
}
