import { createBackgroundLoop, type BackgroundLoop } from '../../../cluster/pace/background-loop.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { auditCluster, type Audit } from '../../../engine/audit.ts';
import type { Inventory } from '../../../inventory/inventory.ts';
import { createPace, type Pace } from './pace.ts';

export interface AuditLoopOptions {
  readonly inventory: Inventory;
  readonly conventions: () => ConventionSet;
  /** Whether this replica is the one that audits, and knows the cluster. */
  readonly isWanted: () => boolean;
  readonly now: () => Date;
  readonly schedule: Schedule;
  readonly onAudit: (audit: Audit) => void;
}

/** Judges the cluster again and again: what admission cannot have seen, and what time alone has changed. */
export interface AuditLoop extends BackgroundLoop {
  /** The last audit; undefined where another replica audits. */
  readonly last: () => Audit | undefined;
  /** Whether it judges at present, and does not wait for the next time. */
  readonly isWorking: () => boolean;
}

const intervalMs = 60_000;
/** Changes seldom come alone. */
const calmMs = 1_000;

export function createAuditLoop(options: AuditLoopOptions): AuditLoop {
  const { inventory, conventions, isWanted, now, schedule, onAudit } = options;
  let last: Audit | undefined;
  let isWorking = false;

  const audit = async (pace: Pace, closed: AbortSignal): Promise<Audit | undefined> => {
    const steps = auditCluster(inventory, conventions(), now());
    pace.resume();
    for (;;) {
      const step = steps.next();
      if (step.done) {
        pace.stop();
        return step.value;
      }
      const resting = pace.step(closed);
      if (!resting) continue;
      await resting;
      if (closed.aborted || !isWanted()) return undefined;
    }
  };
  const loop = createBackgroundLoop(async ({ woken, closed }) => {
    const begun = schedule.now();
    const pace = createPace(schedule);
    isWorking = isWanted();
    last = isWorking ? await audit(pace, closed) : undefined;
    isWorking = false;
    if (last) onAudit(last);
    // On a cluster that never rests, a tenth of the time at most goes into audits.
    await schedule.pause(calmMs + Math.max(0, 10 * pace.worked() - (schedule.now() - begun)), closed);
    await schedule.pause(intervalMs, woken);
  });
  return {
    ...loop,
    last: () => (isWanted() ? last : undefined),
    isWorking: () => isWorking,
  };
}
