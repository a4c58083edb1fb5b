import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Log } from 'sarif';
import t, { type Test } from 'tap';
import * as v from 'valibot';
import { formatNames } from '../../src/report/formats.ts';
import { jsonReport, type JsonReport } from '../../src/report/json-schema.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { builtIn } from '../support/built-in-kinds.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';
import { deployment, namespace, pod } from '../support/objects.ts';
import { commandLine } from './command-line.ts';

const conventions = `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: plain }
spec:
  calico: { mode: v3crd }
  namespaces: { selector: {}, exclude: [kube-system] }
  mesh: { inject: enabled }
`;
const waiver = `---
apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: legacy }
spec:
  rules: [mesh/opt-out]
  match: { namespaces: [shop] }
  owner: team-shop
  reason: replaced in Q1
  until: 2027-03-31
`;
const disabled = { 'linkerd.io/inject': 'disabled' };
const shop = namespace('shop');
const web = deployment('web', 'shop', { annotations: disabled });
/** A pod of a ConfigMap, which makes no pods: an owner that proves nothing. */
const ofFleet = (index: number): KubernetesObject => {
  const { metadata, ...rest } = pod(`fleet-${index}`, 'shop', { annotations: disabled });
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'fleet', uid: 'u', controller: true };
  return { ...rest, metadata: { ...metadata, ownerReferences: [owner] } };
};

async function clusterWith(t: Test, objects: readonly KubernetesObject[], documents = conventions) {
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  api.serve(...builtIn);
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
    'tollgate.yaml': documents,
    'empty/.keep': '',
  });
  const environment = { KUBECONFIG: join(line.folder, 'cluster.config') };
  const run = (...args: string[]) => line.tollgate(args, { environment });
  const json = async (...args: string[]): Promise<JsonReport> => {
    const { stdout } = await run('audit', '-o', 'json', ...args);
    return v.parse(jsonReport, JSON.parse(stdout));
  };
  return { api, run, json };
}

const named = ({ findings }: JsonReport) =>
  findings
    .map(({ rule, severity, object }) => `${severity} ${rule} ${object.kind}/${object.name}`)
    .toSorted();

t.test('a cluster is audited from outside, running pods included, page by page', async (t) => {
  const fleet = Array.from({ length: 620 }, (_, index) => ofFleet(index));
  const { api, run, json } = await clusterWith(t, [
    namespace('kube-system'),
    shop,
    web,
    pod('quiet', 'shop', { annotations: disabled }),
    ...fleet,
  ]);
  const { exitCode, stdout, stderr } = await run('audit', '--live', '-o', 'text');
  t.equal(exitCode, 1, stderr);
  t.match(stdout, /^cluster\/shop {2}error {2}mesh\/opt-out\n {2}Deployment "shop\/web"/m);
  t.match(stdout, 'Pod "shop/quiet"');
  t.match(stdout, '(and 619 more pods of ConfigMap "shop/fleet")');
  t.match(stdout, /^3 errors in a cluster of 2 namespaces$/m);
  t.match(stdout, /^621 running pods judged$/m);
  t.notMatch(stdout, /fixable with|fix: tollgate/, 'there is no file to edit');
  t.same(named(await json('--live')), [
    'error mesh/opt-out Deployment/web',
    'error mesh/opt-out Pod/fleet-0',
    'error mesh/opt-out Pod/quiet',
  ]);
  const pages = api.requests.filter(({ path }) => path === '/api/v1/pods');
  t.same(
    pages.map(({ query }) => query.get('limit')),
    ['500', '500', '500', '500'],
    'twice two pages',
  );
  t.same(new Set(api.requests.map(({ method }) => method)), new Set(['GET']));
});

t.test('waivers and conventions act as in the audit of the server', async (t) => {
  const { run, json } = await clusterWith(t, [shop, web], conventions + waiver);
  const outcome = await run('audit', '--live', '-o', 'concise');
  t.match(outcome, { exitCode: 0, stdout: /1 waived in a cluster of 1 namespace/ });
  t.same(named(await json('--live')), ['waived mesh/opt-out Deployment/web']);
  const quietly = conventions.replace('mesh: {', 'rules: { mesh/opt-out: { audit: warn } }\n  mesh: {');
  const warning = await clusterWith(t, [shop, web], quietly);
  t.equal((await warning.run('audit', '--live')).exitCode, 0);
  t.equal((await warning.run('audit', '--live', '--fail-on', 'warn')).exitCode, 1);
  t.equal((await warning.run('audit', '--live', '--fail-on', 'warn', '--exit-zero')).exitCode, 0);
});

