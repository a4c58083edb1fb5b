import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import t from 'tap';
import { collectBundle } from '../../src/application/bundle/collect-bundle.ts';
import type { ApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { ApiError } from '../../src/cluster/connection/api-error.ts';
import { createFakeApiServer } from '../support/fake-api-server.ts';
import { commandLine } from './command-line.ts';

const secret = 'hunter2';
const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': `{"password":"${secret}"}` };
const metadata = (name: string) => ({ name, annotations: { team: 'platform', ...lastApplied } });

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata('tollgate'),
  spec: {
    replicas: 2,
    selector: { matchLabels: { 'app.kubernetes.io/name': 'tollgate' } },
    template: {
      spec: {
        containers: [
          {
            name: 'tollgate',
            image: 'tollgate:1.2.3',
            args: ['serve', '--stage=enforce', '--webhook-configuration=gate-tollgate'],
            env: [{ name: 'PROXY', value: secret }],
          },
          {
            name: 'sidecar',
            image: 'sidecar:1',
            args: [`--password=${secret}`],
            env: [{ name: 'A', value: secret }],
          },
        ],
        volumes: [
          { name: 'tls', secret: { secretName: 'tollgate-tls' } },
          { name: 'conventions', configMap: { name: 'tollgate-conventions' } },
        ],
      },
    },
  },
  status: { readyReplicas: 2 },
};
const pod = {
  metadata: metadata('tollgate-a'),
  spec: {
    nodeName: 'node-1',
    containers: [
      {
        name: 'tollgate',
        env: [{ name: 'PROXY', value: secret }],
        ports: [
          { name: 'https', containerPort: 8443 },
          { name: 'metrics', containerPort: 9090 },
        ],
      },
    ],
  },
  status: { phase: 'Running', containerStatuses: [{ name: 'tollgate', restartCount: 3 }] },
};
const configuration = (kind: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: metadata('gate-tollgate'),
  webhooks: [
    {
      name: 'validate.tollgate.dev',
      failurePolicy: 'Fail',
      clientConfig: { service: { name: 'tollgate' }, caBundle: 'QUJD' },
    },
  ],
});
const items = (kind: string, ...all: readonly object[]) => ({
  apiVersion: 'v1',
  kind: `${kind}List`,
  items: all,
});

const ofRelease = '/api/v1/namespaces/tollgate-system';
const registration = '/apis/admissionregistration.k8s.io/v1';
const answers: Readonly<Record<string, unknown>> = {
  '/version': { gitVersion: 'v1.36.0' },
  '/apis/crd.projectcalico.org/v1/clusterinformations/default': { spec: { calicoVersion: 'v3.31.0' } },
  '/apis/apps/v1/namespaces/tollgate-system/deployments/tollgate': deployment,
  [`${ofRelease}/pods`]: items('Pod', pod),
  [`${ofRelease}/pods/https:tollgate-a:8443/proxy/readyz`]: '[+] view\n[-] conventions: none\nnot ready\n',
  [`${ofRelease}/pods/tollgate-a:9090/proxy/metrics`]: 'tollgate_ready 1\n',
  [`${registration}/validatingwebhookconfigurations/gate-tollgate`]: configuration(
    'ValidatingWebhookConfiguration',
  ),
  [`${registration}/mutatingwebhookconfigurations/gate-tollgate`]: configuration(
    'MutatingWebhookConfiguration',
  ),
  '/apis/tollgate.dev/v1alpha1/conventionpolicies': items('ConventionPolicy', {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ConventionPolicy',
    metadata: metadata('baseline'),
    spec: { mesh: { inject: 'enabled' } },
  }),
  '/apis/tollgate.dev/v1alpha1/waivers': items('Waiver'),
  [`${ofRelease}/configmaps/tollgate-conventions`]: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('tollgate-conventions'),
    data: { 'conventions.yaml': 'kind: ConventionPolicy' },
  },
  '/api/v1/events': items('Event', {
    metadata: { name: 'web.1', namespace: 'shop' },
    reason: 'RuleViolated',
    message: 'mesh/opt-out: no proxy',
  }),
};

/** A cluster that answers what it knows, and notes what it is asked. */
function clusterOf(known: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const find = (path: string) => {
    asked.push(path);
    return known[path];
  };
  const connection: ApiConnection = {
    json: async (_method, path) => {
      const answer = find(path);
      if (answer === undefined) throw new ApiError(404, `there is no ${path}`);
      return answer;
    },
    request: async (_method, path) => {
      const content = find(path);
      const status = typeof content !== 'string' ? 404 : content.includes('not ready') ? 503 : 200;
      return {
        status,
        headers: {},
        body: Readable.from([typeof content === 'string' ? content : 'no such pod']),
      };
    },
    close: () => undefined,
  };
  return { connection, asked };
}

