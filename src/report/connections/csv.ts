import type { DecidingRule } from '../../questions/connections/connections-answer.ts';
import { objectName, onOneLine } from '../wording.ts';
import type { ConnectionsFormat } from './connections-report.ts';

const head = ['from', 'to', 'protocol', 'family', 'ports', 'verdict', 'encryption', 'egress', 'ingress'];

/** One connection a line; several ports, types or rules in a field have semicolons between them. */
export const csv: ConnectionsFormat = ({ answer }) => {
  const lines = answer.connections.map((connection) => [
    connection.from,
    connection.to,
    connection.protocol,
    connection.family,
    connection.protocol === 'ICMP'
      ? (connection.icmp ?? [])
          .map(({ codes, types }) => `${types.join('-')}${codes ? `/${codes.join('-')}` : ''}`)
          .join(';')
      : connection.ports.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(';'),
    connection.verdict,
    connection.encryption,
    rulesOf(connection.because.egress),
    rulesOf(connection.because.ingress),
  ]);
  return [head, ...lines].map((fields) => `${fields.map(quoted).join(',')}\n`).join('');
};

function rulesOf(rules: readonly DecidingRule[]): string {
  const named = rules.map(({ policy, rule, tier }) =>
    policy ? `${objectName(policy)}${rule === undefined ? '' : ` rule ${rule + 1}`}` : tier,
  );
  return named.join('; ');
}

/** Source: RFC 4180; a sign that a table takes for a formula is kept from being one. */
function quoted(field: string): string {
  const shown = onOneLine(field);
  const safe = /^[=+\-@]/.test(shown) ? `'${shown}` : shown;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
