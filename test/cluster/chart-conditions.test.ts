import t from 'tap';
import type { ApiObject } from './api-client.ts';
import { renderChart } from './chart.ts';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { denyAll, denyAllIn, namespace, pathOf, workload } from './objects.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';

/**
 * What the API server itself keeps from the webhooks of the chart. Nobody is behind their Service here, so what is
 * asked about is refused, or counted where the failure is ignored; everything else goes on as if they were not there.
 */
const controlPlane = await startControlPlane({ controllers: true });
t.teardown(() => controlPlane.stop());
const commands = createKubectl(controlPlane);
const { kubectl, apply } = commands;
const { api } = controlPlane;
await installCustomResources(controlPlane, ['calico/v3', 'calico/v1', 'linkerd']);

const account = (name: string, labels: object, finalizers: readonly string[] = []) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'shop', labels, finalizers },
});
const networkSet = (inNamespace: string, apiVersion: string) => ({
  apiVersion,
  kind: 'NetworkSet',
  metadata: { name: 'offices', namespace: inNamespace },
  spec: { nets: [] },
});
const leaving = denyAllIn('shop', 'leaving');
await apply([
  namespace('tollgate-system'),
  namespace('shop'),
  namespace('mole'),
  namespace('pier'),
  namespace('harbour'),
  denyAllIn('harbour', 'guard', 'crd.projectcalico.org/v1'),
  { ...leaving, metadata: { ...leaving.metadata, finalizers: ['example.org/last-rites'] } },
  account('plain', {}),
  account('leaving', { team: 'a' }, ['example.org/last-rites']),
  workload('Deployment', 'shop', 'car'),
  {
    ...workload('CronJob', 'shop', 'ferry'),
    spec: { ...workload('CronJob', 'shop', 'ferry').spec, suspend: true },
  },
]);

const rendered = (await renderChart(
  commands,
  ['validating-webhook.yaml', 'mutating-webhook.yaml', 'default-deny.yaml'],
  { 'defaultDeny.enabled': 'true' },
)) as readonly (ApiObject & { readonly spec: object })[];
const defaultDeny = rendered.find(({ kind }) => kind === 'GlobalNetworkPolicy');
await apply(rendered.filter((object) => object !== defaultDeny));

const dryRun = (object: object, ...args: string[]) =>
  kubectl(['create', '--dry-run=server', '-f', '-', ...args], { stdin: JSON.stringify(object) });
await until('the webhooks to be in force', async () => (await dryRun(namespace('probe'))).code !== 0);
const replace = (object: object) => kubectl(['replace', '-f', '-'], { stdin: JSON.stringify(object) });
const validation = rendered.find(({ kind }) => kind === 'ValidatingWebhookConfiguration');
/** Does what the webhooks would refuse. */
const withoutWebhooks = async (act: () => Promise<{ readonly code: number; readonly stderr: string }>) => {
  await kubectl(['delete', 'validatingwebhookconfiguration/gate-tollgate']);
  await until('it to be done', async () => (await act()).code === 0);
  await apply([validation ?? {}]);
  await until('the webhooks to be in force again', async () => (await dryRun(namespace('probe'))).code !== 0);
};
const nobody = 'failed calling webhook "validate.tollgate.dev"';

t.test('namespaces, policies, workloads and labelled service accounts are asked about', async (t) => {
  refused(t, await dryRun(namespace('mall')), nobody);
  refused(t, await dryRun(denyAll('mall', 'all()')), nobody);
  refused(t, await dryRun(denyAll('mall', 'all()', 'crd.projectcalico.org/v1')), nobody);
  refused(t, await dryRun(workload('Deployment', 'shop', 'truck')), nobody);
  refused(t, await dryRun(account('new', { team: 'a' })), nobody);
  refused(t, await kubectl(['label', 'serviceaccount/plain', 'team=a', '--namespace=shop']), nobody);
  refused(t, await kubectl(['delete', 'serviceaccount/plain', '--namespace=shop']), nobody);
  accepted(
    t,
    await kubectl(['annotate', 'serviceaccount/leaving', 'a=b', '--namespace=shop']),
    'the same labels',
  );
  refused(t, await kubectl(['label', 'namespace/shop', 'team=a']), nobody);
  refused(t, await kubectl(['set', 'image', 'deployment/car', 'main=other', '--namespace=shop']), nobody);
});

