import type { Connection, DecidingRule } from '../../questions/connections/connections-answer.ts';
import type { ConnectionsFormat } from './connections-report.ts';
import type { JsonConnections } from './json-schema.ts';

/** Connections for programs; the schema is in `json-schema.ts` and in docs/connections.schema.json. */
export const json: ConnectionsFormat = ({ answer, placeOf }) => {
  const places = new Map<DecidingRule, object>();
  const placed = (rule: DecidingRule) => {
    const known = places.get(rule);
    if (known) return known;
    const place = rule.at && placeOf(rule.at);
    const made = place ? { ...rule, place } : rule;
    places.set(rule, made);
    return made;
  };
  const connectionOf = ({ because, ...connection }: Connection) => ({
    ...connection,
    because: { egress: because.egress.map(placed), ingress: because.ingress.map(placed) },
  });
  const written = {
    schema: 'tollgate.dev/connections/v1' satisfies JsonConnections['schema'],
    ends: answer.ends,
    incomplete: answer.incomplete,
  };
  // A line for each connection: there can be many, and whoever looks into it looks for one.
  const lines = answer.connections.map((connection) => JSON.stringify(connectionOf(connection)));
  const rest = JSON.stringify(written).slice(0, -1);
  return `${rest},"connections":[\n${lines.join(',\n')}\n]}\n`;
};
