import t from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';
import type { ReviewRecord } from '../../src/server/review/review-record.ts';
import { allowed, review, startServer } from '../support/webhook-server.ts';

const finding = {
  rule: 'gate/default-deny-missing',
  object: { apiVersion: 'v1', kind: 'Namespace', name: 'shop' },
  pointer: '',
  message: 'ingress is not denied by default',
  action: 'deny',
} as const;
const denied: Decision = {
  ...allowed,
  allowed: false,
  status: { code: 403, reason: 'Forbidden', message: 'gate/default-deny-missing: no' },
  auditAnnotations: { denied: 'gate/default-deny-missing' },
  findings: [finding],
};
const failure = new Error('the reviewer broke');

t.test('what the API server is answered', async (t) => {
  const seen: AdmissionRequest[] = [];
  const answers: Record<string, Decision> = {
    '/validate': { ...denied, warnings: ['mesh/x: careful'] },
    '/mutate': { ...allowed, patch: [{ op: 'add', path: '/metadata/labels', value: { team: 'ä' } }] },
  };
  const answer = (path: string) => async (request: AdmissionRequest) => {
    seen.push(request);
    return answers[path] ?? allowed;
  };
  const { send } = await startServer(t, {
    reviewer: { validate: answer('/validate'), mutate: answer('/mutate') },
  });
  const validated = await send('/validate?timeout=3s', { body: review() });
  t.equal(validated.status, 200);
  t.equal(validated.headers['content-type'], 'application/json; charset=utf-8');
  t.same(JSON.parse(validated.text), {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'u-1',
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'gate/default-deny-missing: no' },
      warnings: ['mesh/x: careful'],
      auditAnnotations: { denied: 'gate/default-deny-missing' },
    },
  });
  const mutated = JSON.parse((await send('/mutate', { body: review({ uid: 'u-2' }) })).text);
  t.equal(mutated.response.patchType, 'JSONPatch');
  t.same(JSON.parse(Buffer.from(mutated.response.patch, 'base64').toString()), [
    { op: 'add', path: '/metadata/labels', value: { team: 'ä' } },
  ]);
  answers['/mutate'] = allowed;
  t.same(JSON.parse((await send('/mutate', { body: review() })).text).response, {
    uid: 'u-1',
    allowed: true,
  });
  t.same(
    seen.map(({ uid, object }) => [uid, object?.metadata.name]),
    [
      ['u-1', 'shop'],
      ['u-2', 'shop'],
      ['u-1', 'shop'],
    ],
  );
});

t.test('what is no review is an HTTP error that says why', async (t) => {
  const { send, lines } = await startServer(t);
  const changed = (change: object) => JSON.stringify({ ...JSON.parse(review()), ...change });
  const json = { 'content-type': 'application/json' };
  const rows: readonly [string, object, number, string, string][] = [
    [
      'nothing',
      { body: '', headers: json },
      400,
      'BadRequest',
      'the body is empty, expected an AdmissionReview',
    ],
    ['no JSON', { body: '{"kind":' }, 400, 'BadRequest', 'the body is no JSON'],
    ['no object', { body: '[]' }, 400, 'BadRequest', 'the body is not a JSON object'],
    ['a number', { body: '7' }, 400, 'BadRequest', 'the body is not a JSON object'],
    [
      'another content type',
      { body: review(), headers: { 'content-type': 'text/plain' } },
      415,
      'UnsupportedMediaType',
      'the content type is not application/json',
    ],
    [
      'no content type',
      { body: review(), headers: { 'content-type': '' } },
      415,
      'UnsupportedMediaType',
      'the content type is not application/json',
    ],
    [
      'an older version',
      { body: changed({ apiVersion: 'admission.k8s.io/v1beta1' }) },
      400,
      'BadRequest',
      'apiVersion is "admission.k8s.io/v1beta1", expected "admission.k8s.io/v1"',
    ],
    [
      'another kind',
      { body: changed({ kind: 'ConversionReview' }) },
      400,
      'BadRequest',
      'kind is "ConversionReview", expected "AdmissionReview"',
    ],
    ['no request', { body: changed({ request: undefined }) }, 400, 'BadRequest', 'the review has no request'],
    ['no uid', { body: review({ uid: '' }) }, 400, 'BadRequest', 'the request has no uid'],
    [
      'a uid that is no text',
      { body: review({ uid: { a: 1 } }) },
      400,
      'BadRequest',
      'the request has no uid',
    ],
  ];
  for (const [name, sent, status, reason, message] of rows) {
    const answer = await send('/validate', sent);
    t.equal(answer.status, status, name);
    t.same(
      JSON.parse(answer.text),
      { apiVersion: 'v1', kind: 'Status', status: 'Failure', code: status, reason, message },
      name,
    );
  }
  const elsewhere = await send('/convert?timeout=3s', { body: review() });
  t.equal(elsewhere.status, 404);
  t.match(JSON.parse(elsewhere.text), { reason: 'NotFound', message: 'there is no POST /convert' });
  t.match(JSON.parse((await send('/validate')).text), { code: 404, message: 'there is no GET /validate' });
  t.same(lines(), [], 'what others send wrong fills no log');
});

