import type { FastifyError } from 'fastify';
import type { Logger } from 'pino';
import type { Decision } from '../admission/decision.ts';
import { readAdmissionReview, type AdmissionRequest } from '../kubernetes/admission-review.ts';
import { answerFailure, answerReview } from './answer.ts';
import type { GateServer } from './create-server.ts';
import type { Reviewer } from './reviewer.ts';

/** A review that takes longer than this, in milliseconds, is worth a line in the log. */
const slow = 500;

/** Adds `POST /validate` and `POST /mutate`: AdmissionReview in, AdmissionReview out, anything else a 4xx with a reason. */
export function addReviews(server: GateServer, reviewer: Reviewer, log: Logger, elapsed: () => number): void {
  const add = (path: string, judge: (request: AdmissionRequest) => Promise<Decision>) => {
    server.post(path, async (incoming, reply) => {
      const begun = elapsed();
      const request = readAdmissionReview(incoming.body);
      if ('problem' in request) return reply.status(400).send({ error: request.problem });
      try {
        const decision = await judge(request);
        noteReview(log, path, request, decision, elapsed() - begun);
        return answerReview(request.uid, decision);
      } catch (error) {
        log.error(
          { uid: request.uid, path, kind: request.kind.kind, err: error },
          'a review could not be judged',
        );
        return answerFailure(
          request.uid,
          `tollgate could not judge this request (review ${request.uid}); its log says why`,
        );
      }
    });
  };
  add('/validate', reviewer.validate);
  add('/mutate', reviewer.mutate);
  server.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({ error: 'only POST /validate and POST /mutate are served' }),
  );
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'a request failed');
    return reply.status(status).send({ error: error.message });
  });
}

/** One line for a review that somebody may ask about: refused, warned about, or slow. Never an object's body. */
function noteReview(
  log: Logger,
  path: string,
  request: AdmissionRequest,
  decision: Decision,
  duration: number,
): void {
  const { allowed, warnings, findings } = decision;
  if (allowed && warnings.length === 0 && duration < slow) return;
  const { metadata } = request.object ?? request.oldObject ?? {};
  log[allowed ? 'info' : 'warn'](
    {
      uid: request.uid,
      path,
      operation: request.operation,
      kind: request.kind.kind,
      namespace: request.namespace,
      name: metadata?.name ?? metadata?.generateName,
      user: request.user.username,
      allowed,
      rules: [...new Set(findings.map(({ rule }) => rule))],
      milliseconds: Math.round(duration),
    },
    allowed ? 'review allowed' : 'review denied',
  );
}
