import type { SecureContextOptions, Server } from 'node:tls';
import type { Logger } from 'pino';
import type { CertificateSource, ServingCertificate } from '../certificates/source.ts';

/** The options of a TLS context. They are all given with each new one: nothing is carried over from the former. */
export function secureContext({ certificate, key }: ServingCertificate): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.3' };
}

/**
 * Serves each newer certificate from the next connection on; open connections keep theirs. One that cannot be served
 * leaves the former in use.
 * @returns the function that ends this
 */
export function followCertificate(server: Server, certificates: CertificateSource, log: Logger): () => void {
  return certificates.onChange((certificate) => {
    const { fingerprint, end } = certificate;
    try {
      server.setSecureContext(secureContext(certificate));
      log.info({ fingerprint, end }, 'serving a new certificate');
    } catch (error) {
      log.error({ fingerprint, end, err: error }, 'a new certificate cannot be served');
    }
  });
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
