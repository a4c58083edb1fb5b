/**
 * Lets all who ask within one turn of the event loop go on together at its end, in the order in which they asked.
 * Reviews that arrive together are all read before the first is judged: the judgement of one finds the processor's caches
 * as the one before has left them, and not full of TLS, which takes a third of a review's time off a busy server.
 */
export function createTurn(): () => Promise<void> {
  let next: Promise<void> | undefined;
  return () => {
    next ??= new Promise((resolve) => {
      setImmediate(() => {
        next = undefined;
        resolve();
      });
    });
    return next;
  };
}
