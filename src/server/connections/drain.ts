export interface DrainOptions {
  /** From the first sign of the end until nobody may be sent here any more: how long the news takes to all nodes. */
  readonly lagMs: number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** How long the last answers may take after that; then connections are cut. */
  readonly patienceMs: number;
  /** Stops listening, and resolves when the last answer has been sent. */
  readonly close: () => Promise<void>;
  readonly cut: () => void;
}

export interface Drain {
  /** From here on the server is not ready, and asks with each answer to close the connection. */
  readonly begun: () => boolean;
  /** Ends the server without losing a review; a second call waits for the same end. */
  readonly run: () => Promise<void>;
}

/**
 * Ends a server in three steps: it says that it is not ready, and goes on answering while API servers, which keep
 * their open connections to a pod that has left the Service, are asked with each answer to close them; then it stops
 * listening and sends its last answers; then what is still open is cut.
 * Source: kubernetes/kubernetes#127335.
 */
export function createDrain({ lagMs, pause, patienceMs, close, cut }: DrainOptions): Drain {
  let running: Promise<void> | undefined;
  const run = async () => {
    await pause(lagMs);
    const forceCloseTimer = setTimeout(cut, patienceMs);
    await close();
    clearTimeout(forceCloseTimer);
  };
  return {
    begun: () => running !== undefined,
    run: () => (running ??= run()),
  };
}
