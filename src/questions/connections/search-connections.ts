import {
  type ConnectionProtocol,
  type EndSet,
  endsOf,
  type PolicyWorld,
  type PossibleEnd,
} from '../../calico/index.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import type { Family } from '../../kubernetes/net/address.ts';
import { connectionsInWorlds } from './connections-in-worlds.ts';
import type { GatheredEnd } from './gather-ends.ts';
import { type MeshPart, meshParts } from './mesh-parts.ts';
import { openStretches, type OpenStretch } from './open-ports.ts';

/** What is open between two ends. */
export interface OpenPair {
  readonly from: number;
  readonly to: number;
  readonly open: readonly OpenStretch[];
}

/** Addresses for which the same is open. */
export interface OpenCell {
  readonly parts: readonly number[];
  readonly open: readonly OpenStretch[];
}

/** What is open between ends, in terms of policies and the mesh together. */
export interface ConnectionSearch {
  readonly between: (
    from: number,
    to: number,
    protocol: ConnectionProtocol,
    family: Family,
  ) => readonly OpenStretch[];
  /** What pods open to pods. */
  readonly fromPods: (from: number, protocol: ConnectionProtocol, family: Family) => Iterable<OpenPair>;
  /** What pods open to addresses, or take from them; no address is in two of the cells. */
  readonly withAddresses: (
    own: number,
    direction: Direction,
    protocol: ConnectionProtocol,
    family: Family,
    parts: EndSet,
  ) => readonly OpenCell[];
}

/** Creates the search among some ends. */
export function createSearch(worlds: readonly PolicyWorld[], ends: readonly GatheredEnd[]): ConnectionSearch {
  const connections = connectionsInWorlds(worlds, ends.map(possibleEndOf));
  const meshOf = createMeshMemory();
  const mesh = (from: GatheredEnd, to: GatheredEnd, protocol: ConnectionProtocol) =>
    protocol === 'TCP' ? meshOf(from, to) : everyNumberPlain;
  const between: ConnectionSearch['between'] = (from, to, protocol, family) => {
    const [source, destination] = [ends[from], ends[to]];
    if (!source || !destination) return [];
    const open = connections.between(from, to, protocol, family);
    return open.length === 0 ? [] : openStretches(open, mesh(source, destination, protocol));
  };
  return {
    between,
    *fromPods(from, protocol, family) {
      for (const to of connections.from(from, protocol, family)) {
        if (ends[to]?.kind !== 'pods') continue;
        const open = between(from, to, protocol, family);
        if (open.length > 0) yield { from, to, open };
      }
    },
    withAddresses: (own, direction, protocol, family, parts) => {
      const pods = ends[own];
      return connections
        .alike(own, direction, protocol, family, parts)
        .flatMap((cell): readonly OpenCell[] => {
          const [first] = endsOf(cell);
          if (first === undefined || !pods) return [];
          const [from, to] = direction === 'Egress' ? [own, first] : [first, own];
          const open = connections.between(from, to, protocol, family);
          if (open.length === 0) return [];
          const meshAt = (part: number) => {
            const end = ends[part] ?? pods;
            return direction === 'Egress' ? mesh(pods, end, protocol) : mesh(end, pods, protocol);
          };
          return groupByMesh([...endsOf(cell)], meshAt).map(([alike, made]) => ({
            parts: alike,
            open: openStretches(open, made),
          }));
        });
    },
  };
}

const everyNumberPlain: readonly MeshPart[] = [
  { ports: [[0, 65_535]], encryption: 'plaintext', admits: 'all' },
];

/** Parts of the addresses of which the mesh makes the same: a proxy may let in some of them only. */
function groupByMesh(
  parts: readonly number[],
  meshAt: (part: number) => readonly MeshPart[],
): readonly (readonly [readonly number[], readonly MeshPart[]])[] {
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
  return [...groups.values()];
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
  if (source.kind === 'pods') return `${source.end.namespace}/${source.end.account} ${source.door.key}`;
  const asks =
    destination.kind === 'pods' && destination.door.parts.some(({ access }) => access.grants.length > 0);
  return asks ? source.end.name : '';
}

function possibleEndOf(end: GatheredEnd): PossibleEnd {
  return end.end.kind === 'pod' ? { pod: end.end.pod } : { ip: end.end.ip };
}
