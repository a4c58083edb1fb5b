import {
  type ConnectionProtocol,
  connectionProtocols,
  endSet,
  endsOf,
  type PossibleEnd,
  type PolicyWorld,
} from '../../calico/index.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import { type Family, families } from '../../kubernetes/net/address.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import type { QuestionContext } from '../question-context.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { createBecause } from './because.ts';
import { chooseEnds } from './choose-ends.ts';
import type { Connection, ConnectionEnd, ConnectionsAnswer } from './connections-answer.ts';
import { connectionsInWorlds, type PossibleConnections } from './connections-in-worlds.ts';
import { type GatheredEnd, type GatheredPart, type GatheredPods, gatherEnds } from './gather-ends.ts';
import { meshParts, type MeshPart } from './mesh-parts.ts';
import { createAddressEnds, familyNames } from './name-addresses.ts';
import { openStretches, type OpenStretch } from './open-ports.ts';
import { isWantedConnection, onPort } from './pick-connections.ts';
import { icmpOf } from './icmp-numbers.ts';
import { joinPossible, possiblePods } from './possible-pods.ts';

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
 *     open-ports.ts                    both together
 *        │
 *        ▼
 *     because.ts, name-addresses.ts    the rules behind it, and blocks of addresses joined where all is the same
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
  const search = createSearch(question, worlds, ends, chosen);
  const found: Connection[] = [];
  for (const family of families)
    for (const protocol of connectionProtocols)
      for (const connection of search(protocol, family)) {
        const picked = onPort(connection, options.port);
        if (picked && isWantedConnection(picked, options.only)) found.push(picked);
      }
  const named = new Set(found.flatMap(({ from, to }) => [from, to]));
  const reported = search.ends().filter(({ id, kind }) => kind === 'workloads' || named.has(id));
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

/** By the ends in their order, then as they were found: all of one pair together. */
function inOrder(connections: readonly Connection[], ends: readonly ConnectionEnd[]): readonly Connection[] {
  const order = new Map(ends.map(({ id }, index) => [id, index]));
  const at = (id: string) => order.get(id) ?? 0;
  return connections.toSorted((one, other) => at(one.from) - at(other.from) || at(one.to) - at(other.to));
}

interface Search {
  (protocol: ConnectionProtocol, family: Family): Iterable<Connection>;
  readonly ends: () => readonly ConnectionEnd[];
}

function createSearch(
  question: QuestionContext,
  worlds: readonly PolicyWorld[],
  ends: readonly GatheredEnd[],
  chosen: ReturnType<typeof chooseEnds>,
): Search {
  const connections = connectionsInWorlds(worlds, ends.map(possibleEndOf));
  const addresses = createAddressEnds();
  const because = createBecause();
  const reported = new Map<string, ConnectionEnd>();
  const podEnds = ends.map((end) => (end.kind === 'pods' ? podEndOf(end) : undefined));
  for (const end of podEnds) if (end) reported.set(end.id, end);
  const isIncomplete = question.inventory.gaps.length > 0;
  const written = (
    from: string,
    to: string,
    protocol: ConnectionProtocol,
    family: Family,
    open: OpenStretch,
  ): Connection => ({
    from,
    to,
    protocol,
    family: familyNames[family],
    ports: protocol === 'ICMP' ? [] : open.numbers,
    ...(protocol === 'ICMP' ? icmpOf(open.numbers) : {}),
    verdict: isIncomplete ? 'unknown' : open.verdict,
    encryption: open.encryption,
    because: { egress: because(open.egress, 'Egress'), ingress: because(open.ingress, 'Ingress') },
    ...(open.why.length > 0 ? { why: open.why } : {}),
  });
  const meshOf = createMeshMemory();
  function* search(protocol: ConnectionProtocol, family: Family): Iterable<Connection> {
    const mesh = (source: GatheredEnd, destination: GatheredEnd) =>
      protocol === 'TCP' ? meshOf(source, destination) : everyNumberPlain;
    for (const [from, source] of ends.entries()) {
      const own = podEnds[from];
      if (source.kind !== 'pods' || !own) continue;
      if (chosen.isFrom(source))
        for (const to of connections.from(from, protocol, family)) {
          const [destination, other] = [ends[to], podEnds[to]];
          if (destination?.kind !== 'pods' || !other || !chosen.isTo(destination)) continue;
          // Two pods that do not exist yet are nobody's question.
          if (source.isPossible && destination.isPossible) continue;
          const open = connections.between(from, to, protocol, family);
          for (const one of openStretches(open, mesh(source, destination)))
            yield written(own.id, other.id, protocol, family, one);
        }
      for (const direction of ['Egress', 'Ingress'] as const) {
        const [isOwn, isPart] =
          direction === 'Egress' ? [chosen.isFrom, chosen.isTo] : [chosen.isTo, chosen.isFrom];
        if (!isOwn(source)) continue;
        const asked = { connections, ends, family, isPart, mesh, own: from, protocol, direction };
        for (const { open, parts } of withAddresses(asked)) {
          const end = addresses.endOf(parts, family);
          reported.set(end.id, end);
          const [first, second] = direction === 'Egress' ? [own.id, end.id] : [end.id, own.id];
          yield written(first, second, protocol, family, open);
        }
      }
    }
  }
  return Object.assign(search, { ends: () => [...reported.values()] });
}

