import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TLSSocket } from 'node:tls';
import { httpStatus } from './http-status.ts';

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

/**
 * Lets in those requests whose connection has shown a certificate that is believed: the API server's, when its
 * webhook client has been given one. Probes are not asked for one, since kubelets have none to show.
 * Source: Kubernetes, "Dynamic Admission Control", authenticate API servers.
 */
export function createClientAuthentication(names: readonly string[] | undefined) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const socket = request.raw.socket as TLSSocket;
    if (!socket.authorized) {
      await reply
        .code(401)
        .send(httpStatus(401, 'a client certificate is needed, as the API server may be given one'));
      return;
    }
    const name: unknown = socket.getPeerCertificate().subject?.CN;
    if (names === undefined || (typeof name === 'string' && names.includes(name))) return;
    await reply
      .code(403)
      .send(httpStatus(403, `the client certificate of ${JSON.stringify(name ?? '')} is not let in`));
  };
}
