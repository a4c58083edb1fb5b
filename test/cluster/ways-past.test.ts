import t from 'tap';
import { renderChart } from './chart.ts';
import type { AuditEvent, ControlPlane } from './control-plane.ts';
import { type GatedCluster, startGatedCluster } from './gated-cluster.ts';
import { denyAll, denyAllIn, named, namespace } from './objects.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';

/** Ways by which a governed namespace was opened without a word, each with what must still be possible. */
const policies = 'networkpolicies.projectcalico.org';
const values = { 'defaultDeny.enabled': 'true' };

function tenant({ kubectl }: GatedCluster) {
  const as = ['--as=tenant', '--as-group=system:masters'];
  return (...args: string[]) => kubectl([...args, ...as]);
}

const patch = (merge: object) => ['--type=merge', `--patch=${JSON.stringify(merge)}`];
const open = { order: -1, ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] };

/** A namespace that a GlobalNetworkPolicy of its own closes. */
async function closed({ apply }: GatedCluster, name: string, labels: Readonly<Record<string, string>> = {}) {
  await apply([denyAll(`g-${name}`, named(name))]);
  await until(
    `namespace ${name} to be closed`,
    async () => (await apply([namespace(name, labels)])).code === 0,
  );
}

/** The garbage collector learns of kinds twice a minute. */
function deletionBy(controlPlane: ControlPlane, name: string, user: string) {
  const isIt = ({ verb, objectRef, user: { username } }: AuditEvent) =>
    verb === 'delete' && objectRef?.name === name && username === user;
  return until(`${user} to delete ${name}`, () => controlPlane.auditLog().find(isIt), { seconds: 120 });
}

