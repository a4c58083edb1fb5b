import type { Page } from '../../../cluster/follow/pages.ts';
import { createBackgroundLoop, type BackgroundLoop } from '../../../cluster/pace/background-loop.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { createPodAudit, type PodFindings } from '../../../engine/pod-audit.ts';
import type { Inventory } from '../../../inventory/inventory.ts';
import { createPace, type Pace } from './pace.ts';

export interface PodAuditLoopOptions {
  /** Reads all pods of the cluster until the signal is aborted. */
  readonly read: (signal: AbortSignal) => AsyncIterable<Page>;
  readonly inventory: Inventory;
  readonly conventions: () => ConventionSet;
  /** Whether this replica is the one that audits, and knows the cluster. */
  readonly isWanted: () => boolean;
  readonly now: () => Date;
  readonly schedule: Schedule;
  /** Whether something else is to be done first: the garbage of both at once would be too much. */
  readonly isHeldBack?: () => boolean;
  readonly onAudit: (found: PodFindings) => void;
}

/** Reads the pods of the cluster again and again, and judges each; of what was read nothing is kept but findings. */
export interface PodAuditLoop extends BackgroundLoop {
  /** The last look at all pods; undefined where another replica audits. */
  readonly last: () => PodFindings | undefined;
}

const intervalMs = 60_000;
const heldBackMs = 100;
/** Milliseconds for each pod: the API server is asked for no more than 200 a second in the long run. */
const eachPodMs = 5;

/** `wake` says that whether this replica is wanted may have changed. */
export function createPodAuditLoop(options: PodAuditLoopOptions): PodAuditLoop {
  const { read, inventory, conventions, isWanted, now, schedule, onAudit } = options;
  const { isHeldBack = () => false } = options;
  let last: PodFindings | undefined;
  let isIdle = false;
  let ending = new AbortController();

  const look = async (pace: Pace, signal: AbortSignal): Promise<PodFindings | undefined> => {
    const begin = () => createPodAudit(inventory, conventions, now);
    let audit = begin();
    while (isHeldBack() && !signal.aborted) await schedule.pause(heldBackMs, signal);
    for await (const { objects, isFirst } of read(signal)) {
      if (isFirst) audit = begin();
      // A page has just been parsed in one piece.
      await pace.rest(signal);
      for (const pod of objects) {
        audit.add(pod);
        await pace.step(signal);
        if (signal.aborted || !isWanted()) return undefined;
      }
      pace.stop();
      while (isHeldBack() && !signal.aborted) await schedule.pause(heldBackMs, signal);
    }
    return signal.aborted ? undefined : audit.result();
  };
  const loop = createBackgroundLoop(async ({ woken, closed }) => {
    isIdle = !isWanted();
    if (isIdle) {
      last = undefined;
      return schedule.pause(intervalMs, woken);
    }
    ending = new AbortController();
    const pace = createPace(schedule);
    const begun = schedule.now();
    const found = await look(pace, AbortSignal.any([closed, ending.signal]));
    if (!found) return;
    last = found;
    onAudit(found);
    const spent = schedule.now() - begun;
    const pause = Math.max(intervalMs, eachPodMs * found.pods - spent, 10 * pace.worked() - spent);
    await schedule.pause(pause, AbortSignal.any([closed, ending.signal]));
  });
  return {
    ...loop,
    wake: () => {
      if (!isWanted()) ending.abort();
      else if (isIdle) loop.wake();
    },
    last: () => (isWanted() ? last : undefined),
  };
}