t.test('system namespaces and the gate’s own are not', async (t) => {
  for (const name of ['kube-system', 'tollgate-system']) {
    accepted(t, await dryRun(workload('Deployment', name, 'dns')), name);
    accepted(t, await kubectl(['label', `namespace/${name}`, 'team=a']), name);
  }
});

t.test(
  'network sets are, wherever they are, and labels of the system’s namespaces if somebody answers',
  async (t) => {
    for (const name of ['shop', 'kube-system', 'tollgate-system']) {
      for (const apiVersion of ['projectcalico.org/v3', 'crd.projectcalico.org/v1'])
        refused(
          t,
          await dryRun(networkSet(name, apiVersion)),
          'failed calling webhook "peers.validate.tollgate.dev"',
        );
    }
    const ignored = async () => {
      const { text } = await api.text('/metrics');
      const line =
        /^apiserver_admission_webhook_fail_open_count\{name="system.validate.tollgate.dev".*\} (\d+)$/m;
      return Number(line.exec(text)?.[1] ?? 0);
    };
    const before = await ignored();
    accepted(t, await kubectl(['label', 'namespace/kube-public', 'team=a']));
    accepted(
      t,
      await dryRun({
        ...account('a', { team: 'a' }),
        metadata: { name: 'a', namespace: 'kube-system', labels: { a: 'b' } },
      }),
    );
    t.equal(await ignored(), before + 2, 'asked about, and ignored');
    accepted(t, await kubectl(['annotate', 'namespace/kube-public', 'a=b']));
    accepted(t, await kubectl(['create', 'serviceaccount', 'plain', '--namespace=kube-system']));
    t.equal(await ignored(), before + 2, 'without labels that change there is nothing to ask about');
  },
);

t.test('labels of a namespace are, by each of its subresources', async (t) => {
  const status = (merge: object) =>
    kubectl([
      'patch',
      'namespace/shop',
      '--subresource=status',
      '--type=merge',
      `--patch=${JSON.stringify(merge)}`,
    ]);
  refused(t, await status({ metadata: { labels: { team: 'a' } } }), nobody);
  refused(t, await status({ metadata: { annotations: { 'linkerd.io/inject': 'disabled' } } }), nobody);
  const condition = { type: 'Example', status: 'True', reason: 'A', message: 'b' };
  accepted(t, await status({ status: { conditions: [condition] } }));
  const shop = await api.get('/api/v1/namespaces/shop');
  const finalize = (labels: object) =>
    api.call('PUT', '/api/v1/namespaces/shop/finalize', { ...shop, metadata: { ...shop?.metadata, labels } });
  t.equal((await finalize({ ...shop?.metadata.labels, team: 'a' })).status, 500);
  t.equal((await finalize({ ...shop?.metadata.labels })).status, 200);
});

t.test('a service account without labels, a scale, a pod and a Service are not held up', async (t) => {
  accepted(t, await dryRun(account('new', {})));
  accepted(t, await kubectl(['scale', 'deployment/car', '--namespace=shop', '--replicas=2']));
  accepted(t, await dryRun(workload('Pod', 'shop', 'scooter')));
  accepted(t, await kubectl(['create', 'service', 'clusterip', 'car', '--tcp=80', '--namespace=shop']));
});

t.test('controllers carry out what was judged before', async (t) => {
  await until('two pods of the scaled Deployment', async () => {
    const pods = await api.list(pathOf('Pod', 'shop'));
    return pods.length === 2;
  });
  const controller = [
    '--as=system:serviceaccount:kube-system:cronjob-controller',
    '--as-group=system:masters',
  ];
  accepted(t, await dryRun(workload('Job', 'shop', 'ferry-1'), ...controller));
});

t.test('Calico’s own writes are not: its API server stores each policy a second time', async (t) => {
  const server = 'system:serviceaccount:calico-apiserver:calico-apiserver';
  const as = [
    `--as=${server}`,
    '--as-group=system:serviceaccounts:calico-apiserver',
    '--as-group=system:masters',
  ];
  accepted(t, await dryRun(denyAll('mall', 'all()', 'crd.projectcalico.org/v1'), ...as));
  const kubernetes = [
    '--as=system:serviceaccount:kube-system:calico-kube-controllers',
    '--as-group=system:masters',
  ];
  accepted(t, await dryRun(denyAll('mall', 'all()'), ...kubernetes));
});

