import t from 'tap';
import { rotationAnnotation } from '../../src/cluster/certificates/secret-source.ts';
import { serve, type RunningServer } from '../../src/main.ts';
import type { ApiObject } from './api-client.ts';
import { renderChart } from './chart.ts';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { until } from './until.ts';
import type { WebhookConfiguration } from './webhook.ts';

const namespace = 'tollgate-system';
const secretPath = `/api/v1/namespaces/${namespace}/secrets/tollgate-tls`;
const resources = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];
const addresses = ['10.77.0.2', '10.77.0.3'];

const controlPlane = await startControlPlane();
t.teardown(() => controlPlane.stop());
const { api } = controlPlane;
const commands = createKubectl(controlPlane);
const replicas: RunningServer[] = [];
t.teardown(() => Promise.all(replicas.map(({ drain }) => drain())));

/** The Service as if its pods were the replicas of this process. */
const reachable = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'tollgate', namespace },
    spec: { ports: [{ port: 443, targetPort: 8443 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'tollgate', namespace, labels: { 'kubernetes.io/service-name': 'tollgate' } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ port: 8443 }],
  },
];

async function startReplicas(): Promise<void> {
  const kubeconfig = await controlPlane.kubeconfigFor(`system:serviceaccount:${namespace}:tollgate`);
  for (const address of addresses) {
    replicas.push(
      await serve({
        kubeconfig,
        address,
        port: 8443,
        namespace,
        drainLagMs: 0,
        ownCertificates: {
          secret: 'tollgate-tls',
          service: 'tollgate',
          configurations: ['gate-tollgate'],
          times: { settleMs: 1500, keepMs: 1500 },
        },
      }),
    );
  }
  await until('both replicas to be ready', async () => replicas.every(({ readiness }) => readiness().ready));
}

async function bundles(): Promise<readonly string[]> {
  const found = await Promise.all(
    resources.map((resource) => api.get(`/apis/admissionregistration.k8s.io/v1/${resource}/gate-tollgate`)),
  );
  return found
    .flatMap((one) => (one as unknown as WebhookConfiguration | undefined)?.webhooks ?? [])
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
}

const fileOf = (secret: ApiObject | undefined, name: string): string =>
  Buffer.from((secret?.['data'] as Record<string, string> | undefined)?.[name] ?? '', 'base64').toString();

t.test(
  'with no Secret at first, both configurations get the authority and reviews are answered',
  async (t) => {
    await installCustomResources(controlPlane, ['calico/v3']);
    const applied = await commands.apply([
      ...reachable,
      ...(await renderChart(commands, ['cluster-role.yaml'])),
      ...(await renderChart(commands, ['validating-webhook.yaml', 'mutating-webhook.yaml'])),
    ]);
    t.equal(applied.code, 0, applied.stderr);
    const role = await renderChart(commands, ['role.yaml']);
    const bound = await commands.apply(role, `--namespace=${namespace}`);
    t.equal(bound.code, 0, bound.stderr);
    t.equal(await api.get(secretPath), undefined);
    const before = await Promise.all(
      resources.map((resource) => api.get(`/apis/admissionregistration.k8s.io/v1/${resource}/gate-tollgate`)),
    );

    await startReplicas();
    const authorities = fileOf(await api.get(secretPath), 'ca.crt');
    t.same(new Set(await bundles()), new Set([authorities]));
    for (const [index, resource] of resources.entries()) {
      const after = await api.get(`/apis/admissionregistration.k8s.io/v1/${resource}/gate-tollgate`);
      const caBundle = Buffer.from(authorities).toString('base64');
      const { webhooks } = before[index] as unknown as WebhookConfiguration;
      t.same(
        after?.['webhooks'],
        webhooks.map((webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } })),
        `${resource}: nothing but caBundle`,
      );
    }
    const refused = await commands.kubectl(['create', 'namespace', 'shop', '--dry-run=server']);
    t.match(refused, { code: 1, stderr: /gate\/default-deny-missing: namespace "shop"/ });
  },
);

t.test('a rotation while reviews are asked for fails none of them', async (t) => {
  const first = await api.get(secretPath);
  const [counts, failures] = [{ reviews: 0 }, [] as string[]];
  const loading = new AbortController();
  const load = async (client: number) => {
    for (let number = 0; !loading.signal.aborted; number += 1) {
      const metadata = { name: `load-${client}-${number}` };
      const { status, body } = await api.call('POST', '/api/v1/namespaces?dryRun=All', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata,
      });
      counts.reviews += 1;
      const isAnswered = status === 403 && body.message?.includes('gate/default-deny-missing');
      if (!isAnswered) failures.push(`${status} ${body.message}`);
    }
  };
  const clients = [1, 2, 3, 4].map(load);
  for (const round of [1, 2]) {
    const old = await api.get(secretPath);
    const annotations = { [rotationAnnotation]: String(round) };
    await api.call('PATCH', secretPath, { metadata: { annotations } });
    await until(`rotation ${round} to be over`, async () => {
      const now = await api.get(secretPath);
      const isSwitched = fileOf(now, 'authority.crt') !== fileOf(old, 'authority.crt');
      return isSwitched && fileOf(now, 'former.crt') === '' && fileOf(now, 'ca.crt') === (await bundles())[0];
    });
  }
  // API servers keep their connections; what comes now is verified by the new authority alone.
  loading.abort();
  await Promise.all(clients);
  t.same(failures, []);
  t.ok(counts.reviews > 100, `${counts.reviews} reviews`);
  t.comment(`${counts.reviews} reviews, ${failures.length} failed`);
  const last = await api.get(secretPath);
  t.not(fileOf(last, 'tls.crt'), fileOf(first, 'tls.crt'));
  t.same(new Set(await bundles()), new Set([fileOf(last, 'ca.crt')]));
});

t.test('when the leader ends the other goes on at once', async (t) => {
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/tollgate`;
  const holder = async () =>
    ((await api.get(lease))?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity;
  const before = await holder();
  // The first replica found the Lease free.
  await replicas.shift()?.drain();
  await until('the other replica to lead', async () => {
    const now = await holder();
    return now !== undefined && now !== '' && now !== before;
  });
  const [some] = await bundles();
  await api.call(
    'PATCH',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gate-tollgate',
    [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
    'application/json-patch+json',
  );
  await until('the bundle to be back', async () => (await bundles()).every((bundle) => bundle === some));
  t.equal(replicas.length, 1);
});
