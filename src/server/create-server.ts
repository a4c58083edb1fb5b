import type { Server } from 'node:https';
import { setTimeout as after } from 'node:timers/promises';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { CertificateSource } from '../certificates/source.ts';
import { createAdmissionLimit } from './connections/admission-limit.ts';
import {
  createClientAuthentication,
  type ClientAuthentication,
} from './connections/client-authentication.ts';
import { createDrain } from './connections/drain.ts';
import { followConnections } from './connections/connections.ts';
import { answerNotFound, createErrorHandler, httpStatus } from './http-status.ts';
import { parseJsonTogether } from './json-parser.ts';
import { addProbes, type Readiness } from './probes.ts';
import { createReviewLog } from './review/review-log.ts';
import type { ReviewObserver } from './review/review-record.ts';
import { createReviewRoute } from './review/review-route.ts';
import type { Reviewer } from './review/reviewer.ts';
import {
  followCertificates,
  type HandshakeObserver,
  reportHandshakes,
  secureContext,
  type TlsVersion,
} from './connections/serving-tls.ts';
import type { DenialHelp } from './review/answer.ts';

export interface ServerOptions {
  readonly reviewer: Reviewer;
  /** Started and closed by the caller. */
  readonly certificates: CertificateSource;
  readonly readiness: () => Readiness;
  readonly log: Logger;
  /** Milliseconds since some fixed point, for durations. */
  readonly elapsed: () => number;
  /** Lets time pass while the server drains. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** Told of each review, beside the log. */
  readonly observers?: readonly ReviewObserver[];
  /** Who may ask for reviews; without it, everybody who can reach the port. */
  readonly clients?: ClientAuthentication;
  /** The oldest version of TLS that is spoken; default: 1.3. */
  readonly minVersion?: TlsVersion;
  /** Told of TLS handshakes, for metrics. */
  readonly handshakes?: HandshakeObserver;
  /** Told of each request for a review whose client may not ask. */
  readonly onTurnedAway?: () => void;
  /** What stands at the end of each denial. */
  readonly help?: DenialHelp;
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits {
  /** Bytes of a body: an update carries two objects of up to 3 MB. The API server's own libraries take as much. */
  readonly bodyBytes: number;
  /** Reviews at the same time; what is more is answered 429 before it is read. */
  readonly reviews: number;
  readonly connections: number;
  /** Of the connections those that one address may hold; the others are a reserve for everyone else. */
  readonly connectionsOfOneAddress: number;
  /** For a decision, where the API server does not say how long it waits for one. */
  readonly reviewMs: number;
  /** For a TLS handshake, for the headers of a request, and for a request as a whole. */
  readonly handshakeMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** Between two checks for requests that take too long to arrive. */
  readonly checkEveryMs: number;
  /** For an idle connection: above the 90 s of the API server, so that it is always the client that closes. */
  readonly keepAliveMs: number;
  /** See `DrainOptions`. */
  readonly drainLagMs: number;
  readonly drainPatienceMs: number;
  /** How long a closing server waits for the first request of a connection. */
  readonly lingerMs: number;
}

const defaultLimits: ServerLimits = {
  bodyBytes: 7 * 1024 * 1024,
  reviews: 256,
  connections: 1024,
  connectionsOfOneAddress: 512,
  reviewMs: 10_000,
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 15_000,
  checkEveryMs: 2_000,
  keepAliveMs: 120_000,
  drainLagMs: 5_000,
  drainPatienceMs: 15_000,
  lingerMs: 1_000,
};

/** The webhook server. */
export interface GateServer {
  readonly server: Server;
  readonly listen: (address: { readonly host: string; readonly port: number }) => Promise<void>;
  /** Ends it without losing a review. @see createDrain */
  readonly drain: () => Promise<void>;
  /** Ends it now: what is in flight is still answered. */
  readonly close: () => Promise<void>;
  /** Reviews that are being worked on. */
  readonly inFlight: () => number;
  /** Connections that were closed, or not taken, because there was no room for them. */
  readonly closedForRoom: () => number;
}

/**
 * Creates the webhook server: `POST /validate`, `POST /mutate` and the probes, over HTTPS and HTTP/1.1,
 * which is what API servers speak to webhooks. It does not listen yet.
 */
export function createServer(options: ServerOptions): GateServer {
  const { reviewer, certificates, readiness, log, elapsed, clients } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const { minVersion, help = {} } = options;
  const tls = { certificates, ...(clients ? { clients } : {}), ...(minVersion ? { minVersion } : {}) };
  const app = fastify({
    https: {
      ...secureContext(tls),
      // Whoever shows no certificate is told so by the routes that need one: probes do not.
      requestCert: clients !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeMs,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // A closing server still answers what has reached it; the drain sees to it that nothing more does.
    return503OnClosing: false,
    exposeHeadRoutes: false,
  });
  const { server } = app;
  const limit = createAdmissionLimit(limits.reviews);
  let isClosing = false;
  const room = { most: limits.connections, mostOfOneAddress: limits.connectionsOfOneAddress };
  const connections = followConnections(server, room, limit.waiting);
  const close = async () => {
    isClosing = true;
    // To Node a connection is not idle before its first request, and one without a handshake is none.
    const forceCloseTimer = setInterval(connections.cutUnused, limits.lingerMs);
    await app.close();
    clearInterval(forceCloseTimer);
  };
  const drain = createDrain({
    lagMs: limits.drainLagMs,
    pause: options.pause ?? ((milliseconds) => after(milliseconds)),
    patienceMs: limits.drainPatienceMs,
    close,
    cut: connections.cutAll,
  });
  app.removeContentTypeParser('text/plain');
  parseJsonTogether(app);
  app.setErrorHandler(createErrorHandler(log));
  app.setNotFoundHandler(answerNotFound);
  app.addHook('onSend', (request, reply, _payload, done) => {
    // A connection that stayed open would be used again, or keep the server from ending. Only API servers need to stay.
    const isKept = connections.hasCarriedReview(request.raw.socket);
    if (!isKept || drain.begun() || isClosing) void reply.header('connection', 'close');
    done();
  });
  const authentication =
    clients && createClientAuthentication(clients.names, log, elapsed, options.onTurnedAway);
  addProbes(
    app,
    () => (drain.begun() ? ending(readiness()) : readiness()),
    (request) => authentication?.maySeeDetails(request) ?? true,
  );
  const takePlace = (_request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (limit.enter(reply.raw)) return done();
    const message = `tollgate is already working on ${limits.reviews} reviews`;
    void reply.code(429).header('retry-after', '1').send(httpStatus(429, message));
  };
  const onRequest = authentication ? [authentication.onRequest, takePlace] : [takePlace];
  const observers = [createReviewLog(log), ...(options.observers ?? [])];
  for (const webhook of ['validate', 'mutate'] as const) {
    const longestReviewMs = limits.reviewMs;
    const onReview = connections.carriedReview;
    const route = createReviewRoute(webhook, {
      reviewer,
      observers,
      elapsed,
      longestReviewMs,
      onReview,
      help,
    });
    app.post(`/${webhook}`, { onRequest }, route);
  }
  reportHandshakes(server, log, elapsed, options.handshakes);
  const unfollow = followCertificates(server, tls, log);
  app.addHook('onClose', async () => unfollow());
  return {
    server,
    listen: async (address) => {
      const url = await app.listen(address);
      log.info({ url }, 'listening');
    },
    drain: () => drain.run(),
    close,
    inFlight: limit.inFlight,
    closedForRoom: connections.closedForRoom,
  };
}

function ending({ checks }: Readiness): Readiness {
  return {
    ready: false,
    checks: [...checks, { name: 'shutdown', ok: false, detail: 'the server is ending' }],
  };
}
