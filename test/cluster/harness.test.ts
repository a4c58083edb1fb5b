import t from 'tap';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { startKubelet } from './kubelet.ts';
import { type RecordingWebhook, startRecordingWebhook } from './recording-webhook.ts';
import { until } from './until.ts';
import { registerWebhooks, webhookConfiguration } from './webhook.ts';

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const controlPlane = await startControlPlane({ controllers: true, audit: 'Metadata' });
t.teardown(() => controlPlane.stop());
const { kubectl, apply } = createKubectl(controlPlane);

t.test('a real API server answers kubectl', async (t) => {
  const { code, stdout } = await kubectl(['get', 'namespaces', '-o', 'name']);
  t.equal(code, 0);
  t.same(stdout.trim().split('\n'), [
    'namespace/default',
    'namespace/kube-node-lease',
    'namespace/kube-public',
    'namespace/kube-system',
  ]);
});

t.test('both of Calico’s API groups, its admission policies and Linkerd’s kinds are served', async (t) => {
  await installCustomResources(controlPlane, ['calico/v3', 'calico/v1', 'calico/admission', 'linkerd']);
  const policy = (group: string, spec: object) => ({
    apiVersion: group,
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'default-deny' },
    spec,
  });
  const path = '/apis/projectcalico.org/v3/globalnetworkpolicies/default-deny';
  // A policy object takes effect a moment after it was stored, so the first try may come too early.
  await until('Calico’s defaulting of types', async () => {
    await kubectl([
      'delete',
      '--ignore-not-found',
      'globalnetworkpolicies.projectcalico.org',
      'default-deny',
    ]);
    const applied = await apply([policy('projectcalico.org/v3', { egress: [] })]);
    const stored = applied.code === 0 ? await controlPlane.api.get(path) : undefined;
    return (stored?.['spec'] as { types?: string[] } | undefined)?.types?.join() === 'Egress';
  });
  const raw = await apply([policy('crd.projectcalico.org/v1', { selector: 'all()', types: ['Ingress'] })]);
  t.match(raw, { code: 0, stdout: 'globalnetworkpolicy.crd.projectcalico.org/default-deny created' });
});

t.test('a registered webhook is called, and its denial reaches kubectl', async (t) => {
  const webhook = await startRecordingWebhook({
    authority: controlPlane.authority,
    answer: ({ object }) =>
      object?.metadata.name === 'refused' ? { allowed: false, message: 'no such island' } : { allowed: true },
  });
  t.teardown(() => webhook.close());
  await registerWebhooks(controlPlane, [
    webhookConfiguration({
      kind: 'ValidatingWebhookConfiguration',
      name: 'stand-in',
      webhook: 'stand-in.tollgate.dev',
      failurePolicy: 'Fail',
      clientConfig: webhook.clientConfig,
      resources: ['namespaces'],
    }),
  ]);
  const refused = await apply([namespace('refused')]);
  t.equal(refused.code, 1);
  t.match(refused.stderr, 'admission webhook "stand-in.tollgate.dev" denied the request: no such island');
  t.equal((await apply([namespace('admitted')])).code, 0);
  const seen = webhook.requests
    .filter(({ dryRun }) => dryRun !== true)
    .map(({ object }) => object?.metadata.name);
  t.same(seen, ['refused', 'admitted']);
  const created = controlPlane
    .auditLog()
    .filter(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'refused');
  t.match(created, [{ responseStatus: { code: 403 } }], 'the audit log has the denial');

  await kubectl(['delete', 'validatingwebhookconfiguration', 'stand-in']);
});

t.test('a webhook behind a Service is called in the pod that is ready', async (t) => {
  const { api, authority } = controlPlane;
  const webhooks: RecordingWebhook[] = [];
  const kubelet = await startKubelet({
    api,
    namespace: 'default',
    addresses: ['10.77.0.2'],
    run: async (_pod, address) => {
      const webhook = await startRecordingWebhook({
        authority,
        address,
        port: 8443,
        name: 'stand-in.default.svc',
      });
      webhooks.push(webhook);
      return { ready: () => Promise.resolve(true), ended: () => false, stop: () => webhook.close() };
    },
  });
  t.teardown(() => kubelet.stop());
  const labels = { app: 'stand-in' };
  const containers = [{ name: 'main', image: 'stand-in' }];
  await apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'stand-in' },
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'stand-in' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    },
  ]);
  const rolledOut = await kubectl(['rollout', 'status', 'deployment/stand-in', '--timeout=20s']);
  t.match(rolledOut, { code: 0, stdout: 'successfully rolled out' });
  await registerWebhooks(controlPlane, [
    webhookConfiguration({
      kind: 'ValidatingWebhookConfiguration',
      name: 'behind-a-service',
      webhook: 'behind-a-service.tollgate.dev',
      failurePolicy: 'Ignore',
      clientConfig: {
        service: { namespace: 'default', name: 'stand-in', path: '/' },
        caBundle: Buffer.from(authority.certificate).toString('base64'),
      },
      resources: ['namespaces'],
    }),
  ]);
  const names = webhooks.flatMap(({ requests }) => requests).map(({ object }) => object?.metadata.name);
  t.same(new Set(names), new Set(['webhook-probe']));
  await kubectl(['delete', 'deployment/stand-in', 'validatingwebhookconfiguration/behind-a-service']);
  await until(
    'the pod to be gone',
    async () => (await api.list('/api/v1/namespaces/default/pods')).length === 0,
  );
  t.same(kubelet.errors, []);
});

t.test('a user without rights is refused, and a granted one is not', async (t) => {
  const denied = await kubectl(['get', 'secrets', '-A'], { as: 'nobody' });
  t.equal(denied.code, 1);
  t.match(denied.stderr, 'User "nobody" cannot list resource "secrets"');
  await kubectl(['create', 'clusterrolebinding', 'somebody', '--clusterrole=view', '--user=somebody']);
  const path = await controlPlane.kubeconfigFor('somebody');
  await until('the role binding to count', async () => {
    const { code } = await kubectl([`--kubeconfig=${path}`, 'get', 'pods', '-A']);
    return code === 0;
  });
});

t.test('the API server comes back after it was killed', async (t) => {
  await controlPlane.program('kube-apiserver').kill();
  await t.rejects(controlPlane.api.text('/readyz'), { code: /ECONNREFUSED|ECONNRESET/ });
  await controlPlane.startApi();
  t.ok(await controlPlane.api.get('/api/v1/namespaces/admitted'), 'what was stored is there');
  t.ok(controlPlane.program('kube-apiserver').rss() > 50);
});