t.test('a deletion is, whoever asks, but for the namespace controller', async (t) => {
  const as = (user: string) => [`--as=${user}`, '--as-group=system:masters'];
  const account = (namespace: string, name: string) => [
    ...as(`system:serviceaccount:${namespace}:${name}`),
    `--as-group=system:serviceaccounts:${namespace}`,
  ];
  const remove = (...who: string[]) =>
    kubectl([
      'delete',
      '--dry-run=server',
      'networkpolicies.crd.projectcalico.org/guard',
      '--namespace=harbour',
      ...who,
    ]);
  for (const who of [
    account('calico-apiserver', 'calico-apiserver'),
    account('tigera-operator', 'tigera-operator'),
    account('kube-system', 'calico-kube-controllers'),
    account('kube-system', 'generic-garbage-collector'),
    as('system:kube-controller-manager'),
  ])
    refused(t, await remove(...who), nobody);
  t.equal((await remove(...account('kube-system', 'namespace-controller'))).code, 0);
});

/** Until 3.31 both ends of a rule are written out. */
const { egress = [] } = (defaultDeny?.spec ?? {}) as { readonly egress?: readonly object[] };
const writtenOut = { egress: egress.map((rule) => ({ source: {}, ...rule })) };

t.test('the default-deny of the release can be made while nobody answers, and nothing else', async (t) => {
  const { spec } = defaultDeny ?? {};
  const like = (changes: object) => ({ ...defaultDeny, spec: { ...spec, ...changes } });
  refused(t, await dryRun(like({ ingress: [{ action: 'Allow' }] })), nobody);
  refused(t, await dryRun(like({ namespaceSelector: 'a == "b"' })), nobody);
  refused(t, await dryRun({ ...like({}), metadata: { name: 'another' } }), nobody);
  accepted(t, await dryRun(like(writtenOut)), 'as Calico’s API server until 3.31 sends it');
  accepted(t, await apply([like({})]));
});

t.test('one that was kept can be taken over, and neither changed nor deleted', async (t) => {
  const policy = 'globalnetworkpolicies.projectcalico.org/tollgate-default-deny';
  const patch = (merge: object) =>
    kubectl(['patch', policy, '--type=merge', '--patch', JSON.stringify(merge)]);
  accepted(t, await patch({ metadata: { labels: { 'helm.sh/chart': 'tollgate-0.2.0' } } }));
  refused(t, await patch({ spec: { namespaceSelector: 'a == "b"' } }), nobody);
  refused(t, await patch({ spec: { types: ['Egress'] } }), nobody);
  refused(t, await kubectl(['delete', policy]), nobody);
  accepted(t, await patch({ spec: writtenOut }), 'an upgrade of Calico');
});

t.test('one of the same name that could do more than close is not taken over unasked', async (t) => {
  const { spec = {}, metadata } = defaultDeny ?? {};
  for (const more of [{ order: 10 }, { tier: 'platform' }, { ingress: [{ action: 'Deny' }] }]) {
    const changed = { ...spec, ...more };
    await withoutWebhooks(() => replace({ ...defaultDeny, metadata, spec: changed }));
    refused(t, await replace({ ...defaultDeny, spec }), nobody);
  }
});

t.test('what is on its way out stays what it is', async (t) => {
  const change = (resource: string, merge: object) =>
    kubectl(['patch', resource, '--namespace=shop', '--type=merge', `--patch=${JSON.stringify(merge)}`]);
  const kept = 'networkpolicies.projectcalico.org/leaving';
  const account = 'serviceaccount/leaving';
  await withoutWebhooks(() => kubectl(['delete', account, '--namespace=shop', '--wait=false']));
  await withoutWebhooks(() => kubectl(['delete', kept, '--namespace=shop', '--wait=false']));
  refused(t, await change(account, { metadata: { labels: { team: 'b' } } }), nobody);
  refused(t, await change(account, { metadata: { labels: null } }), nobody);
  refused(t, await change(kept, { spec: { order: -1 } }), nobody);
  refused(t, await change(kept, { metadata: { annotations: { a: 'b' } } }), nobody);
  accepted(t, await change(kept, { metadata: { finalizers: null } }));
});

t.test('what is on its way out gets there', async (t) => {
  const patch = ['--type=merge', '--patch={"metadata":{"finalizers":null}}'];
  accepted(t, await kubectl(['patch', 'serviceaccount/leaving', '--namespace=shop', ...patch]));
  accepted(t, await kubectl(['delete', 'namespace/shop', '--wait=false']));
  await until('namespace "shop" to be gone', async () => !(await api.get('/api/v1/namespaces/shop')));
});