t.test('a cluster in which nothing is wrong, and a waiver that covers nothing there', async (t) => {
  const { run } = await clusterWith(t, [shop], conventions + waiver);
  const { exitCode, stdout } = await run('audit', '--live', '-o', 'text');
  t.equal(exitCode, 0);
  t.match(stdout, /^no findings in a cluster of 1 namespace$/m);
  t.match(stdout, /waiver\/unused/);
});

t.test('what could not be read is named, and is no pass', async (t) => {
  const { api, run } = await clusterWith(t, [shop]);
  const forbidden = fault.status(403, {}, 'you may not list pods');
  api.outage((response, request, proceed) => {
    if (request.path === '/api/v1/pods') forbidden(response, request, proceed);
    else proceed();
  });
  const { exitCode, stdout } = await run('audit', '--live', '-o', 'text');
  t.equal(exitCode, 3);
  t.match(stdout, /^missing: pods, they could not be read \(you may not list pods\)$/m);
  t.match(stdout, /^exit 3$/m);
  t.equal((await run('audit', '--live', '--exit-zero')).exitCode, 0);
  api.outage(fault.status(503));
  const gone = await run('audit', '--live');
  t.match(gone, { exitCode: 2, stderr: /cannot be read/ });
});

t.test('where a cluster can be read in two ways, what the convention says decides', async (t) => {
  const table = [
    [conventions, 0],
    [conventions.replace('  calico: { mode: v3crd }\n', ''), 3],
  ] as const;
  for (const [documents, exitCode] of table) {
    const { api, run } = await clusterWith(t, [shop], documents);
    for (const [group, version] of [
      ['projectcalico.org', 'v3'],
      ['crd.projectcalico.org', 'v1'],
    ] as const)
      api.serve({ group, version, resource: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy' });
    const outcome = await run('audit', '--live', '-o', 'concise');
    t.equal(outcome.exitCode, exitCode, outcome.stdout + outcome.stderr);
  }
});

t.test('every format names objects of a cluster, and no line of a file that does not exist', async (t) => {
  const { run } = await clusterWith(t, [shop, web]);
  for (const format of formatNames) {
    const { exitCode, stdout } = await run('audit', '--live', '-o', format);
    t.equal(exitCode, 1, format);
    t.match(stdout, 'mesh/opt-out', format);
    if (format !== 'json') t.notMatch(stdout, /cluster\/shop:\d/, format);
  }
  const { stdout } = await run('audit', '--live', '-o', 'sarif');
  const [result] = (JSON.parse(stdout) as Log).runs[0]?.results ?? [];
  t.same(result?.locations?.[0]?.physicalLocation, { artifactLocation: { uri: 'cluster/shop' } });
  const reports = load((await run('audit', '--live', '-o', 'openreports')).stdout) as {
    readonly items: readonly KubernetesObject[];
  };
  t.match(reports.items, [{ kind: 'Report', metadata: { namespace: 'shop' }, summary: { fail: 1 } }]);
});

t.test('a snapshot, and manifests as if they all existed', async (t) => {
  const { run, json } = await clusterWith(t, [shop, web, pod('quiet', 'shop', { annotations: disabled })]);
  await run('snapshot', '-o', 'empty/cluster.yaml');
  const report = await json('empty/cluster.yaml');
  t.same(named(report), ['error mesh/opt-out Deployment/web'], 'a snapshot has no pods');
  t.match(report.findings, [{ file: 'empty/cluster.yaml', line: 6 }]);
  t.equal(report.tally.otherKinds, 0, 'its head is no object');
  t.match(await run('audit', 'nowhere.yaml'), { exitCode: 2 });
  t.match(await run('audit', '--live', 'empty/cluster.yaml'), {
    exitCode: 2,
    stderr: /--live audits a cluster, and empty\/cluster.yaml names files: give one/,
  });
});

t.test('pods in manifests are judged as what exists', async (t) => {
  const line = commandLine(t, {
    'tollgate.yaml': conventions,
    'all.yaml': [shop, pod('quiet', 'shop', { annotations: disabled })]
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  });
  const { exitCode, stdout } = await line.tollgate(['audit', 'all.yaml', '-o', 'concise']);
  t.equal(exitCode, 1);
  t.match(stdout, /^all.yaml:3:\d+: error: Pod "shop\/quiet": .*\[mesh\/opt-out\]/m);
});
