import { record } from '../../kubernetes/read.ts';

/** An answer of the API server that is no success: the HTTP status, and what its Status object says. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: string | undefined;
  /** Seconds the API server asks to stay away. */
  readonly retryAfter: number | undefined;
  /** Where a list whose moment is forgotten can be gone on with, at a later moment. */
  readonly continueToken: string | undefined;

  constructor(status: number, message: string, reason?: string, retryAfter?: number, continueToken?: string) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
    this.continueToken = continueToken;
  }
}

/** What came from the API server is not what its API promises. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/**
 * The error that a `Status` object tells, from the body of an answer or from an ERROR event of a watch.
 * Source: Kubernetes API, meta/v1 Status.
 */
export function errorOfStatus(body: unknown, status: number, retryAfterHeader?: string): ApiError {
  const said = record(body);
  const code = typeof said.code === 'number' ? said.code : status;
  const details = record(said.details);
  const { continue: token } = record(said.metadata);
  const seconds = Number(retryAfterHeader ?? details.retryAfterSeconds);
  return new ApiError(
    code,
    typeof said.message === 'string' && said.message !== '' ? said.message : `HTTP status ${code}`,
    typeof said.reason === 'string' ? said.reason : undefined,
    Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    typeof token === 'string' && token !== '' ? token : undefined,
  );
}

/** What has gone wrong with the API server, in words. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node calls it "aborted" or "socket hang up", which sounds like something that we did.
  const isBroken = 'code' in error && error.code === 'ECONNRESET';
  return isBroken ? 'the connection to the API server broke' : error.message;
}