t.test('a body larger than a review can be is refused, one as large as a review can be is not', async (t) => {
  const { send } = await startServer(t);
  const large = review({
    object: { apiVersion: 'v1', kind: 'X', metadata: {}, data: 'x'.repeat(6.9 * 1024 * 1024) },
  });
  t.equal((await send('/validate', { body: large })).status, 200);
  const larger = `${large}${' '.repeat(200_000)}`;
  const answer = await send('/validate', { body: larger, agent: false });
  t.equal(answer.status, 413);
  t.match(JSON.parse(answer.text), {
    reason: 'RequestEntityTooLarge',
    message: 'the body is larger than a review can be',
  });
});

t.test('a review that cannot be judged is refused, and one that cannot be changed is let on', async (t) => {
  const records: ReviewRecord[] = [];
  const { send, lines } = await startServer(t, {
    reviewer: {
      validate: () => {
        throw failure;
      },
      mutate: async () => {
        throw failure;
      },
    },
    observers: [(record) => void records.push(record)],
  });
  const validated = await send('/validate', { body: review() });
  t.equal(validated.status, 200);
  t.same(JSON.parse(validated.text).response, {
    uid: 'u-1',
    allowed: false,
    status: {
      code: 500,
      reason: 'InternalError',
      message:
        'tollgate could not judge this request, so it is refused: an error of its own, which its log explains (review u-1)',
    },
  });
  t.same(JSON.parse((await send('/mutate', { body: review() })).text).response, {
    uid: 'u-1',
    allowed: true,
    warnings: ['tollgate added nothing to this object: an error of its own, which its log explains'],
  });
  t.match(lines(), [
    {
      level: 50,
      msg: 'a review could not be judged',
      webhook: 'validate',
      uid: 'u-1',
      name: 'shop',
      err: { message: 'the reviewer broke' },
    },
    { level: 50, webhook: 'mutate', uid: 'u-1' },
  ]);
  t.match(records, [
    { allowed: false, error: failure, decision: undefined },
    { allowed: true, error: failure },
  ]);
});

t.test('a review with a uid that cannot be read is refused by name', async (t) => {
  const { send, lines } = await startServer(t);
  const answer = await send('/validate', { body: review({ object: { kind: 'Namespace' } }) });
  t.equal(answer.status, 200);
  t.same(JSON.parse(answer.text).response.status, {
    code: 400,
    reason: 'BadRequest',
    message:
      'tollgate could not judge this request, so it is refused: the object of the request is no Kubernetes object (review u-1)',
  });
  t.match(lines(), [
    { level: 50, uid: 'u-1', err: { message: 'the object of the request is no Kubernetes object' } },
  ]);
});

