import { Agent, request, type RequestOptions } from 'node:https';
import { Writable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { Test } from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import { joinBundle } from '../../src/certificates/bundle.ts';
import { issueAuthority, issueServing, type KeyPair } from '../../src/certificates/issue.ts';
import { readServingCertificate } from '../../src/certificates/serving-certificate.ts';
import type { CertificateSource, ServingCertificate } from '../../src/certificates/source.ts';
import { createServer, type ServerOptions } from '../../src/server/create-server.ts';

export const now = new Date();
export const authority = await issueAuthority({ now, days: 2 });
const serving = await issueServing({ authority, hosts: ['127.0.0.1'], now, days: 1 });

export const allowed: Decision = {
  allowed: true,
  warnings: [],
  patch: [],
  auditAnnotations: {},
  findings: [],
  restsOnInventory: false,
};

/** A source whose certificate a test changes. */
export function createChangeableSource(first: KeyPair = serving): CertificateSource & {
  readonly change: (pair: KeyPair) => void;
} {
  const listeners = new Set<(certificate: ServingCertificate) => void>();
  let current = readServingCertificate(first, now);
  return {
    start: async () => {},
    current: () => current,
    problem: () => undefined,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {},
    change: (pair) => {
      current = { ...pair, end: now, fingerprint: 'new' };
      for (const listener of listeners) listener(current);
    },
  };
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A webhook server that listens on loopback, with what it logs. */
export async function startServer(t: Test, options: Partial<ServerOptions> = {}) {
  const lines: LogLine[] = [];
  const certificates = createChangeableSource();
  const log = pino(
    { level: 'info' },
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(JSON.parse(chunk.toString()) as LogLine);
        done();
      },
    }),
  );
  const server = createServer({
    reviewer: { validate: async () => allowed, mutate: async () => allowed },
    certificates,
    readiness: () => ({ ready: true, checks: [{ name: 'view', ok: true, detail: '3 objects' }] }),
    log,
    elapsed: () => performance.now(),
    ...options,
    limits: { drainLagMs: 50, drainPatienceMs: 1000, lingerMs: 20, ...options.limits },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  t.teardown(async () => {
    agent.destroy();
    await server.close();
  });
  const send = (path: string, sent: Partial<Sent> = {}) => call(port, path, { agent, ...sent });
  return { server, port, lines: () => lines.filter(({ msg }) => msg !== 'listening'), certificates, send };
}

export interface Sent extends Omit<RequestOptions, 'headers'> {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** Sends one request: a POST of JSON where there is a body, a GET otherwise. */
export async function call(port: number, path: string, sent: Partial<Sent> = {}): Promise<Answer> {
  const { body, headers, ...options } = sent;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(
    {
      host: '127.0.0.1',
      port,
      path,
      method: body === undefined ? 'GET' : 'POST',
      ca: joinBundle(authority.certificate),
      ...options,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    },
    (answer) => {
      answer.setEncoding('utf8');
      answer.toArray().then((chunks) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: chunks.join('') });
      }, reject);
    },
  );
  outgoing.on('error', reject).end(body);
  return promise;
}

/** The body of a review of a namespace that is created; fields of the request may be replaced. */
export function review(request: object = {}): string {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  const kind = { group: '', version: 'v1', kind: 'Namespace' };
  const userInfo = { username: 'jane', groups: ['dev'] };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u-1', operation: 'CREATE', kind, object, userInfo, ...request },
  });
}
