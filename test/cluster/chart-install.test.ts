import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import { issueServing } from '../../src/certificates/issue.ts';
import { kubernetesVersion } from './binaries.ts';
import { own, startChartCluster } from './installed-chart.ts';
import { namespace } from './objects.ts';
import { loadTarget, startSteadyLoad } from './steady-load.ts';
import { until } from './until.ts';
import { refused } from './verdict.ts';

const cluster = await startChartCluster();
t.teardown(() => cluster.stop());
const { controlPlane, kubectl, helm, apply, pods } = cluster;
const { release, createNamespace, closed, configurations, succeeded, underLoad } = cluster;
const { api } = controlPlane;

t.test('the cluster is of the Kubernetes that is asked for', async (t) => {
  const version = await api.text('/version');
  t.match(JSON.parse(version.text), { gitVersion: `v${kubernetesVersion()}` });
});

t.test('helm install brings a gate that is closed', async (t) => {
  const installed = await release('install', 'one');
  succeeded(t, installed);
  t.match(installed.stdout, 'tollgate 0.1.0 is in the stage "enforce"');
  await closed();
  t.equal((await apply(loadTarget)).code, 0, 'a namespace that is covered is admitted');
  const labels = { 'tollgate.dev/default-deny': 'enforced' };
  t.equal(
    (await apply([namespace('born-closed', labels)])).code,
    0,
    'one with the label of the release as well',
  );
  refused(
    t,
    await kubectl(['delete', 'globalnetworkpolicies.projectcalico.org/tollgate-default-deny']),
    'gate/default-deny-lost',
  );
});