t.test('a decision that never comes is not waited for longer than the API server does', async (t) => {
  const never = new Promise<Decision>(() => {});
  const { send, lines } = await startServer(t, {
    reviewer: { validate: () => never, mutate: () => never },
    limits: { reviewMs: 20 },
  });
  const answer = await send('/validate?timeout=30s', { body: review() });
  t.same(JSON.parse(answer.text).response.status, {
    code: 504,
    reason: 'Timeout',
    message:
      'tollgate could not judge this request, so it is refused: there was no decision within 0.02 s (review u-1)',
  });
  t.match(lines(), [{ level: 50, uid: 'u-1' }]);
  const patient = await startServer(t, { reviewer: { validate: () => never, mutate: () => never } });
  const shorter = await patient.send('/validate?timeout=0s', { body: review() });
  t.match(JSON.parse(shorter.text).response.status, { code: 504 });
});

t.test('keys that mean something to JavaScript are keys like others', async (t) => {
  const seen: AdmissionRequest[] = [];
  const { send } = await startServer(t, {
    reviewer: {
      validate: async (request) => {
        seen.push(request);
        return allowed;
      },
      mutate: async () => allowed,
    },
  });
  const data =
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":"x"}';
  const body = review().replace('"metadata":{', `"data":${data},"__proto__":{"polluted":true},"metadata":{`);
  const answer = await send('/validate', { body });
  t.equal(JSON.parse(answer.text).response?.allowed, true);
  const object = seen[0]?.object as Record<string, unknown>;
  t.same(Object.keys(object['data'] as object), ['__proto__', 'constructor', 'hasOwnProperty']);
  t.ok(Object.hasOwn(object, '__proto__'));
  t.notOk('polluted' in {}, 'nothing was polluted');
  t.equal(
    JSON.parse((await send('/validate', { body: review({ ['__proto__']: 1 }) })).text).response.allowed,
    true,
  );
});

t.test('a body nested deeper than anybody can walk does no harm', async (t) => {
  const depth = 200_000;
  const walk = (value: unknown): number => (Array.isArray(value) ? 1 + walk(value[0]) : 0);
  const { send } = await startServer(t, {
    reviewer: {
      validate: async ({ object }) => {
        walk(object?.['data']);
        return allowed;
      },
      mutate: async () => allowed,
    },
  });
  const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const body = review().replace('"metadata":{', `"data":${nested},"metadata":{`);
  const answer = await send('/validate', { body });
  t.match(JSON.parse(answer.text).response, { allowed: false, status: { code: 500 } });
  t.equal(
    JSON.parse((await send('/validate', { body: review() })).text).response.allowed,
    true,
    'and goes on',
  );
});

t.test('one line for what somebody may ask about, and none for the rest', async (t) => {
  const decisions: Decision[] = [allowed, { ...allowed, patch: [{ op: 'add', path: '/a', value: 1 }] }];
  let time = 0;
  const { send, lines } = await startServer(t, {
    reviewer: {
      validate: async () => {
        time += 40;
        return decisions.shift() ?? allowed;
      },
      mutate: async () => {
        time += 700;
        return allowed;
      },
    },
    elapsed: () => time,
  });
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-' }, secret: 'hunter2' };
  const about = { namespace: 'shop', kind: { group: '', version: 'v1', kind: 'Pod' }, object, dryRun: true };
  await send('/validate', { body: review(about) });
  await send('/validate', { body: review(about) });
  t.same(lines(), []);
  decisions.push(denied, { ...allowed, warnings: ['careful'], findings: [finding, finding] });
  await send('/validate', { body: review(about) });
  await send('/validate', { body: review({ ...about, dryRun: false }) });
  await send('/mutate', { body: review() });
  const line = {
    webhook: 'validate',
    uid: 'u-1',
    operation: 'CREATE',
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-',
    user: 'jane',
    rules: ['gate/default-deny-missing'],
    milliseconds: 40,
  };
  t.match(lines(), [
    { ...line, level: 40, msg: 'review denied', allowed: false, dryRun: true },
    { ...line, level: 30, msg: 'review allowed with warnings', allowed: true },
    { level: 40, msg: 'a review was slow', webhook: 'mutate', milliseconds: 700, allowed: true },
  ]);
  t.equal(lines().length, 3);
  t.notMatch(JSON.stringify(lines()), /hunter2/);
});

