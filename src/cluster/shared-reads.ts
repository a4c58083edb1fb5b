import { setTimeout as after } from 'node:timers/promises';
import type { Change } from '../inventory/store.ts';
import type { Scope } from './direct-read.ts';

export interface SharedReadsOptions {
  readonly read: (scope: Scope, signal: AbortSignal) => Promise<Change>;
  /** How long one read may take, in milliseconds. */
  readonly deadline: number;
  /** The longest time between two reads of the same scope, in milliseconds; whoever comes meanwhile shares the next. */
  readonly spacing?: number;
  /** Reads at the same time; others wait for their turn, in order. */
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
 */
export function createSharedReads(options: SharedReadsOptions): (scope: Scope) => Promise<Change> {
  const { read, deadline, spacing = 200, mostReads = 8, elapsed = () => performance.now() } = options;
  const lines = new Map<string, Line>();
  const turns = createTurns(mostReads);
  const readNext = async (key: string, scope: Scope, line: Line): Promise<Change> => {
    await line.free;
    const leave = await turns.take();
    line.next = undefined;
    const begun = elapsed();
    const reading = read(scope, AbortSignal.timeout(deadline)).finally(leave);
    // Reads take a third of the time at the most, so that one after the other is not slowed down, and many are.
    const rest = () => after(Math.min(spacing, 2 * (elapsed() - begun)), undefined, { ref: false });
    line.free = reading.then(rest, rest).then(() => {
      if (line.next === undefined) lines.delete(key);
    });
    return reading;
  };
  return (scope) => {
    const key = [scope.resource, scope.namespace ?? '', scope.name ?? ''].join('/');
    const line = lines.get(key) ?? { free: Promise.resolve(), next: undefined };
    lines.set(key, line);
    return (line.next ??= readNext(key, scope, line));
  };
}

/** Lets so many go on at a time, the others in the order in which they came. */
function createTurns(most: number) {
  const waiting: (() => void)[] = [];
  let taken = 0;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  };
  return {
    /** @returns what ends the turn */
    take: async (): Promise<() => void> => {
      if (taken < most) taken += 1;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      return leave;
    },
  };
}
