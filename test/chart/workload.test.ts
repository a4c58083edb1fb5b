import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { command as serve } from '../../src/cli/serve.ts';
import { readSettings } from '../../src/settings.ts';
import { type GoldenSet, goldenObjects, goldenSets, theOnly } from './golden-objects.ts';

interface Workload {
  readonly replicas: number;
  readonly strategy: {
    readonly rollingUpdate: { readonly maxSurge: number; readonly maxUnavailable: number };
  };
  readonly template: { readonly metadata: KubernetesObject['metadata']; readonly spec: PodSpec };
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly topologySpreadConstraints: readonly {
    readonly topologyKey: string;
    readonly whenUnsatisfiable: string;
  }[];
}

interface Container {
  readonly args: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: { readonly limits: Readonly<Record<string, string>> };
  readonly readinessProbe: { readonly httpGet: object };
  readonly livenessProbe: { readonly httpGet: object };
}

const workload = (set: GoldenSet) => theOnly(goldenObjects(set), 'Deployment').spec as Workload;
const { replicas, strategy, template } = workload('default');
const [container] = template.spec.containers;

t.test('it stays up: two replicas on two nodes, replaced one by one, never evicted together', async (t) => {
  t.equal(replicas, 2);
  t.same(strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 }, 'a new one before an old one goes');
  t.match(template.spec.topologySpreadConstraints, [
    { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', nodeTaintsPolicy: 'Honor' },
    { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
  ]);
  t.match(theOnly(goldenObjects('default'), 'PodDisruptionBudget').spec, {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  });
});

t.test('it has time to drain', async (t) => {
  const seconds = Number(container?.args.find((arg) => arg.startsWith('--drain-seconds='))?.split('=')[1]);
  t.ok(seconds > 0);
  t.ok(template.spec.terminationGracePeriodSeconds > seconds + 10);
});

t.test('it may do nothing on its node', async (t) => {
  t.match(template.spec.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  t.same(container?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  t.notOk(template.spec.hostNetwork);
});

t.test('the program takes the arguments it is given', async (t) => {
  for (const set of goldenSets) {
    const [verb, ...args] = workload(set).template.spec.containers[0]?.args ?? [];
    t.equal(verb, 'serve');
    t.notOk('problems' in readSettings(serve.settings, args, {}), `${set}: ${args.join(' ')}`);
  }
});

t.test('alive and ready are two questions, both over TLS', async (t) => {
  t.match(container?.livenessProbe.httpGet, { path: '/livez', port: 'https', scheme: 'HTTPS' });
  t.match(container?.readinessProbe.httpGet, { path: '/readyz', port: 'https', scheme: 'HTTPS' });
});

t.test('memory is bounded, and the processor is not taken away', async (t) => {
  t.ok(container?.resources.limits['memory']);
  t.equal(container?.resources.limits['cpu'], undefined);
});

t.test('in the nodes’ network the port decides: no surge, no mesh, no network policy', async (t) => {
  const objects = goldenObjects('in-the-nodes-network');
  const nodes = workload('in-the-nodes-network');
  t.equal(nodes.template.spec.hostNetwork, true);
  t.same(nodes.strategy.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
  t.equal(nodes.template.metadata.annotations?.['linkerd.io/inject'], 'disabled');
  const kinds = new Set(objects.map(({ kind }) => kind));
  for (const kind of ['NetworkPolicy', 'Server', 'AuthorizationPolicy']) t.notOk(kinds.has(kind), kind);
});

t.test('a certificate from cert-manager names the Service and is published by it', async (t) => {
  const objects = goldenObjects('certificate-by-cert-manager');
  const leaf = objects.find(({ kind, metadata }) => kind === 'Certificate' && metadata.name === 'tollgate');
  t.match(leaf?.spec, { secretName: 'tollgate-tls', dnsNames: ['tollgate.tollgate-system.svc'] });
  for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
    const { annotations } = theOnly(objects, kind).metadata;
    t.equal(annotations?.['cert-manager.io/inject-ca-from'], 'tollgate-system/tollgate');
  }
  const args = workload('certificate-by-cert-manager').template.spec.containers[0]?.args ?? [];
  t.ok(args.includes('--tls-cert=/etc/tollgate/tls/tls.crt'));
  t.notOk(
    args.some((arg) => arg.startsWith('--tls-secret')),
    'and not by the process as well',
  );
});

t.test('what outlives the release is kept on purpose', async (t) => {
  const kept = goldenObjects('born-closed')
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep')
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .toSorted();
  t.same(kept, ['GlobalNetworkPolicy tollgate-default-deny']);
  const hooks = goldenObjects('born-closed').filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
  t.same(
    hooks.map(({ metadata }) => metadata.annotations?.['helm.sh/hook']),
    ['test'],
    'no hook stands between an uninstallation and the webhook configurations',
  );
});
