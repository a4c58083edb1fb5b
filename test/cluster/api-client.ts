import { Agent, request } from 'node:https';

/** The fields every answer of the API server may have; the rest is read as it comes. */
export interface ApiObject {
  readonly kind?: string;
  readonly message?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly [field: string]: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: ApiObject;
}

export interface ApiClient {
  /** Sends one request; the body is JSON, `type` its media type (PATCH: merge patch unless told). */
  call(method: string, path: string, body?: unknown, type?: string): Promise<ApiAnswer>;
  /** The object at a path, undefined where there is none. @throws on any other answer than 200 and 404. */
  get(path: string): Promise<ApiObject | undefined>;
  /** The items at a path. @throws on any other answer than 200. */
  list(path: string): Promise<readonly ApiObject[]>;
  /** An answer that is no JSON, such as `/metrics` or `/readyz`. */
  text(path: string): Promise<{ readonly status: number; readonly text: string }>;
  close(): void;
}

/**
 * Calls an API server with a bearer token: for polls and for what kubectl cannot send.
 * @param as the user whom the administrator of the token stands in for
 */
export function createApiClient(url: string, ca: string, token: string, as?: string): ApiClient {
  const agent = new Agent({ keepAlive: true, ca });
  const send = (method: string, path: string, body?: unknown, type?: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const content = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(as !== undefined && { 'impersonate-user': as, 'impersonate-group': 'system:masters' }),
      'content-length': Buffer.byteLength(content), // without it Node sends the body of a DELETE unframed
      ...(body !== undefined && { 'content-type': type ?? mediaType(method) }),
    };
    const outgoing = request(new URL(path, url), { method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject).end(content);
    return promise;
  };
  const call = async (method: string, path: string, body?: unknown, type?: string): Promise<ApiAnswer> => {
    const { status, text } = await send(method, path, body, type);
    if (!text.startsWith('{')) throw new Error(`${method} ${path}: ${status} ${text.trim()}`);
    return { status, body: JSON.parse(text) as ApiObject };
  };
  return {
    call,
    get: async (path) => {
      const { status, body } = await call('GET', path);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.message ?? ''}`);
      return body;
    },
    list: async (path) => {
      const { status, body } = await call('GET', path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.message ?? ''}`);
      return body['items'] as readonly ApiObject[];
    },
    text: (path) => send('GET', path),
    close: () => agent.destroy(),
  };
}

function mediaType(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
