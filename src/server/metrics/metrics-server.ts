import fastify from 'fastify';
import type { Logger } from 'pino';
import { addAuditRoutes, type AuditTexts } from '../audit/audit-routes.ts';
import { answerNotFound, createErrorHandler } from '../http-status.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsServer {
  /** @returns the port, which matters where 0 was asked for */
  readonly listen: (address: { readonly host: string; readonly port: number }) => Promise<number>;
  readonly close: () => Promise<void>;
}

/**
 * Serves `GET /metrics` over plain HTTP, on a port of its own: who may read numbers may not ask for reviews.
 * @param audit what the audit finds, where that is served as well
 */
export function createMetricsServer(
  metrics: Pick<Metrics, 'render' | 'contentType'>,
  log: Logger,
  audit?: AuditTexts,
): MetricsServer {
  const app = fastify({ exposeHeadRoutes: false, requestTimeout: 10_000, bodyLimit: 1024 });
  app.server.maxConnections = 64;
  app.setErrorHandler(createErrorHandler(log));
  app.setNotFoundHandler(answerNotFound);
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );
  if (audit) addAuditRoutes(app, audit);
  return {
    listen: async (address) => {
      await app.listen(address);
      const bound = app.server.address();
      return typeof bound === 'object' && bound ? bound.port : address.port;
    },
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
