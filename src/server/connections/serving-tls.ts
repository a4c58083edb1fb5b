import type { SecureContextOptions, Server } from 'node:tls';
import type { Logger } from 'pino';
import type { CertificateSource } from '../../certificates/source.ts';
import type { ClientAuthentication } from './client-authentication.ts';

export interface ServingTls {
  readonly certificates: CertificateSource;
  /** Authorities whose client certificates are believed, where clients are asked for one. */
  readonly clients?: ClientAuthentication;
}

/** The options of a TLS context. They are all given with each new one: nothing is carried over from the former. */
export function secureContext({ certificates, clients }: ServingTls): SecureContextOptions {
  const { certificate, key } = certificates.current();
  const authorities = clients ? { ca: clients.authorities.current() } : {};
  return { cert: certificate, key, minVersion: 'TLSv1.3', ...authorities };
}

/**
 * Serves each newer certificate, and believes each newer authority, from the next connection on; open connections keep
 * theirs. What cannot be served leaves the former in use.
 * @returns the function that ends this
 */
export function followCertificates(server: Server, tls: ServingTls, log: Logger): () => void {
  const swap = () => {
    const { fingerprint, end } = tls.certificates.current();
    try {
      server.setSecureContext(secureContext(tls));
      log.info({ fingerprint, end }, 'serving new certificates');
    } catch (error) {
      log.error({ fingerprint, end, err: error }, 'new certificates cannot be served');
    }
  };
  const ends = [tls.certificates.onChange(swap), tls.clients?.authorities.onChange(swap)];
  return () => {
    for (const end of ends) end?.();
  };
}

/**
 * Reports TLS handshakes that fail, at most once a minute: an API server that was given another `caBundle` shows
 * itself here and nowhere else.
 */
export function reportHandshakes(server: Server, log: Logger, elapsed: () => number): void {
  let failures = 0;
  let lastReport = -Infinity;
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') return; // somebody who only looked whether the port is open
    failures += 1;
    if (elapsed() - lastReport < 60_000) return;
    log.warn({ failures, from: socket.remoteAddress, err: error }, 'TLS handshakes fail');
    failures = 0;
    lastReport = elapsed();
  });
}