/** With failures ignored, each call that finds nobody is counted. */
const callsOf = async (webhook: string) => {
  const { text } = await api.text('/metrics');
  const count = /^apiserver_admission_webhook_fail_open_count\{name="([^"]+)".*\} (\d+)$/gm;
  return [...text.matchAll(count)]
    .filter(([, name]) => name === webhook)
    .reduce((sum, [, , calls]) => sum + Number(calls), 0);
};

t.test('a Job is asked about when the template of a suspended one changes', async (t) => {
  // Made by its controller, whose work is not sent: nobody is there to admit it.
  const later = { ...workload('Job', 'mole', 'later') };
  const as = ['--as=system:serviceaccount:kube-system:cronjob-controller', '--as-group=system:masters'];
  const suspended = { ...later, spec: { ...later.spec, suspend: true } };
  accepted(t, await kubectl(['create', '-f', '-', ...as], { stdin: JSON.stringify(suspended) }));
  const patch = (merge: object, ...args: string[]) =>
    kubectl([
      'patch',
      'job/later',
      '--namespace=mole',
      '--type=merge',
      `--patch=${JSON.stringify(merge)}`,
      ...args,
    ]);
  accepted(t, await patch({ metadata: { annotations: { a: 'b' } } }));
  accepted(t, await patch({ metadata: { labels: { a: 'b' } } }));
  const template = (metadata: object) => ({ spec: { template: { metadata } } });
  refused(t, await patch(template({ annotations: { 'linkerd.io/inject': 'disabled' } })), nobody);
  refused(t, await patch(template({ labels: { app: 'other' } })), nobody);
  accepted(t, await patch({ spec: { suspend: false } }));
  await until('its pod', async () => (await api.list(pathOf('Pod', 'mole'))).length === 1);
});

t.test(
  'a running pod is asked about when its labels, its settings of Linkerd or its containers change',
  async (t) => {
    const made: { readonly spec?: unknown } = workload('Pod', 'pier', 'boat');
    const proxied = { name: 'linkerd-proxy', image: 'registry.example/proxy:1' };
    const spec = made.spec as { readonly containers: readonly object[] };
    const boat = { ...made, spec: { ...spec, containers: [...spec.containers, proxied] } };
    accepted(t, await kubectl(['create', '-f', '-'], { stdin: JSON.stringify(boat) }));
    const webhook = 'pods.validate.tollgate.dev';
    let before = await callsOf(webhook);
    const asked = async (calls: number, what: string) => {
      const now = await callsOf(webhook);
      t.equal(now - before, calls, what);
      before = now;
    };
    const pod = ['pod/boat', '--namespace=pier'];
    const patch = (merge: object, ...args: string[]) =>
      kubectl(['patch', ...pod, '--type=merge', `--patch=${JSON.stringify(merge)}`, ...args]);
    accepted(t, await patch({ status: { phase: 'Running' } }, '--subresource=status'));
    accepted(t, await patch({ metadata: { annotations: { 'cni.projectcalico.org/podIP': '10.0.0.1/32' } } }));
    accepted(t, await patch({ metadata: { finalizers: ['example.org/last-rites'] } }));
    accepted(t, await kubectl(['set', 'image', ...pod, 'main=other']));
    await asked(0, 'none for a status, an annotation of the network, a finalizer, an image');
    const proxy = { spec: { containers: [{ name: 'linkerd-proxy', image: 'registry.example/proxy:2' }] } };
    const strategic = ['patch', ...pod, `--patch=${JSON.stringify(proxy)}`];
    accepted(t, await kubectl(strategic));
    await asked(1, 'the image of a proxy');
    accepted(t, await kubectl(strategic));
    await asked(0, 'which it has already');
    accepted(t, await patch({ metadata: { labels: { role: 'primary' } } }));
    await asked(1, 'a label that comes');
    accepted(t, await patch({ metadata: { labels: { role: null } } }));
    await asked(1, 'and one that goes');
    const policy = 'config.linkerd.io/default-inbound-policy';
    accepted(t, await patch({ metadata: { annotations: { [policy]: 'all-unauthenticated' } } }));
    accepted(t, await patch({ metadata: { annotations: { [policy]: 'deny' } } }));
    accepted(t, await patch({ metadata: { annotations: { [policy]: null } } }));
    await asked(3, 'a setting that comes, changes and goes');
    const debug = { spec: { ephemeralContainers: [{ name: 'debug', image: 'registry.example/debug:1' }] } };
    accepted(
      t,
      await kubectl([
        'patch',
        ...pod,
        '--subresource=ephemeralcontainers',
        `--patch=${JSON.stringify(debug)}`,
      ]),
    );
    await asked(1, 'a container');
    accepted(t, await kubectl(['delete', ...pod, '--wait=false']));
    accepted(t, await patch({ metadata: { labels: { a: 'b' } } }));
    await asked(1, 'its labels, while it is on its way out and runs');
    accepted(t, await patch({ metadata: { finalizers: null } }));
    await asked(0, 'on its way out');
  },
);

