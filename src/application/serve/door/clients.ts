import type { Logger } from 'pino';
import { createAuthorityFile } from '../../../certificates/authority-file.ts';
import type { FollowedFiles } from '../../../certificates/followed-files.ts';
import type { ClientAuthentication } from '../../../server/connections/client-authentication.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

interface ClientOptions {
  readonly clientCa?: string;
  readonly clientNames?: readonly string[];
}

const open = 'client authentication is off: anyone who can reach the port can ask for reviews';

/** The clients that alone may ask for reviews, and the file of their authorities, which is started and closed by the caller. */
export interface KnownClients extends ClientAuthentication {
  readonly authorities: FollowedFiles<string>;
}

/** The clients that alone may ask, where there are any. */
export function clientsOf(
  { clientCa, clientNames = [] }: ClientOptions,
  log: Logger,
): KnownClients | undefined {
  if (clientCa === undefined) return undefined;
  const onProblem = (problem: string) =>
    log.error({ problem }, 'the file of client authorities is not in use');
  const authorities = createAuthorityFile({ file: clientCa, onProblem });
  return { authorities, ...(clientNames.length > 0 ? { names: clientNames } : {}) };
}

/** Who may ask for reviews, as `/readyz?verbose` shows it. It never makes a replica unready: most API servers show no certificate. */
export function clientCheck({ clientCa, clientNames = [] }: ClientOptions): ReadinessCheck {
  const who =
    clientNames.length > 0 ? clientNames.join(', ') : 'every client that its authorities have signed';
  return { name: 'clients', ok: true, detail: clientCa === undefined ? open : `authenticated: ${who}` };
}

/** Says once, at the start, that strangers are answered too, and what to do about it. */
export function reportOpenDoor({ clientCa }: ClientOptions, log: Logger): void {
  if (clientCa !== undefined) return;
  log.warn({ remedy: 'docs/operations.md, "Who may ask": --client-ca, and a narrow network policy' }, open);
}
