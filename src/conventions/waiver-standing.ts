import type { ConventionSet } from './convention-set.ts';
import { dayOf } from './document/days.ts';
import type { Waiver } from './waiver/waiver.ts';
import type { WaiverRule, waiverNotices } from './waiver-report.ts';

/** What becomes of a waiver that is in force, as its status says it. */
export interface WaiverStanding {
  /** Whether it counts today, under one convention at least. */
  readonly counts: boolean;
  /** In CamelCase, for programs. */
  readonly reason: 'InForce' | 'NotBegun' | 'Ended' | 'EndsSoon' | 'Incomplete' | 'Unused';
  readonly message: string;
}

/**
 * Sums up everything that is to be said about a waiver at one time: its end above all, then why it does not count, then
 * what is only good to know.
 */
export function standingOf(
  waiver: Waiver,
  notices: ReturnType<typeof waiverNotices>,
  { conventions }: ConventionSet,
  now: Date,
): WaiverStanding {
  const own = notices.filter((notice) => notice.waiver === waiver);
  const of = (rule: WaiverRule) => own.filter((notice) => notice.rule === rule);
  const say = (rule: WaiverRule) =>
    of(rule)
      .map(({ message }) => message)
      .join('\n');
  const { from = '' } = waiver;
  if (of('waiver/expired').length > 0)
    return { counts: false, reason: 'Ended', message: say('waiver/expired') };
  const refusing = new Set(of('waiver/incomplete').map(({ convention }) => convention));
  if (refusing.size > 0)
    return {
      counts: refusing.size < conventions.length,
      reason: 'Incomplete',
      message: say('waiver/incomplete'),
    };
  if (dayOf(now) < from) return { counts: false, reason: 'NotBegun', message: `it begins on ${from}` };
  if (of('waiver/expires-soon').length > 0)
    return { counts: true, reason: 'EndsSoon', message: say('waiver/expires-soon') };
  const unused = of('waiver/unused');
  // Names that are left over are told, and the waiver is in use all the same.
  if (unused.some(({ pointer }) => pointer === '/spec/match'))
    return { counts: true, reason: 'Unused', message: say('waiver/unused') };
  const message = ['it is in force', ...unused.map((notice) => notice.message)].join('\n');
  return { counts: true, reason: 'InForce', message };
}
