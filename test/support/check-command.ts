import type { CommandContext } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';

/** Runs `tollgate check` in this process, on a day that never changes and with nothing of the environment. */
export async function runCheck(
  folder: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly text: string }> {
  let text = '';
  const output = { write: (part: string) => void (text += part), isTerminal: false };
  const context: CommandContext = {
    folder,
    environment: {},
    now: () => new Date('2026-11-20T12:00:00Z'),
    stdin: async () => Buffer.alloc(0),
    stdout: output,
    stderr: output,
    version: '0.0.0',
    untilStopped: () => Promise.reject(new Error('no server is started here')),
  };
  const exitCode = await run(['check', ...args], context);
  return { exitCode, text };
}