t.test('helm test asks over the Service, by its name', async (t) => {
  const { stdout } = await helm(['get', 'hooks', 'tollgate', own]);
  const { spec } = parse(stdout) as { spec: { containers: [{ command: string[]; args: string[] }] } };
  const [{ command, args }] = spec.containers;
  // The name and the port of the Service, which nothing here would resolve and route.
  const name = args.at(-1) ?? '';
  const hosts = join(controlPlane.folder, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n10.77.0.1 ${name}\n`);
  execFileSync('mount', ['--bind', hosts, '/etc/hosts']);
  t.teardown(() => execFileSync('umount', ['/etc/hosts']));
  const [replica] = pods.running();
  const service = createServer((from) => {
    const to = connect(8443, replica?.address);
    from.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => from.destroy()).pipe(from);
  }).listen(443, '10.77.0.1');
  t.teardown(() => service.close());
  const run = promisify(execFile)(process.execPath, [...command.slice(1), ...args]);
  t.equal(
    (await run).stdout,
    `ok: a replica is ready\nok: the certificate names ${name}\nok: a review is answered\n`,
  );
});

const bornClosed = {
  metadata: { name: 'born-closed' },
  spec: {
    defaultDeny: { coverLabel: { key: 'tollgate.dev/default-deny', value: 'enforced' } },
    mesh: { inject: 'enabled' },
  },
};
const labelOf = async (name: string) =>
  (await api.get(`/api/v1/namespaces/${name}`))?.metadata.labels?.['tollgate.dev/default-deny'];

t.test('with a convention in the values, new namespaces are born closed', async (t) => {
  const conventions = { source: 'values', policies: [bornClosed] };
  succeeded(t, await release('upgrade', 'two', { conventions }));
  await until('the convention to be in force', async () => (await createNamespace()).code === 0);
  t.equal((await kubectl(['create', 'namespace', 'cove'])).code, 0);
  t.equal(await labelOf('cove'), 'enforced');
  refused(
    t,
    await kubectl(['label', 'namespace/cove', 'tollgate.dev/default-deny-']),
    'gate/default-deny-lost',
  );
});

t.test('with conventions in the cluster, what is applied counts', async (t) => {
  const document = { apiVersion: 'tollgate.dev/v1alpha1', kind: 'ConventionPolicy', ...bornClosed };
  t.equal((await apply([document])).code, 0);
  succeeded(t, await release('upgrade', 'two', { conventions: { source: 'cluster' } }));
  await until('the convention to be in force', async () => (await createNamespace()).code === 0);
  t.equal((await kubectl(['create', 'namespace', 'bay'])).code, 0);
  t.equal(await labelOf('bay'), 'enforced');
  succeeded(t, await release('upgrade', 'two'));
  await closed();
});

t.test('with a certificate by hand a leader is chosen all the same', async (t) => {
  const { authority } = controlPlane;
  const hosts = ['tollgate.tollgate-system.svc'];
  const { certificate, key } = await issueServing({ authority, hosts, now: new Date(), days: 1 });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'by-hand', namespace: 'tollgate-system' },
    stringData: { 'tls.crt': certificate, 'tls.key': key },
  };
  const waiver = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'ftp' },
    spec: {
      rules: ['mesh/inject-missing'],
      match: { namespaces: ['ftp'] },
      owner: 'team-files',
      reason: 'raw FTP data channel, which no proxy understands',
      until: new Date(Date.now() + 864e5).toISOString().slice(0, 10),
    },
  };
  t.equal((await apply([secret, waiver])).code, 0);
  const formerly = await api.get('/api/v1/namespaces/tollgate-system/secrets/tollgate-tls');
  const { 'ca.crt': former = '' } = (formerly?.['data'] ?? {}) as Readonly<Record<string, string>>;
  // Both, as long as replicas of before are there; and Helm has to be told to take the field from its owner.
  const caBundle = `${Buffer.from(former, 'base64').toString()}\n${authority.certificate}`;
  const tls = { source: 'secret', secretName: 'by-hand', caBundle };
  await underLoad(t, () => release('upgrade', 'two', { tls }, { args: ['--force-conflicts'] }));
  succeeded(t, await release('upgrade', 'two', { tls, conventions: { source: 'cluster' } }));
  const accepted = await until('the leader to say that it has read the waiver', async () => {
    const { status } = ((await api.get('/apis/tollgate.dev/v1alpha1/waivers/ftp')) ?? {}) as {
      readonly status?: {
        readonly conditions: readonly { readonly type: string; readonly status: string }[];
      };
    };
    return status?.conditions.find(({ type }) => type === 'Accepted');
  });
  t.equal(accepted.status, 'True');
  succeeded(t, await release('upgrade', 'two'));
  await closed();
});

t.test('through the stages and back, nobody is refused before enforce', async (t) => {
  succeeded(t, await release('upgrade', 'one', { stage: 'observe' }));
  t.same(await configurations(), ['gate-tollgate'], 'the validating one alone');
  await until('the new stage', async () => (await createNamespace()).code === 0);
  t.match((await createNamespace()).stderr, /^Warning: .*gate\/default-deny-missing/);
  succeeded(t, await release('upgrade', 'one'));
  await closed();
});

/**
 * The resources of what Helm, or whoever else is the administrator, has deleted so far; but for pods, which the stand-in
 * for kubelets removes as the administrator, once those of an earlier release have ended.
 */
const deletions = () =>
  controlPlane
    .auditLog()
    .filter(({ verb, user }) => verb === 'delete' && user.username === 'admin')
    .map(({ objectRef }) => objectRef?.resource)
    .filter((resource) => resource !== 'pods');

t.test('helm uninstall takes the webhooks first, and what opens nothing stays', async (t) => {
  const before = deletions().length;
  const load = startSteadyLoad(controlPlane);
  const uninstalled = await helm(['uninstall', 'tollgate', own, '--wait']);
  const { failed } = await load.stop();
  succeeded(t, uninstalled);
  t.same(failed, [], 'at no moment a webhook pointed to nobody');
  const deleted = deletions().slice(before);
  const first = new Set(deleted.slice(0, 2));
  t.same(first, new Set(['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']));
  for (const resource of ['services', 'deployments', 'serviceaccounts', 'clusterroles'])
    t.ok(deleted.indexOf(resource) > 1, `${resource} go after them`);
  t.same(await configurations(), []);
  t.equal((await createNamespace()).code, 0);
  for (const kept of [
    'globalnetworkpolicies.projectcalico.org/tollgate-default-deny',
    'crd/waivers.tollgate.dev',
  ]) {
    t.equal((await kubectl(['get', kept])).code, 0, kept);
  }
});

t.test('a later installation takes over what was left', async (t) => {
  succeeded(t, await release('install', 'three'));
  await closed();
});
