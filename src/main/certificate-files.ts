import type { Logger } from 'pino';
import { createAuthorityFile } from '../certificates/authority-file.ts';
import { createFileSource } from '../certificates/file-source.ts';
import type { FollowedFiles } from '../certificates/followed-files.ts';
import { createIssuedSource } from '../certificates/issued-source.ts';
import type { CertificateSource } from '../certificates/source.ts';

/** The certificate of files, or one that is made at start for whoever calls on this machine. */
export function certificatesOf(
  {
    address,
    tlsCert,
    tlsKey,
  }: { readonly address: string; readonly tlsCert?: string; readonly tlsKey?: string },
  log: Logger,
): CertificateSource {
  const now = () => new Date();
  if (tlsCert === undefined || tlsKey === undefined) {
    const hosts = new Set(['localhost', '127.0.0.1', ...(isEveryAddress(address) ? [] : [address])]);
    return createIssuedSource({ hosts: [...hosts], now });
  }
  const onProblem = (problem: string) => log.error({ problem }, 'the certificate files are not in use');
  return createFileSource({ certificateFile: tlsCert, keyFile: tlsKey, now, onProblem });
}

/** The authorities whose clients alone may ask, where there are any. */
export function clientsOf(
  { clientCa }: { readonly clientCa?: string },
  log: Logger,
): FollowedFiles<string> | undefined {
  if (clientCa === undefined) return undefined;
  const onProblem = (problem: string) =>
    log.error({ problem }, 'the file of client authorities is not in use');
  return createAuthorityFile({ file: clientCa, onProblem });
}

export function isEveryAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
