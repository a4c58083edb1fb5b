import type { Logger } from 'pino';
import { createFileSource } from '../../../certificates/file-source.ts';
import { createIssuedSource } from '../../../certificates/issued-source.ts';
import type { CertificateSource } from '../../../certificates/source.ts';

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

export function isEveryAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
