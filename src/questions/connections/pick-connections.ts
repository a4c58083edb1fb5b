import type { Connection } from './connections-answer.ts';
import type { ConnectionOptions } from './connection-options.ts';

/** A connection as far as it is about a port; undefined where it is not. */
export function onPort(connection: Connection, wanted: ConnectionOptions['port']): Connection | undefined {
  if (!wanted) return connection;
  const { port, protocol } = wanted;
  if (connection.protocol === 'ICMP' || (protocol ?? 'TCP') !== connection.protocol) return undefined;
  const isOpen = connection.ports.some(([first, last]) => first <= port && port <= last);
  return isOpen ? { ...connection, ports: [[port, port]] } : undefined;
}

/** Whether a connection is one of those that are asked for. */
export function isWantedConnection(
  { encryption, verdict }: Connection,
  only: ConnectionOptions['only'],
): boolean {
  switch (only) {
    case undefined:
      return true;
    case 'open':
      return verdict === 'allowed';
    case 'unknown':
      return verdict === 'unknown' || encryption === 'unknown';
    default:
      return encryption === only;
  }
}
