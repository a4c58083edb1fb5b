import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import { admissionGroup, own, startChartCluster } from './installed-chart.ts';
import { namespace } from './objects.ts';
import { loadTarget, startSteadyLoad } from './steady-load.ts';
import { until } from './until.ts';
import { refused } from './verdict.ts';

const cluster = await startChartCluster();
t.teardown(() => cluster.stop());
const { controlPlane, kubectl, helm, apply, pods } = cluster;
const { release, createNamespace, closed, configurations, readyEndpoints, succeeded, underLoad } = cluster;
const { api } = controlPlane;

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

t.test('helm upgrade to another image, under load', async (t) => {
  const before = new Set(pods.running().map(({ pod }) => pod));
  await underLoad(t, () => release('upgrade', 'two'));
  await until('the former replicas to end', () => !pods.running().some(({ pod }) => before.has(pod)));
  t.equal(pods.running().length, 2);
});

t.test('helm upgrade with other values, under load', async (t) => {
  await underLoad(t, () => release('upgrade', 'two', { webhooks: { validating: { timeoutSeconds: 2 } } }));
  const [validating] = await api.list(`${admissionGroup}/validatingwebhookconfigurations`);
  const webhooks = validating?.['webhooks'] as {
    timeoutSeconds: number;
    clientConfig: { caBundle?: string };
  }[];
  t.same(new Set(webhooks.map(({ timeoutSeconds }) => timeoutSeconds)), new Set([2]));
  t.ok(
    webhooks.every(({ clientConfig }) => clientConfig.caBundle),
    'Helm leaves the caBundle to its owner',
  );
});

t.test('helm rollback, under load', async (t) => {
  await underLoad(t, () => cluster.helmWaits('rollback', '1'));
  await until('two replicas', () => pods.running().length === 2);
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

t.test('through the stages and back, nobody is refused before enforce', async (t) => {
  succeeded(t, await release('upgrade', 'one', { stage: 'observe' }));
  t.same(await configurations(), ['gate-tollgate'], 'the validating one alone');
  await until('the new stage', async () => (await createNamespace()).code === 0);
  t.match((await createNamespace()).stderr, /^Warning: .*gate\/default-deny-missing/);
  succeeded(t, await release('upgrade', 'one'));
  await closed();
});

t.test('a replica that is killed costs what was on its way to it, and no more', async (t) => {
  await until('two replicas', () => pods.running().length === 2);
  const during = startSteadyLoad(controlPlane);
  await during.writes(200);
  await pods.running()[0]?.program.kill();
  await until('its endpoint to be gone', async () => (await readyEndpoints()) === 1);
  const { enforced, unenforced, failed } = await during.stop();
  t.equal(unenforced, 0, 'what fails is refused, not let through');
  for (const message of failed) t.match(message, /failed calling webhook|mesh\/inject-missing/);
  t.comment(`${failed.length} of ${failed.length + enforced} writes failed`);

  const after = startSteadyLoad(controlPlane);
  await after.writes(200);
  t.same((await after.stop()).failed, [], 'one replica carries on alone');
});

t.test('without any replica what is guarded waits, and everything else goes on', async (t) => {
  for (const { program } of pods.running()) await program.kill();
  const guarded = await until('the API server to find nobody', async () => {
    const { stderr } = await createNamespace();
    return stderr.includes('failed calling webhook') ? stderr : undefined;
  });
  t.match(guarded, /connection refused|no endpoints available/);
  t.equal((await kubectl(['create', 'deployment', 'dns', '--image=dns', '--namespace=kube-system'])).code, 0);
  t.equal((await kubectl(['create', 'configmap', 'menu', '--namespace=harbour'])).code, 0);
  t.equal(
    (await kubectl(['delete', 'pods', '--all', '--namespace=tollgate-system', '--wait=false'])).code,
    0,
  );
  await closed();
});

t.test('helm uninstall takes the webhooks first, and what opens nothing stays', async (t) => {
  const load = startSteadyLoad(controlPlane);
  const uninstalled = await helm(['uninstall', 'tollgate', own, '--wait']);
  const { failed } = await load.stop();
  succeeded(t, uninstalled);
  t.same(failed, [], 'at no moment a webhook pointed to nobody');
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
