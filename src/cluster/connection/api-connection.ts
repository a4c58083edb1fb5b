import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { UnreadableAnswer, errorOfStatus } from './api-error.ts';

/** How a client proves who it is, and by which authority it knows the server. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Options of `tls.connect`: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`. */
  readonly tls: Readonly<RequestOptions & Record<string, unknown>>;
}

export interface ApiEndpoint {
  /** `https://host:port`, with a path in front of the API's where there is one. */
  readonly server: string;
  /** Asked before each request, since tokens and client certificates are renewed. */
  readonly credentials: () => Promise<Credentials>;
  readonly userAgent: string;
}

export interface ApiRequest {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON of the media type, which for PATCH says what kind of patch it is. */
  readonly body?: { readonly type: string; readonly value: unknown };
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The body as it comes. Whoever asked has to read it to its end or destroy it, or its socket is never free again. */
  readonly body: Readable;
}

/** The Kubernetes API as plain HTTP with JSON: nothing is dropped or turned into classes on the way. */
export interface ApiConnection {
  /** The answer of any status. */
  readonly request: (method: string, path: string, request: ApiRequest) => Promise<ApiResponse>;
  /** The JSON of a successful answer. @throws ApiError for any other; UnreadableAnswer if it is no JSON. */
  readonly json: (method: string, path: string, request: ApiRequest) => Promise<unknown>;
  /** Ends idle connections; those in use end with their signals. */
  readonly close: () => void;
}

export function createApiConnection({ server, credentials, userAgent }: ApiEndpoint): ApiConnection {
  const isTls = new URL(server).protocol === 'https:';
  // A connection that is not used for 30 s is probed, so that one to a host that is gone does not look alive.
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, keepAliveMsecs: 30_000 });
  const open = isTls ? httpsRequest : httpRequest;

  const request = async (method: string, path: string, { query = {}, headers, body, signal }: ApiRequest) => {
    const url = new URL(server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const known = await credentials();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const content = body && JSON.stringify(body.value);
    const options = {
      agent,
      ...known.tls,
      method,
      signal,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...known.headers,
        ...headers,
        ...(body ? { 'content-type': body.type } : {}),
        // Node says nothing of the length of what a DELETE brings, so that it would be taken for the next request.
        ...(content === undefined ? {} : { 'content-length': Buffer.byteLength(content) }),
      },
    };
    const outgoing = open(url, options, resolve);
    outgoing.on('error', reject);
    outgoing.end(content);
    const answer = await promise;
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: answer };
  };
  return {
    request,
    json: async (method, path, options) => readJson(await request(method, path, options)),
    close: () => agent.destroy(),
  };
}

/** Reads an answer to its end. @throws ApiError, UnreadableAnswer */
export async function readJson(response: ApiResponse): Promise<unknown> {
  const text = (await response.body.setEncoding('utf8').toArray()).join('');
  const isSuccess = response.status >= 200 && response.status < 300;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (isSuccess) throw new UnreadableAnswer('the answer of the API server is no JSON', { cause });
  }
  if (isSuccess) return value;
  throw errorOfStatus(value, response.status, response.headers['retry-after']);
}
