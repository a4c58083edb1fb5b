import { buffer } from 'node:stream/consumers';
import manifest from '../package.json' with { type: 'json' };
import type { Output } from './cli/command.ts';
import { run } from './cli/run.ts';
import { readEnvironment } from './settings.ts';

/** The program: gives the commands the process they run in. The exit code is set, not forced, so that output drains. */
process.exitCode = await run(process.argv.slice(2), {
  folder: process.cwd(),
  environment: readEnvironment(),
  now: () => new Date(),
  stdin: () => buffer(process.stdin),
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  version: manifest.version,
});

function outputTo(stream: NodeJS.WriteStream): Output {
  // a reader that has seen enough (`tollgate check | head`) is no failure
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return { write: (text) => void stream.write(text), isTerminal: stream.isTTY };
}
