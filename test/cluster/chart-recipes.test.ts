import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { own, startChartCluster } from './installed-chart.ts';
import type { HelmVersion } from './kubectl.ts';
import { denyAll, namespace, named, workload } from './objects.ts';
import { rendered } from './rendered.ts';
import { refused } from './verdict.ts';

/** Tools send objects in an order of their own; the recipes of docs/operations.md are tried here. */
t.test('the gate has a namespace of its own', async (t) => {
  for (const name of ['default', 'kube-system', 'kube-public']) {
    const { code, stderr } = rendered({}, { namespace: name });
    t.equal(code, 1);
    t.match(stderr, `nothing in it is judged; "${name}" cannot be it: add --namespace tollgate-system`);
  }
  t.equal(rendered({}, { namespace: 'kubernetes-gate' }).code, 0);
});

t.test('without tests there is no pod to apply by mistake', async (t) => {
  t.ok(rendered({}).the('Pod'));
  t.notOk(rendered({}, { args: ['--skip-tests'] }).objects.some(({ kind }) => kind === 'Pod'));
});

const cluster = await startChartCluster();
t.teardown(() => cluster.stop());
const { kubectl, apply, helm, release, closed, controlPlane } = cluster;
const recipes = join(import.meta.dirname, '../../examples/recipes');

await release('install', 'one');
await closed();

const policy = denyAll('shop-deny', named('shop'));
/** The chart of a team, with these objects. */
function teamChart(name: string, objects: readonly object[]): string {
  const folder = join(controlPlane.folder, name);
  mkdirSync(join(folder, 'templates'), { recursive: true });
  writeFileSync(join(folder, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`);
  for (const [index, object] of objects.entries())
    writeFileSync(join(folder, 'templates', `${index}.yaml`), JSON.stringify(object));
  return folder;
}
/** Runs in an order, each object by itself; the first that is refused. */
async function inOrder(t: Test, objects: readonly object[], ...args: string[]): Promise<void> {
  for (const object of objects) {
    const { code, stderr } = await apply([object], ...args);
    t.equal(code, 0, stderr);
  }
}
const clean = async () => {
  await kubectl(['delete', 'namespace/shop', '--ignore-not-found']);
  for (const name of ['shop-deny', 'shop-default-deny'])
    await kubectl(['delete', `globalnetworkpolicies.projectcalico.org/${name}`, '--ignore-not-found']);
};

for (const version of ['helm', 'helm3'] as const satisfies readonly HelmVersion[]) {
  t.test(`a team’s chart, with ${version}`, async (t) => {
    const install = (name: string, chart: string) => helm(['install', name, chart, own], { version });
    const remove = (name: string) => helm(['uninstall', name, own, '--wait'], { version });
    const plain = await install('plain', teamChart('plain', [namespace('shop'), policy]));
    refused(t, plain, 'gate/default-deny-missing');
    await remove('plain');

    const label = { 'tollgate.dev/default-deny': 'enforced' };
    const born = await install('born', teamChart('born', [namespace('shop', label), policy]));
    t.equal(born.code, 0, `born closed: ${born.stderr}`);
    t.equal((await remove('born')).code, 0);
    await clean();

    const first = await install('policies', teamChart('policies', [policy]));
    t.equal(first.code, 0, first.stderr);
    const then = await install(
      'team',
      teamChart('team', [namespace('shop'), workload('Deployment', 'shop', 'web')]),
    );
    t.equal(then.code, 0, `policies are a release of their own: ${then.stderr}`);
    await remove('team');
    await clean();
    await remove('policies');
  });
}

t.test('kustomize, in the order of its list', async (t) => {
  const applied = await kubectl(['apply', '--kustomize', join(recipes, 'kustomize')]);
  t.equal(applied.code, 0, applied.stderr);
  await clean();
});

const documentsOf = (file: string) => {
  const documents = parseAllDocuments(readFileSync(join(recipes, file), 'utf8'));
  return (Array.isArray(documents) ? documents : []).map((document) => document.toJS() as KubernetesObject);
};

t.test('Argo CD, wave by wave and with namespaces first in each', async (t) => {
  const waveOf = ({ metadata }: KubernetesObject) =>
    Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
  const objects = documentsOf('argo-cd/shop.yaml');
  const byKind = objects.toSorted((a) => (a.kind === 'Namespace' ? -1 : 1));
  refused(t, await apply(byKind.slice(0, 1), '--dry-run=server'), 'gate/default-deny-missing');
  await inOrder(
    t,
    byKind.toSorted((a, b) => waveOf(a) - waveOf(b)),
  );
  await clean();
});

t.test('Flux applies what others depend on before them', async (t) => {
  const [policies, shop] = documentsOf('flux/shop.yaml');
  t.match(shop?.spec, { dependsOn: [{ name: policies?.metadata.name }] });
  t.match(policies?.spec, { wait: true }, 'and waits until it is there');
});

t.test('Velero, in the order of its flag', async (t) => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const flag = /--restore-resource-priorities=(\S+)/.exec(docs)?.[1]?.split(',') ?? [];
  const place = (resource: string) => flag.findIndex((one) => one === resource);
  const restored: readonly (readonly [string, object])[] = [
    ['namespaces', namespace('shop')],
    ['pods', workload('Deployment', 'shop', 'web')],
    ['globalnetworkpolicies.projectcalico.org', policy],
  ];
  for (const [resource] of restored) t.not(place(resource), -1, resource);
  refused(t, await apply([namespace('shop')], '--dry-run=server'), 'gate/default-deny-missing');
  await inOrder(
    t,
    restored.toSorted(([a], [b]) => place(a) - place(b)).map(([, object]) => object),
  );
  for (const group of ['crd.projectcalico.org', 'projectcalico.org'])
    t.ok(place(`networkpolicies.${group}`) < place('pods'), 'before the workloads');
  await clean();
});
