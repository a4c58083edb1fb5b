import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { TLSSocket } from 'node:tls';
import { httpStatus } from '../http-status.ts';

/** Who may ask for reviews, where not everybody may who can reach the port. */
export interface ClientAuthentication {
  /** PEM of the authorities whose client certificates are believed, and their changes. */
  readonly authorities: {
    readonly current: () => string;
    readonly onChange: (listener: (pem: string) => void) => () => void;
  };
  /** Common names that are let in; without them, all that the authorities have signed. */
  readonly names?: readonly string[];
}

/** Between two log lines about clients that were turned away, in milliseconds. */
const calmMs = 60_000;

/**
 * Lets in the requests of connections with a client certificate that is believed: the API server's, when its webhook
 * client has been given one. Everybody else gets the same answer, whatever is wrong, and the reason is in the log.
 * Probes need no certificate, since kubelets have none to show, but only a client that is let in, or one on the same
 * host (`kubectl port-forward`), sees more than their verdict.
 * Source: Kubernetes, "Dynamic Admission Control", authenticate API servers.
 */
export function createClientAuthentication(
  names: readonly string[] | undefined,
  log: Logger,
  elapsed: () => number,
  onTurnedAway?: () => void,
) {
  let turnedAway = 0;
  let lastReport = -Infinity;
  const report = (socket: TLSSocket, reason: string) => {
    turnedAway += 1;
    onTurnedAway?.();
    if (elapsed() - lastReport < calmMs) return;
    log.warn({ turnedAway, from: socket.remoteAddress, reason }, 'a client may not ask for reviews');
    turnedAway = 0;
    lastReport = elapsed();
  };
  return {
    onRequest: async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const socket = request.raw.socket as TLSSocket;
      const reason = whyNot(socket, names);
      if (reason === undefined) return;
      report(socket, reason);
      await reply.code(401).send(httpStatus(401, 'this client may not ask for reviews'));
    },
    maySeeDetails: ({ raw: { socket } }: FastifyRequest): boolean =>
      isLoopback(socket.remoteAddress) || whyNot(socket as TLSSocket, names) === undefined,
  };
}

/** Why a connection may not ask; undefined where it may. */
function whyNot(socket: TLSSocket, names: readonly string[] | undefined): string | undefined {
  if (!socket.authorized) {
    const hasNone = Object.keys(socket.getPeerCertificate()).length === 0;
    return hasNone
      ? 'no client certificate'
      : `client certificate not trusted: ${String(socket.authorizationError)}`;
  }
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  if (names === undefined || (typeof name === 'string' && names.includes(name))) return undefined;
  return `client certificate of ${JSON.stringify(name ?? '')}, which is not among the client names`;
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
