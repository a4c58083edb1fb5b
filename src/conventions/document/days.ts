import { rememberLast } from '../../memo/last.ts';

const dayLength = 24 * 60 * 60 * 1000;

/** Midnight UTC at which a day written YYYY-MM-DD begins. */
export function startOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

/** Midnight UTC at which a day written YYYY-MM-DD is over. */
export function endOf(day: string): Date {
  return new Date(startOf(day).getTime() + dayLength);
}

/** The day in UTC, written YYYY-MM-DD. */
export function dayOf(time: Date): string {
  return written(Math.floor(time.getTime() / dayLength));
}

/** By the number of days since 1970; it is asked for each waiver of each finding, and mostly about one day. */
const written = rememberLast({ name: 'the last day' }, (days: number) =>
  new Date(days * dayLength).toISOString().slice(0, 10),
);

/** How many days a stretch lasts that begins with one day and ends with another, both counted. */
export function daysThrough(first: string, last: string): number {
  return Math.round((endOf(last).getTime() - startOf(first).getTime()) / dayLength);
}

/** Whether text is a day of the calendar written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const time = startOf(text);
  return !Number.isNaN(time.getTime()) && dayOf(time) === text;
}
