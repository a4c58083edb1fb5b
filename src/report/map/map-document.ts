import type {
  Bridge,
  BridgeChange,
  Car,
  Gate,
  Island,
  PostureWaiver,
} from '../../questions/posture/posture.ts';
import { endInWords, ruleInWords } from '../connections/connections-report.ts';
import { rowsOf } from '../connections/rows.ts';
import type { MapReport } from './map-report.ts';
import { type Sentence, sentencesOf } from './sentences.ts';

/** How many connections a document holds; a page with more is no page that a browser likes. */
export const mostRows = 20_000;

/** What `-o json` writes and what a page holds: all that there is to be drawn. */
export interface MapDocument {
  readonly schema: 'tollgate.dev/map/v1';
  readonly day: string;
  readonly sentences: readonly Sentence[];
  readonly islands: readonly Island[];
  readonly bridges: readonly DrawnBridge[];
  /** What is different from another state, where one was given. */
  readonly changes?: readonly BridgeChange[];
  readonly waivers: readonly PostureWaiver[];
  readonly ends: readonly { readonly id: string; readonly name: string }[];
  /** Rules in words, which connections name by their position. */
  readonly rules: readonly string[];
  readonly connections: readonly MapRow[];
  /** How many connections are left out, since there are too many. */
  readonly leftOut: number;
  readonly incomplete: readonly string[];
}

/** A bridge as it is drawn: with the ports, where they are the same for all of it. */
export interface DrawnBridge extends Omit<Bridge, 'indices'> {
  readonly label: string;
  /** A change opens something of it, or closes or changes something. */
  readonly change?: 'opened' | 'changed';
}

/** Connections between two ends with the same verdict and encryption. */
export interface MapRow {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly family?: 'IPv4' | 'IPv6';
  readonly verdict: 'allowed' | 'unknown';
  readonly encryption: 'encrypted' | 'plaintext' | 'unknown';
  /** Positions in `rules`; none where no policy selects either end. */
  readonly by: readonly number[];
}

export type { Car, Gate, Island };

/** The document of a report. */
export function mapDocument(report: MapReport): MapDocument {
  const { answer, day, posture } = report;
  const all = rowsOf(report);
  const rows = all.slice(0, mostRows);
  const rules = new Map<string, number>();
  const known = new Map<object, number>();
  const position = (rule: Parameters<typeof ruleInWords>[0]) => {
    const found = known.get(rule);
    if (found !== undefined) return found;
    const words = ruleInWords(rule, report);
    const at = rules.get(words) ?? rules.size;
    rules.set(words, at);
    known.set(rule, at);
    return at;
  };
  const connections = rows.map(({ connections, encryption, family, from, to, verdict, what }): MapRow => {
    const deciding = connections.flatMap(({ because }) => [...because.egress, ...because.ingress]);
    return {
      from: from.id,
      to: to.id,
      what,
      ...(family ? { family } : {}),
      verdict,
      encryption,
      by: [...new Set(deciding.map(position))],
    };
  });
  const whatOf = new Map<unknown, string>();
  for (const row of all) for (const connection of row.connections) whatOf.set(connection, row.what);
  const labelOf = ({ indices }: Bridge): string => {
    const words = new Set<string>();
    for (const index of indices) {
      words.add(whatOf.get(answer.connections[index]) ?? '');
      if (words.size > 1) return `${indices.length} connections`;
    }
    return [...words].join('');
  };
  return {
    schema: 'tollgate.dev/map/v1',
    day,
    sentences: sentencesOf(posture),
    islands: posture.islands,
    bridges: posture.bridges.map(({ indices, ...bridge }) => ({
      ...bridge,
      label: labelOf({ ...bridge, indices }),
      ...changeOf(bridge, report.changes),
    })),
    ...(report.changes ? { changes: report.changes } : {}),
    waivers: posture.waivers,
    ends: answer.ends.map((end) => ({ id: end.id, name: endInWords(end) })),
    rules: [...rules.keys()],
    connections,
    leftOut: all.length - rows.length,
    incomplete: posture.incomplete,
  };
}

function changeOf(
  bridge: Pick<Bridge, 'from' | 'to'>,
  changes: readonly BridgeChange[] = [],
): Pick<DrawnBridge, 'change'> {
  const change = changes.find(({ from, to }) => from === bridge.from && to === bridge.to);
  if (!change) return {};
  return { change: change.opened > 0 ? 'opened' : 'changed' };
}
