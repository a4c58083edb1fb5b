import t from 'tap';
import { rendered } from './rendered.ts';

/** What differs from platform to platform can be set, and nothing of the chart is in the way of it. */
interface PodSpec {
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string }[];
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes?: readonly { readonly name: string }[];
  readonly topologySpreadConstraints: readonly { readonly labelSelector: object }[];
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string }[];
}
interface NetworkPolicy {
  readonly tier?: string;
  readonly order?: number;
  readonly ingress: readonly object[];
  readonly egress: readonly object[];
}

const podOf = (values: object) =>
  (rendered(values).the('Deployment').spec as { template: { metadata: Annotated; spec: PodSpec } }).template;
interface Annotated {
  readonly annotations: Readonly<Record<string, string>>;
}
const testPodOf = (values: object) => rendered(values).the('Pod').spec as PodSpec;
const policyOf = (values: object) => rendered(values).the('NetworkPolicy').spec as NetworkPolicy;
const closedOf = (values: object) =>
  JSON.stringify(rendered({ defaultDeny: { enabled: true }, ...values }).the('GlobalNetworkPolicy').spec);

t.test('that there is Linkerd and that the gate is meshed are two things', async (t) => {
  const reaches = (policy: string) => /"destination".*8086/.test(policy);
  const inject = 'linkerd.io/inject';
  const outside = { linkerd: { meshed: false } };
  t.equal(podOf({}).metadata.annotations[inject], 'enabled');
  t.equal(podOf(outside).metadata.annotations[inject], 'disabled');
  t.ok(reaches(closedOf(outside)), 'closed namespaces keep the way to Linkerd');
  t.notOk(JSON.stringify(policyOf(outside)).includes('8086'), 'the gate itself does not need it');
  t.ok(reaches(closedOf({ hostNetwork: { enabled: true } })));
  const none = { linkerd: { enabled: false } };
  t.equal(podOf(none).metadata.annotations[inject], 'disabled', 'as with values of before');
  t.notOk(reaches(closedOf(none)));
});

t.test('a namespace that chooses users and groups gets none from the chart', async (t) => {
  const openShift = { podSecurityContext: { runAsUser: null, runAsGroup: null } };
  const kept = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  for (const spec of [podOf(openShift).spec, testPodOf(openShift)]) t.same(spec.securityContext, kept);
  const added = {
    podSecurityContext: { fsGroup: 7 },
    securityContext: { seccompProfile: { type: 'Localhost' } },
  };
  for (const spec of [podOf(added).spec, testPodOf(added)]) {
    t.match(spec.securityContext, { runAsUser: 65532, fsGroup: 7 }, 'they merge');
    t.match(spec.containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'Localhost' },
    });
  }
});

t.test('it listens on every address, and runs on Linux nodes alone', async (t) => {
  const { spec } = podOf({});
  t.same(
    spec.containers[0].args.filter((arg) => arg.startsWith('--address')),
    [],
  );
  t.ok(podOf({ server: { address: '0.0.0.0' } }).spec.containers[0].args.includes('--address=0.0.0.0'));
  const more = { nodeSelector: { pool: 'system' } };
  for (const { nodeSelector } of [podOf(more).spec, testPodOf(more)])
    t.same(nodeSelector, { 'kubernetes.io/os': 'linux', pool: 'system' });
});

t.test('the image comes from the registry of the whole installation', async (t) => {
  const image = (values: object) => podOf(values).spec.containers[0].image;
  t.equal(image({}), 'tollgate:0.1.0');
  t.equal(image({ image: { registry: 'a.example' } }), 'a.example/tollgate:0.1.0');
  const both = { global: { imageRegistry: 'b.example/mirror/' }, image: { registry: 'a.example' } };
  t.equal(image(both), 'b.example/mirror/tollgate:0.1.0');
  t.equal(testPodOf(both).containers[0].image, 'b.example/mirror/tollgate:0.1.0');
  const secrets = {
    global: { imagePullSecrets: ['one', { name: 'two' }] },
    image: { pullSecrets: [{ name: 'two' }, { name: 'three' }] },
  };
  for (const spec of [podOf(secrets).spec, testPodOf(secrets)])
    t.same(
      spec.imagePullSecrets?.map(({ name }) => name),
      ['one', 'two', 'three'],
    );
});

