import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { serve } from '../../src/main.ts';
import { builtIn } from '../support/built-in-kinds.ts';
import { createFakeApiServer, type FakeApiServer, type ServedKind } from '../support/fake-api-server.ts';

const group = 'tollgate.dev';
const kinds: readonly ServedKind[] = [
  ...builtIn,
  { group, version: 'v1alpha1', resource: 'conventionpolicies', kind: 'ConventionPolicy' },
  { group, version: 'v1alpha1', resource: 'waivers', kind: 'Waiver' },
  { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap' },
  { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', kind: 'Lease' },
];

/** Waives the one finding of the namespace of that name. */
function waive(api: FakeApiServer, name: string): void {
  api.put({
    apiVersion: `${group}/v1alpha1`,
    kind: 'Waiver',
    metadata: { name, uid: name, generation: 1 },
    spec: {
      rules: ['gate/default-deny-missing'],
      match: { namespaces: [name] },
      owner: 'team-shop',
      reason: 'closed next quarter',
      until: '2026-12-31',
    },
  });
}

/** Resolves when an audit has counted what a waiver covers. */
async function counted(api: FakeApiServer, name: string): Promise<void> {
  for (;;) {
    const status = api.get(`/apis/${group}/v1alpha1/waivers/${name}`)?.status as
      | { findings?: number }
      | undefined;
    if (status?.findings) return;
    await api.seen('write');
  }
}

// What a waiver covers is known to an audit alone, and without a change there is one a minute.
t.test('conventions that change are audited at once', { timeout: 20_000 }, async (t) => {
  const api = await createFakeApiServer();
  api.serve(...kinds);
  for (const name of ['first', 'second', 'third'])
    api.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  waive(api, 'first');
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
  const running = await serve({
    kubeconfig,
    address: '127.0.0.1',
    port: 0,
    namespace: 'tollgate',
    conventionsFromCluster: true,
    now: () => new Date('2026-11-21T12:00:00Z'),
  });
  t.teardown(async () => {
    await running.close();
    await api.close();
  });
  await counted(api, 'first');
  // The start of the cluster's picture may have left one more audit to come, but not two.
  for (const name of ['second', 'third']) {
    waive(api, name);
    await counted(api, name);
  }
  t.pass('long before the minute is over');
});
