import { dayOf, daysThrough, startOf } from '../../conventions/document/days.ts';

/** When waivers begin and end, in days written YYYY-MM-DD. */
export interface Ends {
  readonly from: string;
  /** The last day of the last one. */
  readonly until: string;
  /** How many days lie between the ends of two waivers of one owner; without it all end at once. */
  readonly stagger?: number;
}

/**
 * The last day of one of several waivers: the last of them ends on `until`, and each before it as many days earlier as
 * are asked for, though never before one such stretch is over; and none lasts longer than its convention allows.
 *
 * @example
 * endOfDraft({ from: '2027-01-01', until: '2027-03-31', stagger: 28 }, 0, 2) // { until: '2027-03-03', shortened: false }
 */
export function endOfDraft(
  { from, stagger = 0, until }: Ends,
  index: number,
  count: number,
  maxDays?: number,
): { readonly until: string; readonly shortened: boolean } {
  const most = daysThrough(from, until);
  const allowed = maxDays === undefined ? most : Math.min(most, maxDays);
  const wanted = allowed - stagger * (count - 1 - index);
  const days = Math.min(allowed, Math.max(wanted, stagger, 1));
  return { until: dayAfter(from, days - 1), shortened: allowed < most };
}

function dayAfter(day: string, days: number): string {
  const time = startOf(day);
  time.setUTCDate(time.getUTCDate() + days);
  return dayOf(time);
}
