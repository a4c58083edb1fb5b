import { dayOf, daysThrough } from '../document/days.ts';

/** How many days before its end a waiver is warned about. */
const noticeDays = 14;

/** That a waiver has ended or soon will; the sentence lacks its beginning, which says which waiver it is. */
export interface EndNotice {
  readonly rule: 'waiver/expired' | 'waiver/expires-soon';
  readonly message: string;
  readonly expected: string;
}

/** What is to be said about the end of a waiver, from 14 days before it on; `until` is its last day, YYYY-MM-DD. */
export function endInWords(until: string, now: Date): EndNotice | undefined {
  const today = dayOf(now);
  const expected = 'renew it with a new "until", or repair what it covers and delete it';
  if (today > until)
    return { rule: 'waiver/expired', message: `ended on ${until}, so it no longer counts`, expected };
  const left = daysThrough(today, until) - 1;
  if (left > noticeDays) return undefined;
  return { rule: 'waiver/expires-soon', message: `ends on ${until}, ${daysInWords(left)}`, expected };
}

function daysInWords(days: number): string {
  if (days === 0) return 'which is today';
  return days === 1 ? 'which is tomorrow' : `in ${days} days`;
}
