import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** An HTTP error as the Kubernetes API writes one (meta/v1 Status), which API servers and people can read. */
export interface HttpStatus {
  readonly apiVersion: 'v1';
  readonly kind: 'Status';
  readonly status: 'Failure';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

export function httpStatus(code: number, message: string): HttpStatus {
  const reason = reasons[code] ?? 'BadRequest';
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message };
}

/** What the framework found wrong with a request, in words for those who sent it. */
const messages: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the content type is not application/json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty, expected an AdmissionReview',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is no JSON',
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than a review can be',
};

/** Answers what never became a review; what is our own fault is logged and not shown. */
export function createErrorHandler(log: Logger) {
  return (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
    const isTheirs = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
    if (!isTheirs) log.error({ err: error }, 'a request failed');
    const code = isTheirs ? (error.statusCode ?? 400) : 500;
    const message = isTheirs ? (messages[error.code] ?? error.message) : 'tollgate failed; its log says why';
    void reply.code(code).send(httpStatus(code, message));
  };
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0];
  void reply.code(404).send(httpStatus(404, `there is no ${request.method} ${path}`));
}