t.test('the mutating webhook is called only where a pod template changes', async (t) => {
  const calls = () => callsOf('mutate.tollgate.dev');
  const validating = 'validatingwebhookconfiguration/gate-tollgate';
  accepted(t, await kubectl(['delete', validating]));
  await until(
    'the validating webhooks to be gone',
    async () => (await dryRun(namespace('probe'))).code === 0,
  );
  const before = await calls();
  await apply([
    namespace('port'),
    workload('Deployment', 'port', 'car'),
    workload('CronJob', 'port', 'ferry'),
  ]);
  t.equal(
    await calls(),
    before + 2,
    'one for each new workload, none for what the convention adds nothing to',
  );
  for (const object of ['deployment/car', 'cronjob/ferry']) {
    accepted(t, await kubectl(['annotate', object, 'a=b', '--namespace=port']));
  }
  accepted(t, await kubectl(['scale', 'deployment/car', '--namespace=port', '--replicas=3']));
  accepted(
    t,
    await kubectl(['patch', 'cronjob/ferry', '--namespace=port', '--patch={"spec":{"suspend":true}}']),
  );
  await until(
    'three pods of the Deployment',
    async () => (await api.list(pathOf('Pod', 'port'))).length === 3,
  );
  t.equal(
    await calls(),
    before + 2,
    'none for an annotation, a scale, a suspension, or the pods of a controller',
  );
  accepted(t, await kubectl(['set', 'image', 'deployment/car', 'main=other', '--namespace=port']));
  t.equal(await calls(), before + 3, 'one for a new image');
});

t.test(
  'a pod is kept from the mutating webhook only if a controller made it of a judged template',
  async (t) => {
    accepted(t, await apply([namespace('quay')]));
    const makers = {
      'apps/v1 ReplicaSet': 'replicaset-controller',
      'apps/v1 StatefulSet': 'statefulset-controller',
      'apps/v1 DaemonSet': 'daemon-set-controller',
      'batch/v1 Job': 'job-controller',
      'v1 ReplicationController': 'replication-controller',
    };
    const owned = (owner: string, controller = true) => {
      const [apiVersion, kind] = owner.split(' ');
      const { metadata, ...pod } = workload('Pod', 'quay', 'boat');
      return {
        ...pod,
        metadata: { ...metadata, ownerReferences: [{ apiVersion, kind, name: 'x', uid: '1', controller }] },
      };
    };
    const account = (name: string, where = 'kube-system') => `system:serviceaccount:${where}:${name}`;
    const asked = async (pod: object, user?: string) => {
      const before = await callsOf('mutate.tollgate.dev');
      const as = user === undefined ? [] : [`--as=${user}`, '--as-group=system:masters'];
      accepted(t, await dryRun(pod, ...as));
      return (await callsOf('mutate.tollgate.dev')) - before;
    };
    for (const [owner, controller] of Object.entries(makers)) {
      t.equal(await asked(owned(owner), account(controller)), 0, owner);
      t.equal(await asked(owned(owner)), 1, `${owner}, by somebody`);
      t.equal(await asked(owned(owner), account(controller, 'quay')), 1, `${owner}, by an account elsewhere`);
      t.equal(
        await asked(owned(owner, false), account(controller)),
        1,
        `${owner}, which is not its controller`,
      );
    }
    t.equal(await asked(owned('apps/v1 ReplicaSet'), account('job-controller')), 1, 'another controller');
    for (const owner of ['v1 ConfigMap', 'argoproj.io/v1alpha1 Rollout', 'postgresql.cnpg.io/v1 Cluster'])
      t.equal(await asked(owned(owner), account('replicaset-controller')), 1, owner);
    t.equal(await asked(workload('Pod', 'quay', 'boat')), 1, 'a pod of its own');
  },
);
