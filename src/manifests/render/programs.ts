import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { defaultLimits } from '../limits.ts';

/** The programs of the user's own that render templates. */
export interface Programs {
  /** Whether a program is on PATH; what a repository holds is none, so only absolute folders count. */
  readonly has: (name: string) => boolean;
  /** Runs a program to its end. */
  readonly run: (name: string, args: readonly string[], folder: string) => Promise<Outcome>;
}

/** What a program wrote to standard output, or its last words where it failed. */
export type Outcome = { readonly text: string } | { readonly failure: string };

/** The programs that render kustomizations, the first that is there counting. */
export const kustomizePrograms = ['kustomize', 'kubectl'] as const;

/** How long a program may take: a chart that needs longer hangs. */
const longest = 120_000;

/**
 * The programs on the PATH of an environment, kept from the network: a base that lies elsewhere must fail, whatever
 * form its address has, rather than be fetched.
 * Source: git, GIT_ALLOW_PROTOCOL; Go net/http, ProxyFromEnvironment.
 */
export function programsOf(environment: Readonly<Record<string, string | undefined>>): Programs {
  const closed = 'http://127.0.0.1:9';
  const env = {
    ...environment,
    ...Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map((key) => [key, closed]),
    ),
    NO_PROXY: '',
    no_proxy: '',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
  };
  const pathOf = (name: string) =>
    (environment.PATH ?? '')
      .split(delimiter)
      .filter((folder) => isAbsolute(folder))
      .map((folder) => join(folder, name))
      .find(isExecutable);
  return {
    has: (name) => pathOf(name) !== undefined,
    run: (name, args, cwd) =>
      new Promise((resolve) => {
        const options = {
          cwd,
          env,
          timeout: longest,
          maxBuffer: defaultLimits.fileSize,
          encoding: 'utf8',
        } as const;
        const child = execFile(pathOf(name) ?? name, [...args], options, (error, stdout, stderr) => {
          if (!error) resolve({ text: stdout });
          else resolve({ failure: lastWords(stderr) ?? reasonOf(error) });
        });
        child.stdin?.end();
      }),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What a program says at its end, without the lines that warn of something else. */
function lastWords(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^(?:# )?warning:/i.test(line));
  const from = lines.findIndex((line) => /^error:/i.test(line));
  const said = lines.slice(Math.max(from, 0)).join('\n').trim();
  return said === '' ? undefined : said.replace(/^error: /i, '');
}

function reasonOf(error: Error & { readonly killed?: boolean; readonly code?: unknown }): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return `it writes more than ${defaultLimits.fileSize / 1024 / 1024} MiB`;
  if (error.killed) return `it has not ended after ${longest / 1000} seconds`;
  return typeof error.code === 'number'
    ? `it ended with exit code ${error.code} and said nothing`
    : error.message;
}
