import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import manifest from '../package.json' with { type: 'json' };
import type { Output } from './cli/command.ts';
import { run } from './cli/run.ts';
import { readEnvironment } from './settings.ts';

// Every other command is over before the optimizing compiler has paid for its own work: a check of 1,000 files is a
// tenth faster on one core when little is optimized, and one of 8,000 files still is.
if (process.argv[2] !== 'serve') setFlagsFromString('--invocation-count-for-turbofan=100000');

/** The program: gives the commands the process they run in. The exit code is set, not forced, so that output drains. */
process.exitCode = await run(process.argv.slice(2), {
  folder: process.cwd(),
  environment: readEnvironment(),
  now: () => new Date(),
  stdin: () => buffer(process.stdin),
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  version: manifest.version,
  untilStopped,
});

function outputTo(stream: NodeJS.WriteStream): Output {
  // a reader that has seen enough (`tollgate check | head`) is no failure
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY };
}

function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        // A second signal means: do not wait for what is still under way.
        process.once(name, () => process.exit(1));
        resolve(name);
      });
    }
  });
}
