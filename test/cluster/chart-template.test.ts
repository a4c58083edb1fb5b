import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kubernetesVersion } from './binaries.ts';
import { goldenSets, refusedSets, valueSets } from './chart-value-sets.ts';
import { chartFolder } from './chart.ts';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { until } from './until.ts';

const golden = join(import.meta.dirname, '..', 'chart', 'golden');
const release = ['tollgate', chartFolder, '--namespace=tollgate-system', '--values=-'];
/** Without a cluster Helm takes the present Kubernetes it knows of. */
const present = `--kube-version=${kubernetesVersion()}`;
const oldest = '--kube-version=1.30.0';

const controlPlane = await startControlPlane();
t.teardown(() => controlPlane.stop());
const { kubectl, helm } = createKubectl(controlPlane);
const neighbours = join(import.meta.dirname, 'crds', 'neighbours');
await kubectl(['apply', '--server-side', `--filename=${neighbours}`]);
await installCustomResources(controlPlane, ['calico/v3', 'calico/v1', 'linkerd']);
await kubectl(['create', 'namespace', 'tollgate-system']);
// The pod of `helm test` runs as it; there is no controller here to make it.
await kubectl(['create', 'serviceaccount', 'default', '--namespace=tollgate-system']);
/** Documents that the API server has been asked about: most are the same in every set. */
const asked = new Set<string>();

const render = (values: object, ...args: string[]) =>
  helm(['template', ...release, present, ...args], { stdin: JSON.stringify(values) });

/** The custom resources are written from their schema, and have files of their own. */
function withoutDefinitions(rendered: string): string {
  const isDefinition = (document: string) => document.startsWith('# Source: tollgate/templates/crds.yaml');
  return rendered
    .split(/^---\n/m)
    .filter((document) => !isDefinition(document))
    .join('---\n');
}

for (const [name, values] of Object.entries(valueSets)) {
  t.test(name, async (t) => {
    const first = await render(values);
    t.equal(first.code, 0, first.stderr);
    t.equal((await render(values)).stdout, first.stdout, 'rendering twice gives the same bytes');

    const documents = first.stdout.split(/^---\n/m).filter((document) => !asked.has(document));
    for (const document of documents) asked.add(document);
    const dryRun = [
      'apply',
      '--dry-run=server',
      '--validate=strict',
      '--namespace=tollgate-system',
      '-f',
      '-',
    ];
    if (documents.length > 0) {
      const applied = await kubectl(dryRun, { stdin: documents.join('---\n') });
      t.equal(applied.code, 0, applied.stderr);
      t.equal(applied.stderr, '', 'the API server has no warning');
    }

    if (!goldenSets.includes(name)) return;
    const file = join(golden, `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.yaml`);
    const kept = withoutDefinitions(first.stdout);
    if (process.env['TOLLGATE_GOLDEN_UPDATE'] === '1') writeFileSync(file, kept);
    t.equal(kept, readFileSync(file, 'utf8'), 'the golden file');
  });
}

for (const [name, { values, says }] of Object.entries(refusedSets)) {
  t.test(`refused: ${name}`, async (t) => {
    const { code, stderr } = await render(values);
    t.equal(code, 1);
    t.match(stderr, says);
  });
}

t.test('the definitions of policies and waivers are upgraded with the chart, and outlive it', async (t) => {
  const rendered = await render({}, '--show-only=templates/crds.yaml');
  t.equal(rendered.stdout.match(/^kind: CustomResourceDefinition$/gm)?.length, 2);
  t.equal(rendered.stdout.match(/^ {4}helm\.sh\/resource-policy: keep$/gm)?.length, 2);
  const going = await render({ crds: { keep: false } }, '--show-only=templates/crds.yaml');
  t.notMatch(going.stdout, 'helm.sh/resource-policy');
  const none = await render({ crds: { install: false } });
  t.notMatch(none.stdout, 'CustomResourceDefinition');
});

t.test('Helm has nothing to remark, for the oldest Kubernetes and the newest', async (t) => {
  for (const version of [present, oldest]) {
    const lint = await helm(['lint', chartFolder, '--strict', version]);
    t.equal(lint.code, 0, lint.stdout + lint.stderr);
  }
});

t.test('Kubernetes without matchConditions is refused', async (t) => {
  const { code, stderr } = await helm(['template', ...release, '--kube-version=1.29.9'], { stdin: '{}' });
  t.equal(code, 1);
  t.match(stderr, 'chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.9');
});

t.test('a vendor’s version counts as its Kubernetes version', async (t) => {
  const { code, stderr } = await helm(['template', ...release, '--kube-version=v1.30.1-eks-1234'], {
    stdin: '{}',
  });
  t.equal(code, 0, stderr);
});

t.test('helm install would create it on the real API server', async (t) => {
  const values = { defaultDeny: { enabled: true }, metrics: { serviceMonitor: { enabled: true } } };
  const { code, stdout, stderr } = await until('the kinds to be known', async () => {
    const result = await helm(['install', ...release, '--dry-run=server'], { stdin: JSON.stringify(values) });
    return result.code === 0 || !result.stderr.includes('no matches for kind') ? result : undefined;
  });
  t.equal(code, 0, stderr);
  t.match(stdout, 'tollgate 0.1.0 is in the stage "enforce"');
});