t.test('all controllers under one name', async (t) => {
  const cluster = await startGatedCluster({
    customResources: ['calico/v3', 'linkerd'],
    controllersShareUser: true,
    values,
  });
  t.teardown(() => cluster.stop());
  const { kubectl, apply, controlPlane } = cluster;
  const { api } = controlPlane;
  const asTenant = tenant(cluster);
  const reviews = async () => {
    const { text } = await api.text('/metrics');
    return text
      .split('\n')
      .filter((line) =>
        /^apiserver_admission_webhook_request_total\{.*name="(?:system\.)?validate\./.test(line),
      )
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };

  t.test('what is being deleted is changed', async (t) => {
    await closed(cluster, 'a');
    const extra = denyAllIn('a', 'extra');
    const kept = { ...extra, metadata: { ...extra.metadata, finalizers: ['example.com/keep'] } };
    accepted(t, await apply([kept], '--as=tenant', '--as-group=system:masters'));
    accepted(t, await asTenant('delete', policies, 'extra', '--namespace=a', '--wait=false'));
    const change = (merge: object) => asTenant('patch', policies, 'extra', '--namespace=a', ...patch(merge));
    refused(t, await change({ spec: open }), 'gate/default-deny-lost', '"a"');
    accepted(t, await change({ metadata: { labels: { seen: 'yes' } } }), 'what opens nothing passes');
  });

  t.test('labels are written by a subresource', async (t) => {
    await apply([denyAll('shut', 'gate == "shut"')]);
    await until('namespace lab', async () => (await apply([namespace('lab', { gate: 'shut' })])).code === 0);
    refused(t, await kubectl(['label', 'namespace', 'lab', 'gate-']), 'gate/default-deny-lost');
    const before = await reviews();
    const status = (merge: object) =>
      kubectl(['patch', 'namespace', 'lab', '--subresource=status', ...patch(merge)]);
    const condition = { type: 'Example', status: 'True', reason: 'A', message: 'b' };
    accepted(t, await status({ status: { conditions: [condition] } }));
    t.equal(await reviews(), before, 'and causes no review');
    refused(t, await status({ metadata: { labels: { gate: 'open' } } }), 'gate/default-deny-lost', 'lab');
    const found = await api.get('/api/v1/namespaces/lab');
    const finalize = (labels: object) =>
      api.call('PUT', '/api/v1/namespaces/lab/finalize', {
        ...found,
        metadata: { ...found?.metadata, labels },
      });
    const opened = await finalize({ ...found?.metadata.labels, gate: 'open' });
    t.equal(opened.status, 403);
    t.match(opened.body.message, 'gate/default-deny-lost');
    t.equal((await finalize({ ...found?.metadata.labels })).status, 200);
  });

  t.test('the garbage collector deletes what its owner was told to', async (t) => {
    await closed(cluster, 'c');
    accepted(t, await apply([denyAllIn('c', 'p')]));
    await until(
      'p to cover c',
      async () => (await kubectl(['delete', 'globalnetworkpolicies.projectcalico.org/g-c'])).code === 0,
    );
    refused(t, await asTenant('delete', policies, 'p', '--namespace=c'), 'gate/default-deny-lost');
    accepted(t, await asTenant('create', 'configmap', 'owner', '--namespace=c'));
    const owner = await api.get('/api/v1/namespaces/c/configmaps/owner');
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid },
    ];
    accepted(
      t,
      await asTenant('patch', policies, 'p', '--namespace=c', ...patch({ metadata: { ownerReferences } })),
    );
    accepted(t, await asTenant('delete', 'configmap', 'owner', '--namespace=c'));
    const attempt = await deletionBy(controlPlane, 'p', 'system:kube-controller-manager');
    t.equal(attempt.responseStatus?.code, 403);
    t.ok(await api.get('/apis/projectcalico.org/v3/namespaces/c/networkpolicies/p'), 'it is still there');
    accepted(t, await kubectl(['delete', 'namespace/c', '--wait=false']));
    await until('namespace c to be gone', async () => !(await api.get('/api/v1/namespaces/c')));
  });

  t.test('somebody else’s policy takes the words of our own default-deny', async (t) => {
    const [own] = (await renderChart(cluster, ['default-deny.yaml'], values)) as readonly { spec: object }[];
    const spec = {
      namespaceSelector: 'tollgate.dev/default-deny == "enforced"',
      types: ['Ingress', 'Egress'],
    };
    const guard = (name: string) => ({
      ...denyAll(name, ''),
      spec: { ...spec, order: 10, ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] },
    });
    const debug = {
      ...denyAll('debug', ''),
      spec: { ...spec, order: 100, ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] },
    };
    // With a warning that the second is not reached.
    t.equal((await apply([guard('guard'), debug])).code, 0);
    await until(
      'namespace q',
      async () => (await apply([namespace('q', { 'tollgate.dev/default-deny': 'enforced' })])).code === 0,
    );
    const replace = (object: object) => kubectl(['replace', '-f', '-'], { stdin: JSON.stringify(object) });
    refused(t, await replace({ ...guard('guard'), spec: own?.spec }), 'gate/default-deny-lost', '"q"');
    // Under the very name too, where the old one denied what now reaches the policy behind it.
    accepted(t, await apply([guard('tollgate-default-deny')]));
    await until(
      'the other one to be without need',
      async () => (await kubectl(['delete', 'globalnetworkpolicies.projectcalico.org/guard'])).code === 0,
    );
    refused(
      t,
      await replace({ ...guard('tollgate-default-deny'), spec: own?.spec }),
      'gate/default-deny-lost',
    );
  });

  t.test('while nobody answers, finalizers go and system namespaces are written', async (t) => {
    await cluster.tollgate().kill();
    const change = (merge: object) => asTenant('patch', policies, 'extra', '--namespace=a', ...patch(merge));
    refused(t, await change({ spec: open }), 'failed calling webhook "validate.tollgate.dev"');
    accepted(t, await change({ metadata: { finalizers: null } }));
    t.equal(await api.get('/apis/projectcalico.org/v3/namespaces/a/networkpolicies/extra'), undefined);
    accepted(t, await kubectl(['label', 'namespace/kube-system', 'team=a']));
    await cluster.restartTollgate();
  });
});

t.test('each controller under its own name', async (t) => {
  const cluster = await startGatedCluster({ customResources: ['calico/v3', 'linkerd'] });
  t.teardown(() => cluster.stop());
  const { kubectl, apply, controlPlane } = cluster;
  const { api } = controlPlane;
  await closed(cluster, 'c');
  accepted(t, await kubectl(['create', 'configmap', 'owner', '--namespace=c']));
  const owner = await api.get('/api/v1/namespaces/c/configmaps/owner');
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid }];
  const own = denyAllIn('c', 'p');
  accepted(t, await apply([{ ...own, metadata: { ...own.metadata, ownerReferences } }]));
  await until(
    'p to cover c',
    async () => (await kubectl(['delete', 'globalnetworkpolicies.projectcalico.org/g-c'])).code === 0,
  );
  accepted(t, await kubectl(['delete', 'configmap', 'owner', '--namespace=c']));
  const collector = 'system:serviceaccount:kube-system:generic-garbage-collector';
  const attempt = await deletionBy(controlPlane, 'p', collector);
  t.equal(attempt.responseStatus?.code, 403);
  await cluster.tollgate().kill();
  accepted(t, await kubectl(['delete', 'namespace/c', '--wait=false']));
  await until(
    'namespace c to be gone, though nobody answers',
    async () => !(await api.get('/api/v1/namespaces/c')),
  );
});
