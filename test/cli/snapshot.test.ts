import { statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadAll } from 'js-yaml';
import { builtIn } from '../support/built-in-kinds.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';
import { deployment, globalNetworkPolicy, namespace } from '../support/objects.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { commandLine } from './command-line.ts';

const secret = 'hunter2';
const calico = [
  {
    group: 'projectcalico.org',
    version: 'v3',
    resource: 'globalnetworkpolicies',
    kind: 'GlobalNetworkPolicy',
  },
  { group: 'projectcalico.org', version: 'v3', resource: 'networkpolicies', kind: 'NetworkPolicy' },
];
const closed = globalNetworkPolicy('platform-closes-all', { types: ['Ingress', 'Egress'] });
const platform: readonly KubernetesObject[] = [
  namespace('platform'),
  closed,
  deployment(
    'gateway',
    'platform',
    { annotations: { 'linkerd.io/inject': 'enabled', 'example.com/token': secret } },
    {
      containers: [
        {
          name: 'app',
          image: 'example/app:1',
          command: ['app', `--password=${secret}`],
          args: [secret],
          env: [{ name: 'PASSWORD', value: secret }],
          envFrom: [{ secretRef: { name: secret } }],
          ports: [{ containerPort: 8080 }],
          livenessProbe: {
            httpGet: { path: '/live', port: 8080, httpHeaders: [{ name: 'a', value: secret }] },
          },
          readinessProbe: { exec: { command: ['sh', '-c', secret] } },
          lifecycle: { preStop: { exec: { command: [secret] } } },
          volumeMounts: [{ name: 'v', mountPath: '/var/run', subPath: secret }],
        },
      ],
      volumes: [{ name: 'v', secret: { secretName: secret } }],
    },
  ),
];
const app = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
`;
const conventions = `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: plain }
spec: { defaultDeny: { onMissing: reject } }
`;

async function clusterWith(t: Test, objects: readonly KubernetesObject[]) {
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  api.serve(...builtIn, ...calico);
  for (const object of objects) api.put(object);
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  const line = commandLine(t, {
    'cluster.config': JSON.stringify(kubeconfig),
    'conventions.yaml': conventions,
    'app/shop.yaml': app,
  });
  const environment = { KUBECONFIG: join(line.folder, 'cluster.config') };
  const tollgate = (...args: string[]) => line.tollgate(args, { environment });
  const check = (...args: string[]) => tollgate('check', 'app', '--conventions', 'conventions.yaml', ...args);
  return { api, check, folder: line.folder, read: line.read, run: tollgate };
}

t.test('what verdicts need goes into a file, and no secret does', async (t) => {
  const { api, folder, read, run } = await clusterWith(t, platform);
  const outcome = await run('snapshot', '-o', 'cluster.yaml');
  t.match(outcome, { exitCode: 0, stdout: 'cluster.yaml: 3 objects\n', stderr: '' });
  const text = read('cluster.yaml');
  t.notMatch(text, new RegExp(secret));
  t.equal(statSync(join(folder, 'cluster.yaml')).mode & 0o777, 0o600);
  const [head, ...objects] = loadAll(text) as KubernetesObject[];
  t.match(head, {
    kind: 'Snapshot',
    spec: { taken: '2026-11-20T12:00:00.000Z', calico: { mode: 'v3crd' }, missing: [] },
  });
  const gateway = objects.find(({ kind }) => kind === 'Deployment');
  t.match(gateway, {
    metadata: { name: 'gateway', namespace: 'platform' },
    spec: {
      selector: { matchLabels: { app: 'gateway' } },
      template: {
        metadata: { labels: { app: 'gateway' }, annotations: { 'linkerd.io/inject': 'enabled' } },
        spec: { containers: [{ name: 'app', image: 'example/app:1', ports: [{ containerPort: 8080 }] }] },
      },
    },
  });
  t.same(new Set(api.requests.map(({ method }) => method)), new Set(['GET']));
  t.same(
    api.requests.filter(({ path }) => /secrets|configmaps/.test(path)),
    [],
  );
});

t.test('a namespace of an application is clean where the cluster closes it', async (t) => {
  const { check, run } = await clusterWith(t, platform);
  t.match(await check(), { exitCode: 1, stdout: /gate\/default-deny-missing/ });
  await run('snapshot', '-o', 'cluster.yaml');
  for (const args of [['--context', 'cluster.yaml'], ['--live']]) {
    const { exitCode, stdout } = await check(...args, '-o', 'text');
    t.equal(exitCode, 0, stdout);
    t.notMatch(stdout, /platform|gateway|Snapshot/, 'what exists is not reported');
  }
});

t.test('a cluster of many objects is read in pages', async (t) => {
  const many = Array.from({ length: 1100 }, (_, index) => namespace(`n-${index}`));
  const { api, run } = await clusterWith(t, many);
  const { stdout } = await run('snapshot');
  t.equal(loadAll(stdout).length, 1 + many.length);
  t.equal(api.requests.filter(({ path }) => path === '/api/v1/namespaces').length, 3);
});

t.test('what may not be read is said, and verdicts that need it are unknown', async (t) => {
  const { api, check, run } = await clusterWith(t, platform);
  const forbidden = fault.status(403, {}, 'policies are not for you');
  api.outage((response, request, proceed) =>
    request.path.endsWith('/globalnetworkpolicies') ? forbidden(response, request, proceed) : proceed(),
  );
  const outcome = await run('snapshot', '-o', 'cluster.yaml');
  t.match(outcome, {
    exitCode: 3,
    stderr: /^missing: globalnetworkpolicies\.projectcalico\.org, .*not for you/,
  });
  for (const args of [['--context', 'cluster.yaml'], ['--live']]) {
    const { stdout } = await check(...args, '-o', 'text');
    t.match(stdout, /gate\/unknown/);
    t.match(stdout, /globalnetworkpolicies\.projectcalico\.org/);
  }
});

t.test('wrong usage', async (t) => {
  const { check, run } = await clusterWith(t, []);
  t.match(await run('snapshot', 'x'), { exitCode: 2, stderr: /takes no arguments/ });
  t.match(await run('snapshot', '--kubeconfig', 'nope'), { exitCode: 2, stderr: /no kubeconfig file/ });
  t.match(await check('--live', '--kubeconfig', 'nope'), { exitCode: 2, stderr: /no kubeconfig file/ });
  t.match(await run('snapshot', '-o', 'no/such/folder'), { exitCode: 3, stderr: /cannot be written/ });
});
