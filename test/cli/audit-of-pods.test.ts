import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { serve } from '../../src/main.ts';
import { builtIn } from '../support/built-in-kinds.ts';
import { createFakeApiServer } from '../support/fake-api-server.ts';
import { pod } from '../support/objects.ts';

t.test('a pod that came in unseen is told as soon as the server knows the cluster', async (t) => {
  const api = await createFakeApiServer();
  const events = { group: 'events.k8s.io', version: 'v1', resource: 'events', kind: 'Event' };
  api.serve(...builtIn, events);
  api.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const labels = { 'app.kubernetes.io/name': 'quiet' };
  api.put(pod('quiet', 'shop', { labels, annotations: { 'linkerd.io/inject': 'disabled' } }));
  const kubeconfig = join(t.testdir({}), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me' } }],
    clusters: [{ name: 'fake', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'secret' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const lines: string[] = [];
  const running = await serve({
    kubeconfig,
    address: '127.0.0.1',
    port: 0,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
  });
  t.teardown(async () => {
    await running.close();
    await api.close();
  });
  for (;;) {
    const { body } = await api.seen('write');
    if ((body as { readonly reason?: string }).reason === 'RuleViolated') {
      t.match(body, {
        regarding: { kind: 'Pod', namespace: 'shop', name: 'quiet' },
        note: /^mesh\/opt-out: Pod "shop\/quiet"/,
      });
      break;
    }
  }
  const line = lines.find((one) => one.includes('"msg":"audit: Pod'));
  t.match(JSON.parse(line ?? ''), { level: 40, rule: 'mesh/opt-out', object: { name: 'quiet' } });
  const list = api.requests.find(({ path }) => path === '/api/v1/pods');
  t.equal(list?.query.get('fieldSelector'), 'status.phase!=Succeeded,status.phase!=Failed');
  t.equal(list?.query.get('limit'), '100');
});
