import type { Socket } from 'node:net';

/** What counts when a connection has to make room. */
export interface OpenConnection {
  readonly socket: Socket;
  /** The client's address, without its port. */
  readonly address: string;
  /** It waits for an answer. */
  readonly waits: boolean;
  /** It has carried a readable review. */
  readonly reviewed: boolean;
}

/**
 * The connection that is closed so that a new one can be taken, or undefined where the new one is refused.
 *
 * Anyone who reaches the port may connect, and an API server must still get in. Connections without a review go first,
 * those of the address with the most connections before all others. A connection that has carried reviews is closed
 * only where its address keeps more connections than the new one's has, and never while it waits for an answer: a few
 * addresses can then take no more than their share.
 * @param open in the order in which they were opened
 * @param newcomer the address of the new connection
 */
export function connectionToGive(open: readonly OpenConnection[], newcomer: string): Socket | undefined {
  const counts = new Map<string, number>();
  for (const { address } of open) counts.set(address, (counts.get(address) ?? 0) + 1);
  const countOf = (address: string) => counts.get(address) ?? 0;
  const least = countOf(newcomer) + 1;
  let chosen: OpenConnection | undefined;
  for (const one of open) {
    if (one.waits || (one.reviewed && countOf(one.address) <= least)) continue;
    const isBetter =
      !chosen ||
      (chosen.reviewed && !one.reviewed) ||
      (chosen.reviewed === one.reviewed && countOf(one.address) > countOf(chosen.address));
    if (isBetter) chosen = one;
  }
  return chosen?.socket;
}
