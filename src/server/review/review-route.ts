import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Decision } from '../../admission/decision.ts';
import { readAdmissionReview } from '../../kubernetes/admission-review.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { answerFailure, answerReview, type AnsweredReview, type DenialHelp } from './answer.ts';
import { httpStatus, type HttpStatus } from '../http-status.ts';
import type { ReviewObserver, ReviewRecord, Webhook } from './review-record.ts';
import type { Reviewer } from './reviewer.ts';
import { text, record } from '../../kubernetes/read.ts';

export interface ReviewRouteOptions {
  readonly reviewer: Reviewer;
  readonly observers: readonly ReviewObserver[];
  /** Milliseconds since some fixed point. */
  readonly elapsed: () => number;
  /** How long a decision may take where the API server does not say. */
  readonly longestReviewMs: number;
  /** Told of the connection of each readable review. */
  readonly onReview: (socket: Socket) => void;
  /** What stands at the end of each denial. */
  readonly help?: DenialHelp;
}

class TooSlow extends Error {}

/**
 * Answers the reviews of one webhook. Whatever has a uid is answered with an AdmissionReview; only what has none, or
 * is none, becomes an HTTP error.
 */
export function createReviewRoute(webhook: Webhook, options: ReviewRouteOptions) {
  const { reviewer, observers, elapsed, longestReviewMs, onReview } = options;
  return async (incoming: FastifyRequest, reply: FastifyReply): Promise<AnsweredReview | HttpStatus> => {
    const begun = elapsed();
    const request = readAdmissionReview(incoming.body);
    const problem = 'problem' in request ? request.problem : undefined;
    const uid = 'problem' in request ? uidOf(incoming.body) : request.uid;
    if (uid === undefined) {
      void reply.code(400);
      return httpStatus(400, problem ?? 'the request has no uid');
    }
    const observe = (outcome: Pick<ReviewRecord, 'allowed'> & Partial<ReviewRecord>) => {
      const known = 'problem' in request ? undefined : request;
      const milliseconds = elapsed() - begun;
      for (const observer of observers)
        observer({
          webhook,
          uid,
          request: known,
          decision: undefined,
          error: undefined,
          milliseconds,
          ...outcome,
        });
    };
    if ('problem' in request) {
      const answer = answerFailure(uid, webhook, 'unreadable', request.problem);
      observe({ allowed: answer.response.allowed, error: new Error(request.problem) });
      return answer;
    }
    onReview(incoming.raw.socket);
    try {
      const answer = reviewer[webhook](request);
      const decision =
        answer instanceof Promise ? await within(timeFor(incoming.query, longestReviewMs), answer) : answer;
      observe({ allowed: decision.allowed, decision });
      return answerReview(uid, decision, options.help);
    } catch (error) {
      const isSlow = error instanceof TooSlow;
      const why = isSlow ? error.message : 'an error of its own, which its log explains';
      const answer = answerFailure(uid, webhook, isSlow ? 'timeout' : 'failed', why);
      observe({ allowed: answer.response.allowed, error });
      return answer;
    }
  };
}

/** The uid of what is a review, but cannot be read for another reason. */
function uidOf(body: unknown): string | undefined {
  const isReview =
    isRecord(body) && body.kind === 'AdmissionReview' && body.apiVersion === 'admission.k8s.io/v1';
  const uid = isReview && isRecord(body.request) ? body.request.uid : undefined;
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

/** The time that the API server gives (`?timeout=3s`), less what it takes to send the answer; in milliseconds. */
function timeFor(query: unknown, longest: number): number {
  const timeout = text(record(query).timeout);
  const match = /^(\d{1,3})s$/.exec(timeout);
  return match ? Math.min(longest, Number(match[1]) * 900) : longest;
}

async function within(milliseconds: number, decision: Promise<Decision>): Promise<Decision> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new TooSlow(`there was no decision within ${milliseconds / 1000} s`)),
    milliseconds,
  );
  timer.unref(); // nobody is waiting for an answer once the server has ended
  try {
    return await Promise.race([decision, promise]);
  } finally {
    clearTimeout(timer);
  }
}