t.test('the log has what proves a finding, what denies first, and in bounded length', async (t) => {
  const secret = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, secret: 'hunter2' };
  const proof = (witness: string): JudgedFinding => ({ ...finding, action: 'warn', witness });
  const decisive: JudgedFinding = {
    ...finding,
    action: 'deny',
    pointer: '/spec',
    namespace: 'shop',
    witness: 'a pod without labels; no policy selects it',
  };
  const findings = [finding, ...Array.from({ length: 20 }, () => proof('x'.repeat(5000))), decisive];
  const { send, lines } = await startServer(t, {
    reviewer: { validate: async () => ({ ...denied, findings }), mutate: async () => allowed },
  });
  await send('/validate', { body: review({ object: secret }) });
  const witnesses = lines()[0]?.['witnesses'] as readonly { readonly witness: string }[];
  t.same(witnesses[0], {
    rule: 'gate/default-deny-missing',
    pointer: '/spec',
    namespace: 'shop',
    witness: 'a pod without labels; no policy selects it',
  });
  t.equal(witnesses.length, 8);
  t.ok(witnesses.every(({ witness }) => witness.length <= 500));
  t.notMatch(JSON.stringify(lines()), /hunter2/);
});

t.test('more reviews at a time than there are places are turned away at the door', async (t) => {
  const gate = Promise.withResolvers<Decision>();
  let arrived = 0;
  const both = Promise.withResolvers<void>();
  const { send, server } = await startServer(t, {
    reviewer: {
      validate: async () => {
        arrived += 1;
        if (arrived === 2) both.resolve();
        return gate.promise;
      },
      mutate: async () => allowed,
    },
    limits: { reviews: 2 },
  });
  const first = [send('/validate', { body: review() }), send('/validate', { body: review() })];
  await both.promise;
  t.equal(server.inFlight(), 2);
  const refused = await send('/mutate', { body: review() });
  t.equal(refused.status, 429);
  t.equal(refused.headers['retry-after'], '1');
  t.match(JSON.parse(refused.text), {
    reason: 'TooManyRequests',
    message: 'tollgate is already working on 2 reviews',
  });
  t.equal((await send('/readyz')).status, 200, 'probes need no place');
  gate.resolve(allowed);
  t.same(
    (await Promise.all(first)).map(({ status }) => status),
    [200, 200],
  );
  t.equal((await send('/mutate', { body: review() })).status, 200);
});

t.test('probes', async (t) => {
  const checks = [
    { name: 'certificate', ok: true, detail: 'ends 2027-01-01' },
    { name: 'view', ok: false, detail: 'deployments.apps is forbidden' },
  ];
  const { send } = await startServer(t, {
    readiness: () => ({ ready: checks.every(({ ok }) => ok), checks }),
  });
  const shown = '[+] certificate: ends 2027-01-01\n[-] view: deployments.apps is forbidden\nnot ready\n';
  t.match(await send('/livez'), { status: 200, text: 'ok\n' });
  t.match(await send('/readyz'), { status: 503, text: shown });
  checks.pop();
  t.match(await send('/readyz'), { status: 200, text: 'ok\n', headers: { 'content-type': /^text\/plain/ } });
  t.match(await send('/readyz?verbose'), { status: 200, text: '[+] certificate: ends 2027-01-01\nok\n' });
});
