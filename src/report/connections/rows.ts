import type { Connection, ConnectionEnd } from '../../questions/connections/connections-answer.ts';
import { type ConnectionsReport, numbersInWords } from './connections-report.ts';

/** Connections between two ends with the same verdict and encryption, all protocols together. */
export interface ConnectionsRow {
  readonly from: ConnectionEnd;
  readonly to: ConnectionEnd;
  readonly verdict: Connection['verdict'];
  readonly encryption: Connection['encryption'];
  /** `TCP 80; UDP 53`. */
  readonly what: string;
  /** Only where the other family differs. */
  readonly family?: Connection['family'];
  readonly connections: readonly Connection[];
}

/** The connections of an answer as rows for people, in its order. */
export function rowsOf({ answer }: ConnectionsReport): readonly ConnectionsRow[] {
  const ends = new Map(answer.ends.map((end) => [end.id, end]));
  const groups = Map.groupBy(answer.connections, ({ encryption, from, to, verdict }) =>
    JSON.stringify([from, to, verdict, encryption]),
  );
  return [...groups.values()].flatMap((connections): readonly ConnectionsRow[] => {
    const [first] = connections;
    const [from, to] = [ends.get(first?.from ?? ''), ends.get(first?.to ?? '')];
    if (!first || !from || !to) return [];
    const { encryption, verdict } = first;
    const byFamily = [...Map.groupBy(connections, ({ family }) => family)];
    const made = byFamily.map(([family, own]) => ({ family, own, what: whatOf(own) }));
    const [one, other] = made;
    const isSame = one !== undefined && one.what === other?.what;
    if (isSame) return [{ from, to, verdict, encryption, what: one.what, connections }];
    const isPods = from.kind !== 'addresses' && to.kind !== 'addresses';
    return made.map(({ family, own, what }) => ({
      from,
      to,
      verdict,
      encryption,
      what,
      connections: own,
      ...(isPods ? { family } : {}),
    }));
  });
}

/** `everything` where each protocol is open on all of its ports. */
function whatOf(connections: readonly Connection[]): string {
  const isWhole = ({ icmp, ports, protocol }: Connection) =>
    protocol === 'ICMP' ? !icmp : ports[0]?.[0] === 1 && ports[0][1] === 65_535;
  if (connections.length === 4 && connections.every(isWhole)) return 'everything';
  return connections.map(numbersInWords).join('; ');
}
