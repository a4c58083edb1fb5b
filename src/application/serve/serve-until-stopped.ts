import { pino } from 'pino';
import { printableJson } from '../../engine/printable.ts';
import type { ServeOptions, Surroundings } from './options.ts';
import { serve } from './serve.ts';

export interface StopOptions extends Surroundings {
  /** Least level of what is logged. */
  readonly logLevel: string;
  /** `iso`: the time of a line in ISO 8601, and its level by name; `epoch`: milliseconds since 1970, and a number. */
  readonly logTime: 'epoch' | 'iso';
  /** Resolves with the name of the signal by which the process is told to end; asked once the server listens. */
  readonly untilStopped: () => Promise<string>;
}

/** Serves until the process is told to end; the exit code is 0 where it ended as it was told. */
export async function serveUntilStopped(
  options: ServeOptions,
  { logLevel, logTime, untilStopped, ...surroundings }: StopOptions,
): Promise<number> {
  const forms =
    logTime === 'iso'
      ? { timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level: string) => ({ level }) } }
      : {};
  const log = pino({ level: logLevel, hooks: { streamWrite: printableJson }, ...forms });
  const running = await serve({ ...options, log }, surroundings);
  const signal = await untilStopped();
  log.info({ signal }, 'shutting down');
  await running.drain();
  return 0;
}