const everyNumberPlain: readonly MeshPart[] = [
  { ports: [[0, 65_535]], encryption: 'plaintext', admits: 'all' },
];

interface AskedOfAddresses {
  readonly connections: PossibleConnections;
  readonly ends: readonly GatheredEnd[];
  readonly own: number;
  readonly direction: Direction;
  readonly protocol: ConnectionProtocol;
  readonly family: Family;
  readonly isPart: (end: GatheredEnd) => boolean;
  readonly mesh: (source: GatheredEnd, destination: GatheredEnd) => readonly MeshPart[];
}

/** What is open between pods and addresses: each stretch with all the addresses for which it is the same. */
function withAddresses({
  connections,
  direction,
  ends,
  family,
  isPart,
  mesh,
  own,
  protocol,
}: AskedOfAddresses): Iterable<{ readonly open: OpenStretch; readonly parts: readonly GatheredPart[] }> {
  const pods = ends[own];
  const all = endSet(ends.length, (end) => {
    const one = ends[end];
    return one?.kind === 'part' && one.family === family && isPart(one);
  });
  const found = new Map<string, { open: OpenStretch; readonly parts: GatheredPart[] }>();
  for (const cell of connections.alike(own, direction, protocol, family, all)) {
    const parts = [...endsOf(cell)];
    const [first] = parts;
    if (first === undefined || !pods) continue;
    const [from, to] = direction === 'Egress' ? [own, first] : [first, own];
    const open = connections.between(from, to, protocol, family);
    if (open.length === 0) continue;
    const meshAt = (part: number) => {
      const end = ends[part] ?? pods;
      return direction === 'Egress' ? mesh(pods, end) : mesh(end, pods);
    };
    for (const [parts, made] of groupByMesh([...endsOf(cell)], meshAt))
      for (const one of openStretches(open, made)) {
        const key = JSON.stringify([one.verdict, one.encryption, one.numbers]);
        const known = found.get(key) ?? { open: one, parts: [] };
        known.open = {
          ...known.open,
          egress: [...new Set([...known.open.egress, ...one.egress])],
          ingress: [...new Set([...known.open.ingress, ...one.ingress])],
        };
        for (const part of parts) {
          const end = ends[part];
          if (end?.kind === 'part') known.parts.push(end);
        }
        found.set(key, known);
      }
  }
  for (const { parts } of found.values())
    parts.sort(({ part: one }, { part: other }) => (one.address.address < other.address.address ? -1 : 1));
  return found.values();
}

/** Parts of the addresses of which the mesh makes the same: a proxy may let in some of them only. */
function groupByMesh(
  parts: readonly number[],
  meshAt: (part: number) => readonly MeshPart[],
): Iterable<readonly [readonly number[], readonly MeshPart[]]> {
  const groups = new Map<readonly MeshPart[], [number[], readonly MeshPart[]]>();
  const keys = new Map<string, readonly MeshPart[]>();
  for (const part of parts) {
    const made = meshAt(part);
    const key = JSON.stringify(made);
    const same = keys.get(key) ?? made;
    keys.set(key, same);
    const group = groups.get(same);
    if (group) group[0].push(part);
    else groups.set(same, [[part], same]);
  }
  return groups.values();
}

/** What the mesh makes of a pair, kept by what of the pair counts for it. */
function createMeshMemory(): (source: GatheredEnd, destination: GatheredEnd) => readonly MeshPart[] {
  const known = new Map<GatheredEnd, Map<string, readonly MeshPart[]>>();
  return (source, destination) => {
    const own = known.get(destination) ?? new Map<string, readonly MeshPart[]>();
    known.set(destination, own);
    const key = keyOf(source, destination);
    const made = own.get(key) ?? meshParts(source, destination);
    own.set(key, made);
    return made;
  };
}

/** Addresses count only before a proxy that asks for them. */
function keyOf(source: GatheredEnd, destination: GatheredEnd): string {
  if (source.kind === 'pods') return `${source.end.namespace} ${source.door.key}`;
  const asks =
    destination.kind === 'pods' && destination.door.parts.some(({ access }) => access.grants.length > 0);
  return asks ? source.end.name : '';
}

function possibleEndOf(end: GatheredEnd): PossibleEnd {
  return end.end.kind === 'pod' ? { pod: end.end.pod } : { ip: end.end.ip };
}

const meshed = { in: 'meshed', out: 'unmeshed', unknown: 'unknown' } as const;

function podEndOf({ all, end, isPossible }: GatheredPods): ConnectionEnd {
  const { account, mesh, name, namespace, selector } = end;
  if (isPossible)
    return { id: name, kind: 'possible-pods', namespace, labels: selector, account, meshed: meshed[mesh] };
  const workloads = all.flatMap(({ object }) => (object ? [referenceOf(object)] : []));
  return { id: name, kind: 'workloads', namespace, workloads, meshed: meshed[mesh] };
}
