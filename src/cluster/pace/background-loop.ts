/** Work that goes on in the background, round after round. */
export interface BackgroundLoop {
  readonly start: () => void;
  /** Ends the pause of this round, or the one that it has still to come to. */
  readonly wake: () => void;
  /** Resolves when the last round has ended. */
  readonly close: () => Promise<void>;
}

/** The two ways in which the pauses of a round end early. */
export interface Round {
  readonly woken: AbortSignal;
  /** Aborts `woken` as well. */
  readonly closed: AbortSignal;
}

/**
 * Repeats something until it is closed. Whatever wakes it in the middle of a round is not lost: that round does not pause.
 * @param work one round with its pauses; it must not throw
 */
export function createBackgroundLoop(work: (round: Round) => Promise<void>): BackgroundLoop {
  const closing = new AbortController();
  let waking = new AbortController();
  let running: Promise<void> | undefined;
  const run = async () => {
    while (!closing.signal.aborted) {
      waking = new AbortController();
      await work({ woken: waking.signal, closed: closing.signal });
    }
  };
  return {
    start: () => {
      running ??= run();
    },
    wake: () => waking.abort(),
    close: async () => {
      closing.abort();
      waking.abort();
      await running;
    },
  };
}
