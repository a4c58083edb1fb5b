import { pino } from 'pino';
import t, { type Test } from 'tap';
import { composeAuditTexts } from '../../src/application/serve/door/audit-texts.ts';
import { type AuditFindings, nothingFound } from '../../src/engine/audit-findings.ts';
import { pagePolicy } from '../../src/report/audit/audit-page.ts';
import { createMetricsServer } from '../../src/server/metrics/metrics-server.ts';

const metrics = { render: async () => 'up 1\n', contentType: 'text/plain' };
const log = pino({ level: 'silent' });

async function serving(t: Test, isServed = true) {
  const state = { findings: undefined as AuditFindings | undefined, elapsed: 0, asked: 0 };
  const texts = composeAuditTexts(
    {
      wholeFindings: () => state.findings,
      ages: () => {
        state.asked += 1;
        return [{ part: 'objects', seconds: 1 }];
      },
    },
    { version: '1.2.3', now: () => new Date('2026-12-01T00:00:00Z'), elapsed: () => state.elapsed },
  );
  const server = createMetricsServer(metrics, log, isServed ? texts : undefined);
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  return { state, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}

t.test('the page and its JSON are served with what a browser has to know', async (t) => {
  const { state, get } = await serving(t);
  state.findings = nothingFound;
  for (const [path, type, start] of [
    ['/audit', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/audit.json', 'application/json; charset=utf-8', '{"schema":"tollgate.dev/audit/v1"'],
  ] as const) {
    const answer = await get(path);
    t.equal(answer.status, 200, path);
    t.ok((await answer.text()).startsWith(start), path);
    const headers = Object.fromEntries(answer.headers);
    t.match(headers, {
      'content-type': type,
      'cache-control': 'no-store',
      'content-security-policy': pagePolicy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    t.notOk(headers['access-control-allow-origin'], 'no other page may read it');
  }
});

t.test('it can only be read', async (t) => {
  const { state, get } = await serving(t);
  state.findings = nothingFound;
  for (const path of ['/audit', '/audit.json'])
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      t.equal((await get(path, { method })).status, 404, `${method} ${path}`);
});

t.test('where it was not chosen it is not there', async (t) => {
  const { get } = await serving(t, false);
  for (const path of ['/audit', '/audit.json']) t.equal((await get(path)).status, 404);
  t.equal((await get('/metrics')).status, 200);
});

t.test('a replica without results says so', async (t) => {
  const { get } = await serving(t);
  const json = await get('/audit.json');
  t.equal(json.status, 503);
  t.match(await json.json(), { kind: 'Status', reason: 'ServiceUnavailable', message: /another one audits/ });
  const page = await get('/audit');
  t.equal(page.status, 503);
  t.match(page.headers.get('content-security-policy'), pagePolicy);
  t.match(await page.text(), /another one audits/);
});

t.test('however often it is asked for, it is written once in five seconds', async (t) => {
  const { state, get } = await serving(t);
  state.findings = nothingFound;
  for (const _ of [1, 2, 3]) await (await get('/audit')).text();
  t.equal(state.asked, 1);
  state.elapsed = 5_000;
  await (await get('/audit')).text();
  t.equal(state.asked, 2);
  state.findings = undefined;
  t.equal((await get('/audit')).status, 503, 'another replica leads');
});
