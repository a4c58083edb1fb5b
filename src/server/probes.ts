import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Whether reviews can be answered, and each thing that this depends on. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ReadinessCheck[];
}

export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** Shown as a fault, though reviews can be answered all the same. */
  readonly harmless?: true;
  readonly detail?: string;
}

/**
 * Adds `/livez`, and `/readyz` with the list of checks where `?verbose` is asked for or something is not ready.
 * @param maySeeDetails whether a client may see that list; all others get the verdict alone
 */
export function addProbes(
  server: Pick<FastifyInstance, 'get'>,
  readiness: () => Readiness,
  maySeeDetails: (request: FastifyRequest) => boolean,
): void {
  server.get('/livez', async (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', async (request, reply) => {
    const { ready, checks } = readiness();
    const verbose = Object.hasOwn(request.query as object, 'verbose');
    const isShort = (ready && !verbose) || !maySeeDetails(request);
    const lines = checks.map(
      ({ name, ok, detail }) => `[${ok ? '+' : '-'}] ${name}${detail ? `: ${detail}` : ''}`,
    );
    const verdict = ready ? 'ok' : 'not ready';
    return reply
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(`${isShort ? verdict : [...lines, verdict].join('\n')}\n`);
  });
}
