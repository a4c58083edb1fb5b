import type { Logger } from 'pino';
import { createBackgroundLoop } from '../../../cluster/pace/background-loop.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { findConventions } from '../../read/find-conventions.ts';
import type { ConventionsInForce } from './in-force.ts';
import { createWaiverWatch, type WaiverWatchOptions } from './waiver-watch.ts';

/** Follows files and folders by what is in them; where they are not good any more, the last good ones stay in force. */
export async function conventionsOfFiles(
  paths: readonly string[],
  {
    folder,
    schedule,
    findings,
    now,
    onChange,
  }: WaiverWatchOptions & {
    readonly folder: string;
    readonly schedule: Schedule;
    readonly onChange: () => void;
  },
  log: Logger,
): Promise<ConventionsInForce> {
  let problem: string | undefined;
  let current = await findConventions(paths, folder);
  const watchWaivers = createWaiverWatch({ now, findings }, log);
  const loop = createBackgroundLoop(async ({ closed }) => {
    watchWaivers(current);
    await schedule.pause(10_000, closed);
    if (closed.aborted) return;
    try {
      const found = await findConventions(paths, folder);
      problem = undefined;
      if (textOf(found) === textOf(current)) return;
      current = found;
      onChange();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== problem) log.error({ problem: why }, 'the convention files are not in use');
      problem = why;
    }
  });
  return {
    current: () => current,
    checks: () => [
      problem === undefined
        ? { name: 'conventions', ok: true, detail: paths.join(', ') }
        : { name: 'conventions', ok: false, harmless: true, detail: problem },
    ],
    problems: () => (problem === undefined ? 0 : 1),
    start: loop.start,
    close: loop.close,
  };
}

/** All that the documents of a set say. */
function textOf({ conventions, waivers }: ConventionSet): string {
  return JSON.stringify([...conventions, ...waivers].map(({ source }) => source?.value));
}
