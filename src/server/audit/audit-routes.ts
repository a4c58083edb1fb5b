import type { FastifyInstance, FastifyReply } from 'fastify';
import { httpStatus } from '../http-status.ts';

/** The latest results of the audit as texts; undefined where this replica has none. */
export interface AuditTexts {
  readonly json: () => string | undefined;
  readonly page: () => string | undefined;
  /** The page of a replica that has no results. */
  readonly emptyPage: (why: string) => string;
  /** The Content-Security-Policy of both pages. */
  readonly policy: string;
}

const nothing =
  'this replica has no results: another one audits, which holds the Lease, or the first audit has not ended';

/** What a browser is told of both: keep nothing, guess nothing, tell nobody, and show it in no frame. */
const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Adds `GET /audit.json`, and `GET /audit` as a page; a replica without results answers 503. */
export function addAuditRoutes(server: Pick<FastifyInstance, 'get'>, texts: AuditTexts): void {
  server.get('/audit.json', async (_request, reply) => {
    const json = texts.json();
    const answer = guarded(reply, texts.policy);
    if (json === undefined) return answer.code(503).send(httpStatus(503, nothing));
    return answer.type('application/json; charset=utf-8').send(json);
  });
  server.get('/audit', async (_request, reply) => {
    const page = texts.page();
    return guarded(reply, texts.policy)
      .code(page === undefined ? 503 : 200)
      .type('text/html; charset=utf-8')
      .send(page ?? texts.emptyPage(nothing));
  });
}

function guarded(reply: FastifyReply, policy: string): FastifyReply {
  return reply.headers({ ...headers, 'content-security-policy': policy });
}
