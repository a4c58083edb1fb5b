import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Exit code or signal; undefined while it runs. */
  ended(): string | undefined;
  /** Everything it wrote so far, both streams. */
  log(): string;
  /** Resident memory in MB. */
  rss(): number;
  /** Sends a signal without waiting (SIGSTOP, SIGCONT). */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, SIGKILL after `seconds` (10); resolves when it has ended, with exit code or signal. */
  stop(seconds?: number): Promise<string>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<string>;
}

export interface ProgramOptions {
  /** File that gets both output streams. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts a long-running program of a test cluster. */
export function startProgram(
  name: string,
  command: string,
  args: readonly string[],
  options: ProgramOptions,
): Program {
  const output = openSync(options.log, 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', output, output],
    cwd: options.cwd,
    env: options.env ?? process.env,
  });
  closeSync(output);
  let end: string | undefined;
  child.on('error', (error) => {
    end ??= error.message;
  });
  child.on('exit', (code, signal) => {
    end ??= signal ?? String(code);
  });
  // A test file that fails while it sets up leaves nothing behind for the next one.
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  child.once('exit', () => process.off('exit', killed));
  const closed = once(child, 'close').catch(() => {});
  const stop = async (signal: NodeJS.Signals, seconds: number): Promise<string> => {
    if (end === undefined) {
      child.kill(signal);
      const abort = new AbortController();
      const late = pause(seconds * 1000, true, { signal: abort.signal }).catch(() => false);
      if (await Promise.race([closed.then(() => false), late])) child.kill('SIGKILL');
      abort.abort();
      await closed;
    }
    return end ?? 'never started';
  };
  return {
    name,
    pid: child.pid ?? 0,
    ended: () => end,
    log: () => readFileSync(options.log, 'utf8'),
    rss: () => {
      const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return Math.round(Number(kilobytes) / 1024);
    },
    signal: (signal) => void child.kill(signal),
    stop: (seconds = 10) => stop('SIGTERM', seconds),
    kill: () => stop('SIGKILL', 10),
  };
}
