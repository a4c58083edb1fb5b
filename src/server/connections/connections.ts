import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { connectionToGive, type OpenConnection } from './connection-room.ts';

export interface ConnectionLimits {
  /** Open connections of all clients together. */
  readonly most: number;
  /** Open connections from one address: the rest is a reserve for all others. */
  readonly mostOfOneAddress: number;
}

/** The open connections of a server, from their first byte, which is before they have spoken TLS. */
export interface Connections {
  readonly cutAll: () => void;
  /** Cuts those that have never asked anything. */
  readonly cutUnused: () => void;
  /** Notes that a connection has carried a readable review. */
  readonly carriedReview: (socket: Socket) => void;
  readonly hasCarriedReview: (socket: Socket) => boolean;
  /** Connections that were closed, or not taken, because there was no room for them. */
  readonly closedForRoom: () => number;
}

/**
 * Follows connections and keeps room for new ones. A server that ends waits for two kinds that Node does not count as
 * idle: those without a handshake, and those that have sent no request yet.
 * @param waiting the connections that wait for an answer at present, which are never closed for another's sake
 */
export function followConnections(
  server: Server,
  limits: ConnectionLimits,
  waiting: () => ReadonlySet<Socket>,
): Connections {
  const open = new Set<Socket>();
  /** The same connections, as requests know them: the TLS socket above the other. */
  const used = new Set<Socket>();
  const reviewed = new WeakSet<Socket>();
  let closedForRoom = 0;
  const describe = (): readonly OpenConnection[] => {
    const busy = new Set(Array.from(waiting(), peerOf));
    const asking = new Set(Array.from(used, (socket) => (reviewed.has(socket) ? peerOf(socket) : '')));
    return Array.from(open, (socket) => ({
      socket,
      address: addressOf(socket),
      waits: busy.has(peerOf(socket)),
      reviewed: asking.has(peerOf(socket)),
    }));
  };
  const countOf = (address: string) => {
    let count = 0;
    for (const socket of open) if (addressOf(socket) === address) count += 1;
    return count;
  };
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    const isFull = open.size >= limits.most;
    if (isFull || (open.size >= limits.mostOfOneAddress && countOf(address) >= limits.mostOfOneAddress)) {
      const all = describe();
      const given = connectionToGive(isFull ? all : all.filter((one) => one.address === address), address);
      closedForRoom += 1;
      (given ?? socket).destroy();
      if (given) open.delete(given);
      else return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => {
    if (used.has(socket)) return;
    used.add(socket);
    socket.once('close', () => used.delete(socket));
  });
  return {
    cutAll: () => {
      for (const socket of open) socket.destroy();
    },
    cutUnused: () => {
      const peers = new Set(Array.from(used, peerOf));
      for (const socket of open) if (!peers.has(peerOf(socket))) socket.destroy();
    },
    carriedReview: (socket) => void reviewed.add(socket),
    hasCarriedReview: (socket) => reviewed.has(socket),
    closedForRoom: () => closedForRoom,
  };
}

function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