t.test('issuers that want another key, or a common name, get it', async (t) => {
  const certificate = (certManager: object) =>
    rendered({
      tls: { source: 'certManager', certManager: { issuerRef: { name: 'vault' }, ...certManager } },
    }).the('Certificate').spec;
  t.match(certificate({}), {
    commonName: undefined,
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
  });
  const commonName = 'tollgate.tollgate-system.svc';
  t.match(certificate({ commonName, privateKey: { algorithm: 'RSA', size: 2048 } }), {
    commonName,
    privateKey: { algorithm: 'RSA', size: 2048, rotationPolicy: 'Always' },
  });
});

t.test('network rules of the values come after the chart’s', async (t) => {
  for (const kind of ['kubernetes', 'calico']) {
    const plain = policyOf({ networkPolicy: { kind } });
    const [extraIngress, extraEgress] = [[{ action: 'Allow', a: 1 }], [{ action: 'Allow', b: 2 }]];
    const policy = policyOf({ networkPolicy: { kind, extraIngress, extraEgress } });
    t.same(policy.ingress, [...plain.ingress, ...extraIngress], kind);
    t.same(policy.egress, [...plain.egress, ...extraEgress], kind);
  }
});

t.test('the API server is reached on the ports of small distributions too', async (t) => {
  const [apiServer] = policyOf({}).egress as readonly [
    { readonly ports: readonly { readonly port: number }[] },
  ];
  t.same(
    apiServer.ports.map(({ port }) => port),
    [443, 6443, 6444, 8443, 16443],
  );
});

t.test('the policy of Calico can stand in another tier and order', async (t) => {
  t.match(policyOf({ networkPolicy: { kind: 'calico' } }), { tier: 'default', order: undefined });
  const chart = rendered({ networkPolicy: { kind: 'calico', tier: 'platform', order: 0 } });
  t.match(chart.the('NetworkPolicy', 'platform.tollgate').spec, { tier: 'platform', order: 0 });
});

t.test('containers, volumes and constraints of the values are added', async (t) => {
  const { spec } = podOf({
    conventions: { source: 'configMap', configMap: 'policies' },
    extraContainers: [{ name: 'log', image: 'log' }],
    extraInitContainers: [{ name: 'wait', image: 'wait' }],
    extraVolumes: [{ name: 'scratch', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
    topologySpreadConstraints: [{ topologyKey: 'rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }],
  });
  const names = (list: readonly { readonly name: string }[] | undefined) => list?.map(({ name }) => name);
  t.same(names(spec.containers), ['tollgate', 'log']);
  t.same(names(spec.initContainers), ['wait']);
  t.same(names(spec.volumes), ['conventions', 'scratch']);
  t.same(names(spec.containers[0].volumeMounts), ['conventions', 'scratch']);
  t.match(spec.topologySpreadConstraints, [
    { labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'tollgate' } } },
  ]);
});

t.test('Prometheus may find the pods without their Service', async (t) => {
  const chart = rendered({ metrics: { podMonitor: { enabled: true, interval: '15s' } } });
  t.match(chart.the('PodMonitor').spec, {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'tollgate' } },
    podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: '15s' }],
  });
  t.notOk(chart.objects.some(({ kind }) => kind === 'ServiceMonitor'));
});

t.test('an alert leads to the page of what to do', async (t) => {
  const rulesOf = (prometheusRule: object) =>
    (
      rendered({ metrics: { prometheusRule: { enabled: true, ...prometheusRule } } }).the('PrometheusRule')
        .spec as {
        groups: readonly [{ rules: readonly { alert: string; annotations: Record<string, string> }[] }];
      }
    ).groups[0].rules;
  t.ok(rulesOf({}).every(({ annotations }) => !('runbook_url' in annotations)));
  for (const { alert, annotations } of rulesOf({ runbookUrl: 'https://wiki.example/alerts' }))
    t.equal(annotations['runbook_url'], `https://wiki.example/alerts#${alert.toLowerCase()}`);
});

t.test('the heap gets 70 % of the container’s memory, unless the values say otherwise', async (t) => {
  const environment = (values: object) =>
    (podOf(values).spec.containers[0] as Container & { env?: readonly { name: string; value: string }[] })
      .env;
  const heap = (mebibytes: number) => [{ name: 'NODE_OPTIONS', value: `--max-old-space-size=${mebibytes}` }];
  t.same(environment({}), heap(358));
  t.same(environment({ resources: { limits: { memory: '1.5Gi' } } }), heap(1075));
  t.same(environment({ resources: { limits: { memory: '800M' } } }), heap(534));
  t.equal(environment({ resources: { limits: null } }), undefined);
  const own = [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=100' }];
  t.same(environment({ server: { extraEnv: own } }), own);
});
