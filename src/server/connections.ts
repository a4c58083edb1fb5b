import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The open connections of a server, from their first byte, which is before they have spoken TLS. */
export interface Connections {
  readonly cutAll: () => void;
  /** Cuts those that have never asked anything. */
  readonly cutUnused: () => void;
}

/**
 * Follows connections, since a server that ends waits for two kinds that Node does not count as idle: those that have not
 * finished their handshake, and those that have, and have sent no request yet.
 */
export function followConnections(server: Server): Connections {
  const open = new Set<Socket>();
  /** The same connections, as those who ask know them: the TLS socket above the other. */
  const used = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
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
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
