import type { Connection, ConnectionEnd, ConnectionsAnswer } from '../connections/connections-answer.ts';
import { type Bridge, islandOf } from './posture.ts';

/**
 * Gathers connections into bridges between namespaces, and between those and addresses.
 * @param answer all connections of a state
 * @returns a bridge for each pair of islands between which something is open, and two where a part of it was built and a
 *   part was not; nothing for what stays within a namespace
 * Source: `askConnections`, which lists only what is not denied: what a gate denies cannot be drawn.
 * @example
 * bridgesOf(askConnections(question)).filter(({ built }) => !built); // what nobody asked for
 */
export function bridgesOf({ connections, ends }: ConnectionsAnswer): readonly Bridge[] {
  const byId = new Map(ends.map((end) => [end.id, end]));
  const found = new Map<string, Gathered>();
  for (const [index, connection] of connections.entries()) {
    const [source, destination] = [byId.get(connection.from), byId.get(connection.to)];
    if (!source || !destination) continue;
    const [from, to] = [islandOf(source), islandOf(destination)];
    if (from === to) continue;
    const built = isBuilt(connection);
    const key = JSON.stringify([from ?? null, to ?? null, built]);
    const bridge = found.get(key) ?? emptyBridge(from, to, built);
    found.set(key, bridge);
    bridge.connections++;
    bridge[connection.verdict === 'unknown' ? 'unknown' : connection.encryption]++;
    if (isUnlimited(connection, destination)) bridge.unlimited = true;
    bridge.indices.push(index);
  }
  return [...found.values()];
}

type Gathered = { -readonly [Key in keyof Omit<Bridge, 'indices'>]: Bridge[Key] } & {
  readonly indices: number[];
};

function emptyBridge(from: string | undefined, to: string | undefined, built: boolean): Gathered {
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    built,
    connections: 0,
    encrypted: 0,
    plaintext: 0,
    unknown: 0,
    unlimited: false,
    indices: [],
  };
}

function isBuilt({ because }: Connection): boolean {
  return [...because.egress, ...because.ingress].some(({ policy }) => policy !== undefined);
}

function isUnlimited({ ports }: Connection, destination: ConnectionEnd): boolean {
  const [only] = ports;
  const isAll = ports.length === 1 && only?.[0] === 1 && only[1] === 65_535;
  return isAll && destination.kind === 'addresses' && destination.name !== undefined;
}
