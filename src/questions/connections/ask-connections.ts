import { type ConnectionProtocol, connectionProtocols } from '../../calico/index.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import { type Family, families } from '../../kubernetes/net/address.ts';
import type { QuestionContext } from '../question-context.ts';
import { chooseEnds, type ChosenEnds } from './choose-ends.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Connection, ConnectionEnd, ConnectionsAnswer } from './connections-answer.ts';
import { type GatheredEnd, gatherEnds } from './gather-ends.ts';
import type { OpenStretch } from './open-ports.ts';
import { partsAmong } from './parts-among.ts';
import { isWantedConnection, onPort } from './pick-connections.ts';
import { joinPossible, possiblePods } from './possible-pods.ts';
import { type ConnectionSearch, createSearch, type OpenCell } from './search-connections.ts';
import { type ConnectionWriting, createWriting } from './write-connections.ts';

/**
 * All connections that a state lets through: the pure half of `tollgate connections`.
 *
 *     a state
 *        │  gather-ends.ts             workloads in classes, addresses in parts; possible-pods.ts for --exposure
 *        ▼
 *     connections-in-worlds.ts         what policies leave of all of them at once (calico/connections)
 *        │
 *        ▼  for each pair between which something is open
 *     mesh-door.ts, mesh-parts.ts      what the mesh makes of each port: dialed, encrypted, let in
 *     open-ports.ts                    both together (search-connections.ts)
 *        │
 *        ▼
 *     write-connections.ts             the rules behind it, and blocks of addresses joined where all is the same
 *
 * @param question what exists, the conventions for it, and the clock
 * @returns the ends, and every connection between them that is not denied
 */
export function askConnections(
  question: QuestionContext,
  options: ConnectionOptions = {},
): ConnectionsAnswer {
  const { inventory } = question;
  const worlds = [...new Set(possibleWorlds(inventory).flatMap((one) => one.worlds))];
  const chosen = chooseEnds(options, question);
  const possible = options.exposure ? possiblePods(question, worlds) : { pods: [], cutShort: [] };
  const ends = gatherEnds(question, worlds, chosen.nets, { asked: chosen.pods, possible: possible.pods });
  const asking: Asking = { ends, chosen, search: createSearch(worlds, ends), writing: createWriting(ends) };
  const found: Connection[] = [];
  for (const family of families)
    for (const protocol of connectionProtocols)
      for (const connection of connectionsOf(asking, protocol, family)) {
        const picked = onPort(doubted(connection, inventory.gaps.length > 0), options.port);
        if (picked && isWantedConnection(picked, options.only)) found.push(picked);
      }
  const named = new Set(found.flatMap(({ from, to }) => [from, to]));
  const reported = asking.writing.ends().filter(({ id, kind }) => kind === 'workloads' || named.has(id));
  const answer: ConnectionsAnswer = {
    ends: reported,
    connections: inOrder(found, reported),
    incomplete: [
      ...inventory.gaps.map(({ what, why }) => `${what} could not be read: ${why}`),
      ...possible.cutShort,
    ],
    problems: chosen.problems,
  };
  return options.exposure ? joinPossible(answer) : answer;
}

/** Where something could not be read nothing is certain. */
function doubted(connection: Connection, isIncomplete: boolean): Connection {
  return isIncomplete ? { ...connection, verdict: 'unknown' } : connection;
}

/** By the ends in their order, then as they were found: all of one pair together. */
function inOrder(connections: readonly Connection[], ends: readonly ConnectionEnd[]): readonly Connection[] {
  const order = new Map(ends.map(({ id }, index) => [id, index]));
  const at = (id: string) => order.get(id) ?? 0;
  return connections.toSorted((one, other) => at(one.from) - at(other.from) || at(one.to) - at(other.to));
}

interface Asking {
  readonly ends: readonly GatheredEnd[];
  readonly chosen: ChosenEnds;
  readonly search: ConnectionSearch;
  readonly writing: ConnectionWriting;
}

function* connectionsOf(
  { chosen, ends, search, writing }: Asking,
  protocol: ConnectionProtocol,
  family: Family,
): Iterable<Connection> {
  const parts = {
    Egress: partsAmong(ends, family, chosen.isTo),
    Ingress: partsAmong(ends, family, chosen.isFrom),
  };
  for (const [from, source] of ends.entries()) {
    if (source.kind !== 'pods') continue;
    const own = writing.pods(source);
    for (const { open, to } of chosen.isFrom(source) ? search.fromPods(from, protocol, family) : []) {
      const destination = ends[to];
      if (destination?.kind !== 'pods' || !chosen.isTo(destination)) continue;
      // Two pods that do not exist yet are nobody's question.
      if (source.isPossible && destination.isPossible) continue;
      for (const one of open) yield writing.connection(own, writing.pods(destination), protocol, family, one);
    }
    for (const direction of ['Egress', 'Ingress'] as const) {
      if (!(direction === 'Egress' ? chosen.isFrom : chosen.isTo)(source)) continue;
      const cells = search.withAddresses(from, direction, protocol, family, parts[direction]);
      for (const { cells: alike, open } of joinedCells(cells)) {
        const end = writing.addresses(alike, family);
        const [first, second] = direction === 'Egress' ? [own, end] : [end, own];
        yield writing.connection(first, second, protocol, family, open);
      }
    }
  }
}

/** Each stretch with all the addresses for which it is the same, whichever rules let it through. */
function joinedCells(
  cells: readonly OpenCell[],
): Iterable<{ readonly open: OpenStretch; readonly cells: readonly number[] }> {
  const found = new Map<string, { open: OpenStretch; readonly cells: number[] }>();
  for (const { open, parts } of cells)
    for (const one of open) {
      const key = JSON.stringify([one.verdict, one.encryption, one.numbers]);
      const known = found.get(key);
      if (!known) {
        found.set(key, { open: one, cells: [...parts] });
        continue;
      }
      known.cells.push(...parts);
      known.open = {
        ...known.open,
        egress: [...new Set([...known.open.egress, ...one.egress])],
        ingress: [...new Set([...known.open.ingress, ...one.ingress])],
      };
    }
  return found.values();
}
