import t from 'tap';
import { checksumAnnotation, checksumOf } from '../../src/cluster/certificates/own-configurations.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { chartFolder } from './chart.ts';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl, type HelmVersion } from './kubectl.ts';
import { rendered } from './rendered.ts';

/** Others write into the objects of the release: enforcers of clouds, autoscalers, people with kubectl. */
t.test(
  'annotations of the values are on every object, and give way to those that the chart needs',
  async (t) => {
    const chart = rendered({
      commonAnnotations: { 'example.org/team': 'platform', 'helm.sh/resource-policy': 'none' },
      defaultDeny: { enabled: true },
      autoscaling: { enabled: true },
      tls: { source: 'certManager' },
      metrics: {
        serviceMonitor: { enabled: true },
        prometheusRule: { enabled: true },
        dashboard: { enabled: true },
      },
    });
    t.ok(chart.objects.length > 20, chart.stderr);
    for (const { kind, metadata } of chart.objects)
      t.equal(metadata.annotations?.['example.org/team'], 'platform', `${kind} ${metadata.name}`);
    for (const kept of ['GlobalNetworkPolicy'])
      t.equal(chart.the(kept).metadata.annotations?.['helm.sh/resource-policy'], 'keep');
  },
);

t.test('enforcers of clouds are told to leave the webhook configurations alone', async (t) => {
  const optOut = { 'admissions.enforcer/disabled': 'true' };
  for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
    t.match(rendered({}).the(kind).metadata.annotations, optOut);
    const more = rendered({ webhooks: { annotations: { a: 'b' } } }).the(kind).metadata.annotations;
    t.match(more, { ...optOut, a: 'b' }, 'one more does not take it away');
  }
});

t.test('the number of replicas is left to whom it belongs', async (t) => {
  const replicas = (values: object) =>
    (rendered(values).the('Deployment').spec as { replicas?: number }).replicas;
  t.equal(replicas({}), 2);
  t.notOk('replicas' in (rendered({ replicas: null }).the('Deployment').spec as object));
  t.notOk('replicas' in (rendered({ autoscaling: { enabled: true } }).the('Deployment').spec as object));
  const wrong = rendered({ autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 3 } });
  t.match(wrong.stderr, 'autoscaling.maxReplicas is 3, less than autoscaling.minReplicas, which is 4');
});

/** A release that nobody runs, on an API server of its own, and others who write into its objects. */
async function startOwners(version: HelmVersion) {
  const controlPlane = await startControlPlane();
  const { kubectl, helm } = createKubectl(controlPlane);
  await installCustomResources(controlPlane, ['calico/v3', 'linkerd']);
  const read = async (resource: string) => {
    const { stdout } = await kubectl(['get', resource, '--namespace=tollgate-system', '--output=json']);
    return JSON.parse(stdout) as KubernetesObject & {
      readonly spec: { readonly replicas: number };
      readonly webhooks: Webhooks;
    };
  };
  const validating = 'validatingwebhookconfiguration/gate-tollgate';
  const path = '/webhooks/0/namespaceSelector/matchExpressions';
  return {
    kubectl,
    upgrade: (values: object, ...args: string[]) =>
      helm(
        [
          'upgrade',
          '--install',
          'tollgate',
          chartFolder,
          '--namespace=tollgate-system',
          '--create-namespace',
          '--values=-',
          ...args,
        ],
        { stdin: JSON.stringify(values), version },
      ),
    /** Adds an expression to the selector of the first webhook, as the admissions enforcer of AKS. */
    enforce: (expression: object) =>
      kubectl([
        'patch',
        validating,
        '--field-manager=admissionsenforcer',
        '--type=json',
        `--patch=${JSON.stringify([{ op: 'add', path: `${path}/-`, value: expression }])}`,
      ]),
    selector: async () => (await read(validating)).webhooks[0].namespaceSelector.matchExpressions,
    unchanged: async () => {
      const kinds = ['validating', 'mutating'].map((kind) =>
        read(`${kind}webhookconfiguration/gate-tollgate`),
      );
      return (await Promise.all(kinds)).every(
        (object) => object.metadata.annotations?.[checksumAnnotation] === checksumOf(object),
      );
    },
    scale: (replicas: number) =>
      kubectl(['scale', 'deployment/tollgate', '--namespace=tollgate-system', `--replicas=${replicas}`]),
    replicas: async () => (await read('deployment/tollgate')).spec.replicas,
    stop: () => controlPlane.stop(),
  };
}

type Webhooks = readonly [{ readonly namespaceSelector: { readonly matchExpressions: readonly object[] } }];

for (const version of ['helm', 'helm3'] as const satisfies readonly HelmVersion[]) {
  t.test(`what others have written does not stop an upgrade for good: ${version}`, async (t) => {
    const owners = await startOwners(version);
    t.teardown(() => owners.stop());
    const { upgrade, scale, selector, replicas } = owners;
    t.equal((await upgrade({})).code, 0);
    const own = await selector();
    t.ok(await owners.unchanged(), 'the API server keeps what the checksum is made of');

    // What AKS' admissions enforcer does where it is not told to leave the configurations alone.
    const foreign = { key: 'control-plane', operator: 'NotIn', values: ['true'] };
    t.equal((await owners.enforce(foreign)).code, 0);
    t.match(await selector(), [...own, foreign]);
    t.notOk(await owners.unchanged(), 'which the process notices');
    const conflicting = await upgrade({ stage: 'observe' });
    if (version === 'helm') {
      t.equal(conflicting.code, 1);
      t.match(conflicting.stderr, /conflict.*admissionsenforcer/s, 'names the field manager');
      t.match(conflicting.stderr, 'namespaceSelector', 'and the field');
      t.equal((await upgrade({}, '--force-conflicts')).code, 0, 'the way out of docs/operations.md');
    } else {
      t.equal(conflicting.code, 0, 'Helm 3 writes over what others have written');
      t.equal((await upgrade({})).code, 0);
    }
    t.same(await selector(), own, 'the selector is the chart’s again');

    t.equal((await scale(3)).code, 0);
    const scaled = await upgrade({ stage: 'mutate' });
    if (version === 'helm') {
      t.equal(scaled.code, 1);
      t.match(scaled.stderr, /conflict.*\.spec\.replicas/s);
    } else {
      t.equal(scaled.code, 0);
      t.equal((await scale(3)).code, 0);
    }
    t.equal((await upgrade({ stage: 'mutate', replicas: null })).code, 0, 'the chart lets go of the number');
    // Helm 3 takes the field away, which is one replica, until the autoscaler or whoever owns it sets it again.
    t.equal(await replicas(), version === 'helm' ? 3 : 1);
    t.equal((await scale(4)).code, 0);
    t.equal((await upgrade({ replicas: null })).code, 0);
    t.equal(await replicas(), 4, 'and from then on never touches it');
    t.equal((await upgrade({ autoscaling: { enabled: true } })).code, 0);
    t.equal(await replicas(), 4);
  });
}
