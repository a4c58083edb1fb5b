import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { chartFolder } from './chart.ts';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { namespace, workload } from './objects.ts';
import { type Rendered, rendered, webhooksOf } from './rendered.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';

/** A values file for each platform: what the platform makes stays possible while nobody answers, and nothing else does. */
const folder = join(chartFolder, 'values');
const files = readdirSync(folder).toSorted();
const page = readFileSync(join(import.meta.dirname, '../../docs/platforms.md'), 'utf8');
const read = (file: string) =>
  parse(readFileSync(join(folder, file), 'utf8')) as {
    readonly webhooks?: {
      readonly exclude?: {
        readonly extraNamespaces?: readonly string[];
        readonly extraUsers?: readonly string[];
      };
    };
  };
const platforms = new Map(
  files.map((file) => [file, rendered({}, { args: [`--values=${join(folder, file)}`] })]),
);
const excludedOf = (chart: Rendered) =>
  webhooksOf(chart)
    .get('validate.tollgate.dev')
    ?.namespaceSelector.matchExpressions?.flatMap(({ values }) => values) ?? [];
const plain = excludedOf(rendered({}));

const controlPlane = await startControlPlane();
t.teardown(() => controlPlane.stop());
const { kubectl, apply } = createKubectl(controlPlane);
await installCustomResources(controlPlane, ['calico/v3', 'linkerd']);
await apply([namespace('tollgate-system'), namespace('shop')]);
const dryRun = (object: object, ...args: string[]) =>
  kubectl(['create', '--dry-run=server', '--filename=-', ...args], { stdin: JSON.stringify(object) });
const webhookKinds = /^(?:Validating|Mutating)WebhookConfiguration$/;

t.test('there is a file for each platform', async (t) => {
  t.same(files, [
    'aks.yaml',
    'eks-calico-networking.yaml',
    'eks.yaml',
    'gke.yaml',
    'k3s.yaml',
    'kind.yaml',
    'microk8s.yaml',
    'openshift.yaml',
    'rancher.yaml',
    'talos.yaml',
  ]);
});

for (const [file, chart] of platforms) {
  t.test(file, async (t) => {
    t.equal(chart.code, 0, chart.stderr);
    const { extraNamespaces = [], extraUsers = [] } = read(file).webhooks?.exclude ?? {};
    t.same(
      excludedOf(chart),
      [...new Set([...plain, ...extraNamespaces])].toSorted(),
      'added to the built-in ones',
    );
    t.match(page, `values/${file}`);
    for (const name of extraNamespaces) t.match(page, `\`${name}\``, `the page says who makes ${name}`);
    const [section] = /(?<=^# .*docs\/platforms\.md#)[\w-]+/m.exec(
      readFileSync(join(folder, file), 'utf8').replaceAll('\n# ', ' '),
    ) ?? [''];
    t.ok(
      page
        .split('\n')
        .some(
          (line) => line.startsWith('## ') && line.slice(3).toLowerCase().replaceAll(' ', '-') === section,
        ),
      `the page has a section ${section}`,
    );

    t.equal((await apply(chart.objects.filter(({ kind }) => webhookKinds.test(kind)))).code, 0);
    await until('the webhooks to be in force', async () => {
      const [{ code }, first] = [await dryRun(namespace('mall')), extraNamespaces[0]];
      return code !== 0 && (first === undefined || (await dryRun(namespace(first))).code === 0);
    });
    for (const name of extraNamespaces.slice(0, 3)) accepted(t, await dryRun(namespace(name)), name);
    for (const user of extraUsers) {
      const as = [`--as=${user}`, '--as-group=system:masters'];
      accepted(t, await dryRun(namespace('p-2xk4f'), ...as), user);
      accepted(t, await dryRun(workload('Deployment', 'shop', 'agent'), ...as), user);
    }
    accepted(t, await dryRun(workload('Deployment', 'kube-system', 'addon')), 'kube-system');
    const nobody = 'failed calling webhook "validate.tollgate.dev"';
    refused(t, await dryRun(workload('Deployment', 'shop', 'car')), nobody);
    refused(t, await dryRun(namespace('openshift-mine')), nobody);
  });
}

function podOf(file: string): Readonly<Record<string, unknown>> {
  const spec = platforms.get(file)?.the('Deployment').spec;
  if (spec === undefined) throw new Error(`${file} has no Deployment`);
  return (spec as { template: { spec: Record<string, unknown> } }).template.spec;
}

t.test('what is known of each platform is in its file', async (t) => {
  t.notMatch(JSON.stringify(podOf('openshift.yaml')['securityContext']), 'runAs(User|Group)"');
  t.match(JSON.stringify(platforms.get('openshift.yaml')?.the('NetworkPolicy').spec), '5353');
  t.notMatch(JSON.stringify(platforms.get('openshift.yaml')?.the('NetworkPolicy').spec), 'k8s-app');
  t.match(podOf('eks-calico-networking.yaml'), { hostNetwork: true });
  t.notOk('hostNetwork' in podOf('eks.yaml'));
  t.match(JSON.stringify(platforms.get('gke.yaml')?.the('NetworkPolicy').spec), '169.254.20.10/32');
  t.ok(platforms.get('gke.yaml')?.the('ResourceQuota'));
  t.match(JSON.stringify(platforms.get('microk8s.yaml')?.the('NetworkPolicy').spec), '"port":16443');
  t.match(
    JSON.stringify(platforms.get('talos.yaml')?.the('Deployment').spec),
    '"linkerd.io/inject":"disabled"',
  );
  t.match(platforms.get('aks.yaml')?.the('ValidatingWebhookConfiguration').metadata.annotations, {
    'admissions.enforcer/disabled': 'true',
  });
});
