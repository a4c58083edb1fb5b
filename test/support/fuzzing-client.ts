import { Agent, request } from 'node:https';
import { isRecord } from '../../src/kubernetes/object.ts';
import type { FuzzedRequest } from './fuzzed-requests.ts';

/** What came of one request; a `problem` is what must never be. */
export interface FuzzOutcome {
  /** `200 allowed`, `200 denied`, an HTTP status, or `cut` where the client went away. */
  readonly kind: string;
  /** From the last byte that was sent to the answer. */
  readonly milliseconds: number;
  readonly problem?: string;
}

/** Sends requests that mean harm, and says whether the answers are such as an API server can read. */
export function createFuzzingClient(port: number, ca: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca });
  return {
    send: (fuzzed: FuzzedRequest) => send({ agent, host: '127.0.0.1', port }, fuzzed),
    close: () => agent.destroy(),
  };
}

type Target = { readonly agent: Agent; readonly host: string; readonly port: number };

function send(
  target: Target,
  { method, path, headers, body, chunk, cut }: FuzzedRequest,
): Promise<FuzzOutcome> {
  const { promise, resolve } = Promise.withResolvers<FuzzOutcome>();
  let begun = performance.now();
  const since = () => performance.now() - begun;
  const length = chunk === undefined ? { 'content-length': String(body.length) } : {};
  const outgoing = request({ ...target, method, path, headers: { ...headers, ...length } }, (answer) => {
    answer.setEncoding('utf8');
    answer.toArray().then(
      (parts) => resolve({ milliseconds: since(), ...judge(answer.statusCode ?? 0, parts.join(''), body) }),
      (error: Error) =>
        resolve({ kind: 'broken', milliseconds: since(), problem: `the answer broke: ${error.message}` }),
    );
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (cut !== undefined) return resolve({ kind: 'cut', milliseconds: 0 });
    // A server that refuses what it has not read yet may close before all of it has been sent.
    const mayEnd = error.code === 'EPIPE' || error.code === 'ECONNRESET';
    resolve({
      kind: 'closed',
      milliseconds: since(),
      ...(mayEnd ? {} : { problem: `no answer: ${error.message}` }),
    });
  });
  if (cut !== undefined) {
    outgoing.write(body.subarray(0, cut), () => outgoing.destroy());
    outgoing.flushHeaders();
    return promise;
  }
  if (chunk !== undefined) {
    const size = Math.max(chunk, Math.ceil(body.length / 50));
    for (let at = 0; at < body.length; at += size) outgoing.write(body.subarray(at, at + size));
    outgoing.end(() => {
      begun = performance.now();
    });
  } else
    outgoing.end(body, () => {
      begun = performance.now();
    });
  return promise;
}

/** 4xx, or a review that the API server would accept as the answer to the one it has sent. */
function judge(status: number, text: string, body: Buffer): Pick<FuzzOutcome, 'kind' | 'problem'> {
  if (status >= 400 && status < 500) return { kind: String(status) };
  if (status !== 200)
    return { kind: String(status), problem: `HTTP status ${status}: ${text.slice(0, 200)}` };
  const problem = whyNoAnswer(text, body);
  if (problem !== undefined) return { kind: '200', problem: `${problem}: ${text.slice(0, 300)}` };
  return { kind: /"allowed":true/.test(text) ? '200 allowed' : '200 denied' };
}

function whyNoAnswer(text: string, body: Buffer): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return 'the answer is no JSON';
  }
  if (!isRecord(answer) || answer.kind !== 'AdmissionReview' || answer.apiVersion !== 'admission.k8s.io/v1')
    return 'the answer is no AdmissionReview';
  const { response } = answer;
  if (!isRecord(response)) return 'there is no response';
  const asked: unknown = JSON.parse(body.toString().replace(/^\uFEFF/, ''));
  const uid = isRecord(asked) && isRecord(asked.request) ? asked.request.uid : undefined;
  if (response.uid !== uid) return `the uid is not that of the request, ${JSON.stringify(uid)}`;
  if (typeof response.allowed !== 'boolean') return 'allowed is neither true nor false';
  const { status, warnings = [], patch, patchType } = response;
  if (!response.allowed && !(isRecord(status) && typeof status.message === 'string' && status.message !== ''))
    return 'a denial without a message';
  if (
    !Array.isArray(warnings) ||
    warnings.some((warning) => typeof warning !== 'string' || warning.length > 120)
  )
    return 'a warning that is too long';
  if ((patch === undefined) !== (patchType === undefined))
    return 'a patch without a type, or the other way round';
  return patch === undefined || isPatch(patch) ? undefined : 'a patch that is none';
}

function isPatch(patch: unknown): boolean {
  return typeof patch === 'string' && Array.isArray(JSON.parse(Buffer.from(patch, 'base64').toString()));
}
