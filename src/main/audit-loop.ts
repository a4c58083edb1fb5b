import { createRounds, type Rounds } from '../cluster/rounds.ts';
import type { Schedule } from '../cluster/schedule.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { auditCluster, type Audit } from '../engine/audit.ts';
import type { Inventory } from '../inventory/inventory.ts';

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
export interface AuditLoop extends Rounds {
  /** The last audit; undefined where another replica audits. */
  readonly last: () => Audit | undefined;
}

const interval = 60_000;
/** Changes seldom come alone. */
const calm = 1_000;
/** Milliseconds at a time, so that no review waits for longer. */
const slice = 5;
/** Milliseconds in between: reviews come first, and the garbage of an audit can be collected as fast as it is made. */
const rest = 10;

export function createAuditLoop(options: AuditLoopOptions): AuditLoop {
  const { inventory, conventions, isWanted, now, schedule, onAudit } = options;
  let last: Audit | undefined;

  /** Milliseconds of work in this round. */
  let worked = 0;
  const audit = async (closed: AbortSignal): Promise<Audit | undefined> => {
    const steps = auditCluster(inventory, conventions(), now());
    let begun = performance.now();
    for (;;) {
      const step = steps.next();
      const spent = performance.now() - begun;
      if (!step.done && spent < slice) continue;
      worked += spent;
      if (step.done) return step.value;
      await schedule.pause(rest, closed);
      if (closed.aborted || !isWanted()) return undefined;
      begun = performance.now();
    }
  };
  const rounds = createRounds(async ({ woken, closed }) => {
    const begun = schedule.now();
    worked = 0;
    last = isWanted() ? await audit(closed) : undefined;
    if (last) onAudit(last);
    // On a cluster that never rests, a tenth of the time at most goes into audits.
    await schedule.pause(calm + Math.max(0, 10 * worked - (schedule.now() - begun)), closed);
    await schedule.pause(interval, woken);
  });
  return {
    ...rounds,
    last: () => (isWanted() ? last : undefined),
  };
}
