import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import fastify, { LogController, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { CertificateSource, ServingCertificate } from '../certificates/source.ts';
import { addProbes, type Readiness } from './probes.ts';
import { addReviews } from './reviews.ts';
import type { Reviewer } from './reviewer.ts';

/** Fastify over HTTPS with our own logger. */
export type GateServer = FastifyInstance<
  Server<typeof IncomingMessage, typeof ServerResponse>,
  IncomingMessage,
  ServerResponse,
  Logger
>;

export interface ServerOptions {
  readonly reviewer: Reviewer;
  readonly certificates: CertificateSource;
  readonly readiness: () => Readiness;
  readonly log: Logger;
  /** Milliseconds since some fixed point, for durations. */
  readonly elapsed: () => number;
}

/** The most bytes of a body: an update carries two objects of up to 3 MB. The API server's own libraries use the same. */
const bodyLimit = 7 * 1024 * 1024;
/** Above the 90 s after which the API server closes an idle connection, so that it is always the client that closes. */
const keepAliveTimeout = 120_000;
const requestTimeout = 10_000;

/** Creates the webhook server: HTTPS with TLS 1.3 only, reviews and probes, and nothing else. It does not listen yet. */
export function createServer({ reviewer, certificates, readiness, log, elapsed }: ServerOptions): GateServer {
  const server = fastify({
    https: tlsOptions(certificates.current()),
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    keepAliveTimeout,
    requestTimeout,
    connectionTimeout: 0,
    // A ConfigMap may have a data key __proto__; refusing its review would be a hole under failurePolicy Ignore.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // A closing server still answers what has reached it; the drain sees to it that nothing more does.
    return503OnClosing: false,
    exposeHeadRoutes: false,
  });
  server.server.headersTimeout = requestTimeout;
  // The options of a TLS context are taken anew with each swap, so all of them are given again.
  const stop = certificates.onChange((certificate) => {
    server.server.setSecureContext(tlsOptions(certificate));
  });
  server.addHook('onClose', async () => stop());
  addProbes(server, readiness);
  addReviews(server, reviewer, log, elapsed);
  return server;
}

function tlsOptions({ certificate, key }: ServingCertificate) {
  return { cert: certificate, key, minVersion: 'TLSv1.3' as const };
}
