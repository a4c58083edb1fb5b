import type { Logger } from 'pino';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { dayOf } from '../../../conventions/document/days.ts';
import type { WaiverCounts } from '../../../conventions/waiver/waiver-count.ts';
import { reportWaivers, useOfCounts, waiverNotices } from '../../../conventions/waiver-report.ts';

export interface WaiverWatchOptions {
  readonly now: () => Date;
  /** What each waiver covers, once that has been counted. */
  readonly findings: () => WaiverCounts | undefined;
}

/**
 * Creates what looks at the waivers in force: it answers with all that is true of them, and logs what conventions want
 * to be told of, each thing once. Time alone ends waivers, and nobody may be looking at their files or objects that day.
 */
export function createWaiverWatch(
  { now, findings }: WaiverWatchOptions,
  log: Logger,
): (set: ConventionSet) => ReturnType<typeof waiverNotices> {
  let told: ReadonlySet<string> = new Set();
  let last: readonly unknown[] = [];
  let known: ReturnType<typeof waiverNotices> = [];
  return (set) => {
    const time = now();
    const counted = findings();
    const state = [set, dayOf(time), counted];
    if (state.every((part, index) => part === last[index])) return known;
    last = state;
    const use = counted && useOfCounts(counted);
    const notices = reportWaivers(set, time, undefined, use, 'audit');
    for (const { rule, action, waiver, message, expected } of notices) {
      if (told.has(`${rule} ${message}`)) continue;
      const details = { rule, waiver: waiver.name, owner: waiver.owner, expected };
      if (action === 'deny') log.error(details, message);
      else log.warn(details, message);
    }
    told = new Set(notices.map(({ rule, message }) => `${rule} ${message}`));
    known = waiverNotices(set, time, undefined, use);
    return known;
  };
}
