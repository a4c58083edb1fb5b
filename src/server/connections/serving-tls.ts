import type { SecureContextOptions, Server, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { CertificateSource } from '../../certificates/source.ts';
import type { ClientAuthentication } from './client-authentication.ts';

export interface ServingTls {
  readonly certificates: CertificateSource;
  /** Authorities whose client certificates are believed, where clients are asked for one. */
  readonly clients?: ClientAuthentication;
  /** The oldest version that is spoken; default: TLS 1.3. */
  readonly minVersion?: TlsVersion;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/**
 * Suites of TLS 1.3, and those of 1.2 that authenticate what they encrypt and agree on a new key for each connection: what
 * FIPS builds of Go speak is among them. Source: RFC 9325, section 4.2.
 */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  ...['ECDSA', 'RSA'].flatMap((signature) =>
    ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
      (cipher) => `ECDHE-${signature}-${cipher}`,
    ),
  ),
].join(':');

/** Why a handshake failed, in words that a metric may have. */
export type HandshakeFailure = 'untrusted' | 'version' | 'cipher' | 'timeout' | 'other';

/** Told of connections, for metrics. */
export interface HandshakeObserver {
  readonly onHandshake?: (version: TlsVersion) => void;
  readonly onHandshakeFailure?: (reason: HandshakeFailure) => void;
}

/** The options of a TLS context. They are all given with each new one: nothing is carried over from the former. */
export function secureContext({
  certificates,
  clients,
  minVersion = 'TLSv1.3',
}: ServingTls): SecureContextOptions {
  const { certificate, key } = certificates.current();
  const authorities = clients ? { ca: clients.authorities.current() } : {};
  return { cert: certificate, key, minVersion, ciphers: suites, ...authorities };
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
export function reportHandshakes(
  server: Server,
  log: Logger,
  elapsed: () => number,
  { onHandshake, onHandshakeFailure }: HandshakeObserver = {},
): void {
  server.on('secureConnection', (socket: TLSSocket) => {
    const version = socket.getProtocol();
    if (version === 'TLSv1.2' || version === 'TLSv1.3') onHandshake?.(version);
  });
  let failures = 0;
  let lastReport = -Infinity;
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') return; // somebody who only looked whether the port is open
    onHandshakeFailure?.(failureOf(error.code ?? ''));
    failures += 1;
    if (elapsed() - lastReport < 60_000) return;
    log.warn({ failures, from: socket.remoteAddress, err: error }, 'TLS handshakes fail');
    failures = 0;
    lastReport = elapsed();
  });
}

/** A client that does not trust the certificate says so by an alert: its `caBundle` is another one. */
function failureOf(code: string): HandshakeFailure {
  if (/ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(?:UNKNOWN|EXPIRED))/.test(code)) return 'untrusted';
  if (/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|VERSION_TOO_LOW|WRONG_VERSION/.test(code)) return 'version';
  if (/NO_SHARED_CIPHER|HANDSHAKE_FAILURE/.test(code)) return 'cipher';
  return /TIMEOUT/.test(code) ? 'timeout' : 'other';
}
