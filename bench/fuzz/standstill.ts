/** When this process, which has next to nothing to do, was not run for a while: then the whole machine stood still. */
export interface Standstills {
  /** Milliseconds of a time that were standstill; both ends as `Date.now()` tells them. */
  readonly within: (from: number, to: number) => number;
  readonly stop: () => void;
}

const interval = 20;
/** A process that sleeps most of the time is run within a few milliseconds, whatever the others do. */
const longestWait = 200;

/** Watches from now on. */
export function watchForStandstills(): Standstills {
  const seen: { readonly from: number; readonly to: number }[] = [];
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > longestWait) seen.push({ from: last, to: now });
    last = now;
  }, interval);
  return {
    within: (from, to) =>
      seen.reduce((sum, one) => sum + Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)), 0),
    stop: () => clearInterval(timer),
  };
}