const options = {
  namespace: 'tollgate-system',
  deployment: 'tollgate',
  version: '1.2.3',
  now: new Date('2026-11-30T12:00:00Z'),
};
const parsed = (files: ReadonlyMap<string, string>, name: string) =>
  JSON.parse(files.get(name) ?? 'null') as unknown;

t.test('a bundle has what somebody who helps asks for first', async (t) => {
  const files = await collectBundle({ ...options, connection: clusterOf(answers).connection });
  t.same(parsed(files, 'versions.json'), {
    collectedAt: '2026-11-30T12:00:00.000Z',
    collectedBy: 'tollgate 1.2.3',
    kubernetes: 'v1.36.0',
    calico: 'v3.31.0',
  });
  t.match(parsed(files, 'settings.json'), {
    replicas: 2,
    pod: {
      containers: [{ image: 'tollgate:1.2.3', args: ['serve', '--stage=enforce'] }, { image: 'sidecar:1' }],
    },
  });
  t.match(parsed(files, 'pods.json'), [
    { name: 'tollgate-a', node: 'node-1', containers: [{ restartCount: 3 }] },
  ]);
  t.match(
    files.get('readiness-tollgate-a.txt'),
    /^\[-\] conventions: none$/m,
    'of one that is not ready too',
  );
  t.equal(files.get('metrics-tollgate-a.txt'), 'tollgate_ready 1\n');
  t.match(parsed(files, 'webhook-configurations.json'), [
    { kind: 'ValidatingWebhookConfiguration', webhooks: [{ failurePolicy: 'Fail' }] },
    { kind: 'MutatingWebhookConfiguration' },
  ]);
  t.match(parsed(files, 'conventions.json'), [
    { kind: 'ConventionPolicy', spec: { mesh: { inject: 'enabled' } } },
    { kind: 'ConfigMap', data: { 'conventions.yaml': 'kind: ConventionPolicy' } },
  ]);
  t.match(parsed(files, 'last-audit.json'), [{ namespace: 'shop', reason: 'RuleViolated' }]);
  t.notOk(files.has('problems.txt'));
});

t.test('no Secret is read, and nothing of containers but what is listed is kept', async (t) => {
  const { connection, asked } = clusterOf(answers);
  const files = await collectBundle({ ...options, connection });
  t.notMatch([...files.values()].join(''), new RegExp(secret));
  t.ok(asked.length > 8);
  t.same(
    asked.filter((path) => path.includes('secrets')),
    [],
  );
});

t.test('what cannot be read is named, and the rest is there', async (t) => {
  const { connection } = clusterOf({ '/version': { gitVersion: 'v1.36.0' } });
  const files = await collectBundle({ ...options, connection });
  t.match(parsed(files, 'versions.json'), { kubernetes: 'v1.36.0' });
  t.match(files.get('problems.txt'), /^Deployment "tollgate-system\/tollgate": there is no \/apis\/apps/m);
  t.match(files.get('problems.txt'), /^waivers\.tollgate\.dev: there is no/m);
});

t.test('the command writes a folder that nobody else may read, and says what is missing', async (t) => {
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: api.url } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  const { tollgate, folder } = commandLine(t, { config: JSON.stringify(kubeconfig) });
  const environment = { KUBECONFIG: join(folder, 'config') };
  const { exitCode, stdout, stderr } = await tollgate(['bundle'], { environment });
  t.equal(exitCode, 3);
  t.match(stdout, /^tollgate-bundle-20261120T120000: versions\.json, /);
  t.match(stderr, /^not everything could be read:\nthe version of Kubernetes: /);
  const written = join(folder, 'tollgate-bundle-20261120T120000');
  t.ok(readdirSync(written).includes('problems.txt'));
  t.match(readFileSync(join(written, 'versions.json'), 'utf8'), /"collectedBy": "tollgate 1\.2\.3"/);
  t.match(await tollgate(['bundle'], { environment }), { exitCode: 3, stderr: /cannot be written: / });
  t.match(await tollgate(['bundle', 'x'], { environment }), { exitCode: 2, stderr: /takes no arguments/ });
  t.match(await tollgate(['bundle', '--kubeconfig', 'nope'], {}), { exitCode: 2, stderr: /kubeconfig/ });
});
