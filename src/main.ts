import manifest from '../package.json' with { type: 'json' };
import type { RunningServer, ServeOptions } from './application/serve/options.ts';
import { serve as serveIn } from './application/serve/serve.ts';
import { readEnvironment } from './settings.ts';

export type { RunningServer, ServeOptions };

/** Starts the server in this process, for programs that are no command line: tests, the demo, benchmarks. */
export function serve(options: ServeOptions): Promise<RunningServer> {
  const { version } = manifest;
  return serveIn(options, { folder: process.cwd(), environment: readEnvironment(), version });
}
