import { setTimeout as after } from 'node:timers/promises';
import type { Change } from '../../inventory/inventory-store.ts';
import type { Scope } from '../follow/fresh-read.ts';
import { createTurns, type Purpose } from './turns.ts';

export interface SharedReadsOptions {
  readonly read: (scope: Scope, signal: AbortSignal) => Promise<Change>;
  /** How long one read may take, in milliseconds. */
  readonly deadlineMs: number;
  /** The longest time between two reads of the same scope, in milliseconds; whoever comes meanwhile shares the next. */
  readonly spacingMs?: number;
  /** Reads at the same time; others wait for their turn. @see createTurns */
  readonly mostReads?: number;
  /** Milliseconds since some fixed point. */
  readonly elapsed?: () => number;
}

/** The reads of one scope, one after the other. */
interface Line {
  /** When the next read may begin. */
  free: Promise<unknown>;
  /** The read that has been asked for and not begun. */
  next: Promise<Change> | undefined;
}

/**
 * Reads scopes directly, with one read for all who ask for the same before it begins. A read that has begun may be
 * older than the question, so whoever comes later waits for the next one.
 * @returns what reads for a purpose; each purpose has reads of its own, so that none waits in the line of another
 */
export function createSharedReads(
  options: SharedReadsOptions,
): (scope: Scope, purpose: Purpose) => Promise<Change> {
  const { read, deadlineMs, spacingMs = 200, mostReads = 8, elapsed = () => performance.now() } = options;
  const lines = new Map<string, Line>();
  const turns = createTurns(mostReads);
  const readNext = async (key: string, scope: Scope, purpose: Purpose, line: Line): Promise<Change> => {
    await line.free;
    const leave = await turns.take(purpose);
    line.next = undefined;
    const begun = elapsed();
    const reading = read(scope, AbortSignal.timeout(deadlineMs)).finally(leave);
    // Reads take a third of the time at the most, so that one after the other is not slowed down, and many are.
    // Changes that take cover away are few, and answered one at a time.
    const longest = purpose === 'take-away' ? 0 : spacingMs;
    const rest = () => after(Math.min(longest, 2 * (elapsed() - begun)), undefined, { ref: false });
    line.free = reading.then(rest, rest).then(() => {
      if (line.next === undefined) lines.delete(key);
    });
    return reading;
  };
  return (scope, purpose) => {
    const key = [purpose, scope.resource, scope.namespace ?? '', scope.name ?? ''].join('/');
    const line = lines.get(key) ?? { free: Promise.resolve(), next: undefined };
    lines.set(key, line);
    return (line.next ??= readNext(key, scope, purpose, line));
  };
}
