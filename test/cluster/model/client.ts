import { Agent, request } from 'node:https';
import type { ApiObject } from '../api-client.ts';
import type { ControlPlane } from '../control-plane.ts';
import { type Operation, type Outcome, resultOf } from './operation.ts';
import { impersonation, type User } from './users.ts';

/** Talks to the API server as each of the model's users. */
export interface ModelClient {
  /** Sends an operation; `suffix` takes the place of each `%`. */
  readonly send: (operation: Operation, suffix: string) => Promise<Outcome>;
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    options?: { readonly user?: User; readonly type?: string },
  ) => Promise<Answer>;
  readonly close: () => void;
}

export interface Answer {
  readonly status: number;
  readonly body: ApiObject;
  readonly warnings: readonly string[];
}

export function createModelClient({ url, authority, token }: ControlPlane): ModelClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 24, ca: authority.certificate });
  const call: ModelClient['call'] = (method, path, body, { user = 'admin', type } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const content = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-length': Buffer.byteLength(content),
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
      ...impersonation(user),
    };
    const outgoing = request(new URL(path, url), { method, agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('error', reject).on('end', () => {
        const parsed = text.startsWith('{') ? (JSON.parse(text) as ApiObject) : undefined;
        resolve({
          status: answer.statusCode ?? 0,
          body: parsed ?? ({ message: text.trim() } as unknown as ApiObject),
          warnings: warningsIn(answer.headers['warning']),
        });
      });
    });
    outgoing.on('error', reject).end(content);
    return promise;
  };
  const uidOf = async (path: string) => {
    const { body } = await call('GET', path);
    return body.metadata?.uid ?? '00000000-0000-0000-0000-000000000000';
  };
  return {
    call,
    send: async (operation, suffix) => {
      const { user, method, type } = operation;
      const path = operation.path.replaceAll('%', suffix);
      const body = operation.body === undefined ? undefined : await resolved(operation.body, suffix, uidOf);
      const {
        status,
        body: answer,
        warnings,
      } = await call(method, path, body, { user, ...(type && { type }) });
      const message = status < 300 ? '' : (answer.message ?? '');
      const revision = Number(answer.metadata?.resourceVersion);
      const result = resultOf(status, message);
      return { operation, result, status, message, warnings, ...(revision > 0 && { revision }) };
    },
    close: () => agent.destroy(),
  };
}

async function resolved(
  body: unknown,
  suffix: string,
  uidOf: (path: string) => Promise<string>,
): Promise<unknown> {
  let text = JSON.stringify(body).replaceAll('%', suffix);
  for (const [place, path = ''] of text.matchAll(/\{uid:([^}]*)\}/g))
    text = text.replace(place, await uidOf(path));
  return JSON.parse(text) as unknown;
}

/** `299 - "text", 299 - "text"`, as Node joins the headers. */
function warningsIn(header: string | undefined): readonly string[] {
  return [...(header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
}
