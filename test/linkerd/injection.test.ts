import fc from 'fast-check';
import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import {
  defaultProfile,
  predictInjection,
  predictInjectionIfAsked,
  profileFromLinkerdConfig,
  type InjectionReason,
  type LinkerdProfile,
} from '../../src/linkerd/index.ts';

const profile = defaultProfile();

function pod(annotations: StringMap, spec: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', annotations },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
  };
}

function predict(object: KubernetesObject, annotations: StringMap = {}, use: LinkerdProfile = profile) {
  return predictInjection(object, { name: 'shop', labels: {}, annotations }, use);
}

const enabled = { 'linkerd.io/inject': 'enabled' };

// Rows: namespace; columns: pod absent, enabled, ingress, disabled, anything else.
const inject = '';
const absent = 'injection_enable_annotation_absent';
const optOut = 'injection_disable_annotation_present';
const badPod = 'invalid_inject_annotation_at_workload';
const badNamespace = 'invalid_inject_annotation_at_ns';
const matrix = {
  absent: [absent, inject, inject, absent, badPod],
  enabled: [inject, inject, inject, optOut, badPod],
  ingress: [inject, inject, inject, optOut, badPod],
  disabled: [absent, inject, inject, absent, badPod],
  other: [badNamespace, badNamespace, badNamespace, badNamespace, badNamespace],
} as const;
const columns = ['absent', 'enabled', 'ingress', 'disabled', 'other'] as const;
type Column = (typeof columns)[number];

function columnOf(value: string | undefined): Column {
  if (value === undefined || value === '') return 'absent';
  return value === 'enabled' || value === 'ingress' || value === 'disabled' ? value : 'other';
}

t.test(
  'the inject annotations of namespace and pod decide as in the matrix, whatever their values',
  async (t) => {
    const values = fc.oneof(
      fc.constantFrom(
        undefined,
        '',
        'enabled',
        'ingress',
        'disabled',
        'Enabled',
        ' enabled',
        'true',
        'enable',
      ),
      fc.string({ maxLength: 10 }),
    );
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(values, values, (namespaceValue, podValue) => {
          const own: StringMap = podValue === undefined ? {} : { 'linkerd.io/inject': podValue };
          const inherited: StringMap =
            namespaceValue === undefined ? {} : { 'linkerd.io/inject': namespaceValue };
          const found = predict(pod(own), inherited);
          const expected = matrix[columnOf(namespaceValue)][columns.indexOf(columnOf(podValue))];
          const reasons = expected === inject ? [] : [expected];
          const effective = podValue ?? namespaceValue;
          return (
            found.injected === (expected === inject) &&
            found.reasons.join() === reasons.join() &&
            found.ingressMode === (found.injected && effective === 'ingress')
          );
        }),
        { numRuns: 1000 },
      ),
    );
  },
);

t.test('the prediction for silence and consent is that of the one and of the other', async (t) => {
  const values = [undefined, '', 'enabled', 'ingress', 'disabled', 'maybe'];
  const saying = (value: string | undefined) => (value === undefined ? {} : { 'linkerd.io/inject': value });
  const isBlank = (value: string | undefined) => value === undefined || value === '';
  for (const own of values) {
    for (const inherited of values) {
      const shop = { name: 'shop', labels: {}, annotations: saying(inherited) };
      const found = predictInjectionIfAsked(pod(saying(own)), shop, profile, 'enabled', true);
      const name = `pod ${own ?? 'silent'}, namespace ${inherited ?? 'silent'}`;
      const options = { tokenComes: true };
      t.same(found?.now, predictInjection(pod(saying(own)), shop, profile, options), name);
      const asking = isBlank(own) && isBlank(inherited) ? { ...shop, annotations: enabled } : shop;
      t.same(found?.ifAsked, predictInjection(pod(saying(own)), asking, profile, options), `${name}, asked`);
    }
  }
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
  const shop = { name: 'shop', labels: {}, annotations: {} };
  t.equal(predictInjectionIfAsked(service, shop, profile, 'enabled', true), undefined, 'what has no pods');
});

t.test('a workload is judged by its template, not by its own metadata', async (t) => {
  const annotations = fc.dictionary(
    fc.constantFrom('linkerd.io/inject', 'config.linkerd.io/opaque-ports'),
    fc.constantFrom('enabled', 'disabled', '80'),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(annotations, annotations, (own, template) => {
        const deployment: KubernetesObject = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', annotations: own },
          spec: {
            template: { metadata: { annotations: template }, spec: { containers: [{ name: 'app' }] } },
          },
        };
        const silent = { ...deployment, metadata: { name: 'web' } };
        return JSON.stringify(predict(deployment)) === JSON.stringify(predict(silent));
      }),
    ),
  );
});

t.test('reasons come in the order of the injector', async (t) => {
  const spec = {
    hostNetwork: true,
    containers: [{ name: 'app' }, { name: 'istio-proxy' }],
    automountServiceAccountToken: false,
  };
  const use = profileFromLinkerdConfig({ identity: { serviceAccountTokenProjection: false } });
  t.same(predict(pod({ 'linkerd.io/inject': 'on' }, spec), {}, use).reasons, [
    'host_network_enabled',
    'sidecar_already_exists',
    'invalid_inject_annotation_at_workload',
    'disabled_automount_service_account_token_account',
  ] satisfies InjectionReason[]);
});

t.test('what counts as a sidecar', async (t) => {
  const sidecars: readonly Readonly<Record<string, unknown>>[] = [
    { containers: [{ name: 'linkerd-proxy' }] },
    { containers: [{ name: 'x', image: 'cr.l5d.io/linkerd/proxy:edge-26.8.3' }] },
    { containers: [{ name: 'app' }], initContainers: [{ name: 'linkerd-proxy', restartPolicy: 'Always' }] },
    { containers: [{ name: 'app' }], initContainers: [{ name: 'linkerd-init' }] },
    {
      containers: [{ name: 'app' }],
      initContainers: [{ name: 'x', image: 'gcr.io/istio-release/proxy_init:1' }],
    },
  ];
  for (const spec of sidecars)
    t.same(predict(pod(enabled, spec)).reasons, ['sidecar_already_exists'], JSON.stringify(spec));
  const others: readonly Readonly<Record<string, unknown>>[] = [
    { containers: [{ name: 'x', image: 'cr.l5d.io/linkerd/proxy@sha256:0' }] },
    { containers: [{ name: 'x', image: 'mirror.example/linkerd/proxy:edge' }] },
    { containers: [{ name: 'linkerd-init' }] },
    { containers: [{ name: 'app' }], initContainers: [{ name: 'linkerd-network-validator' }] },
    { containers: [{ name: 'envoy' }] },
  ];
  for (const spec of others) t.equal(predict(pod(enabled, spec)).injected, true, JSON.stringify(spec));
  const native = { containers: [{ name: 'app' }], initContainers: [{ name: 'istio-proxy' }] };
  t.equal(predict(pod(enabled, native), {}, defaultProfile('2.15')).injected, true, 'not before 2.16');
});

t.test('which pods the API server sends to the injector', async (t) => {
  const called = (
    name: string,
    labels: StringMap,
    podLabels: StringMap = {},
    use: LinkerdProfile = profile,
  ) =>
    predictInjection(
      { ...pod(enabled), metadata: { labels: podLabels, annotations: enabled } },
      { name, labels, annotations: {} },
      use,
    );
  t.equal(called('shop', {}).webhookCalled, true);
  for (const name of ['kube-system', 'cert-manager'])
    t.match(called(name, {}), { webhookCalled: false, injected: false, reasons: [] }, name);
  t.equal(called('shop', { 'config.linkerd.io/admission-webhooks': 'disabled' }).webhookCalled, false);
  t.equal(called('shop', { 'config.linkerd.io/admission-webhooks': 'enabled' }).webhookCalled, true);
  t.equal(called('shop', {}, { 'linkerd.io/control-plane-component': 'x' }).webhookCalled, false);
  t.equal(called('shop', {}, { 'linkerd.io/cni-resource': '' }).webhookCalled, false);
  const own = profileFromLinkerdConfig({
    proxyInjector: { namespaceSelector: { matchLabels: { mesh: 'yes' } }, objectSelector: {} },
  });
  t.equal(called('shop', {}, {}, own).webhookCalled, false, "the installation's own selectors count");
  t.equal(called('shop', { mesh: 'yes' }, { 'linkerd.io/cni-resource': '' }, own).webhookCalled, true);
  const other: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
  t.match(predict(other), { webhookCalled: false, injected: false, reasons: [] });
});

t.test('annotations that break pod creation', async (t) => {
  const closeWait = pod({ ...enabled, 'config.linkerd.io/close-wait-timeout': '1m' });
  t.match(predict(closeWait), {
    injected: false,
    podCreation: 'denied',
    denialMessage: 'proxyInit.runAsRoot must be set to use proxyInit.closeWaitTimeoutSecs',
  });
  for (const config of [{ cniEnabled: true }, { proxyInit: { runAsRoot: true } }])
    t.equal(predict(closeWait, {}, profileFromLinkerdConfig(config)).injected, true, JSON.stringify(config));
  t.equal(
    predict(pod({ ...enabled, 'config.linkerd.io/close-wait-timeout': '500ms' })).injected,
    true,
    'less than a second is none',
  );

  const headers = { 'config.linkerd.io/proxy-log-http-headers': 'on' };
  t.match(predict(pod({ ...enabled, ...headers })), {
    podCreation: 'denied',
    denialMessage: 'logHTTPHeaders must be one of: insecure | off',
  });
  t.equal(
    predict(pod({ ...enabled, ...headers }), {}, defaultProfile('2.15')).injected,
    true,
    'unknown before 2.16',
  );

  const variables = { 'config.linkerd.io/proxy-additional-env': '[{"name":"A","value":"b"}]' };
  t.match(predict(pod(enabled), variables), {
    injected: false,
    reasons: [],
    podCreation: 'undecodable-patch',
    podCreationByFailurePolicy: { Fail: 'denied' },
    denialMessage:
      "patch is not valid JSON: the namespace's config.linkerd.io/proxy-additional-env is printed into it unescaped",
  });
  t.equal(predict(pod({ ...enabled, ...variables }), variables).injected, true, 'the pod says it itself');
  t.equal(predict(pod({}), variables).podCreation, 'allowed', 'not injected, no patch');
  t.match(
    predict(pod({ ...enabled, ...headers }), variables),
    { podCreation: 'denied' },
    'no patch is made at all',
  );

  const networks = profileFromLinkerdConfig({ clusterNetworks: '10.0.0.0/8,10.1' });
  t.match(predict(pod(enabled), {}, networks), {
    podCreation: 'denied',
    denialMessage: 'cannot parse destination get networks: invalid CIDR address: 10.1',
  });
  const withGap = profileFromLinkerdConfig({ clusterNetworks: ',10.0.0.0/8,,fd00::/8,' });
  t.match(
    predict(pod(enabled), {}, withGap),
    { podCreation: 'denied' },
    'an empty entry inside is no network',
  );
  const around = profileFromLinkerdConfig({ clusterNetworks: ',10.0.0.0/8,fd00::/8,,' });
  t.match(predict(pod(enabled), {}, around), { injected: true }, 'commas around it go');
});

t.test('what an injected pod gets', async (t) => {
  const namespace = {
    'linkerd.io/inject': 'enabled',
    'config.linkerd.io/proxy-await': 'disabled',
    'config.linkerd.io/enable-gateway': 'true',
    team: 'a',
  };
  const found = predict(
    {
      ...pod({}),
      metadata: {
        name: 'web',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' }],
      },
    },
    namespace,
  );
  t.same(found.annotationsAdded, {
    'linkerd.io/inject': 'enabled',
    'config.linkerd.io/proxy-await': 'disabled',
  });
  t.same(found.labelsAdded, {
    'linkerd.io/control-plane-ns': 'linkerd',
    'linkerd.io/workload-ns': 'shop',
    'linkerd.io/proxy-statefulset': 'web',
  });
  t.equal(found.settings?.await, false);
  t.equal(found.proxyAs, 'initContainer');
  t.equal(predict(pod(enabled), {}, defaultProfile('2.19')).proxyAs, 'container');
  const two = [1, 2].map((index) => ({ apiVersion: 'v1', kind: 'Job', name: `j${index}` }));
  t.notMatch(
    Object.keys(
      predict({ ...pod(enabled), metadata: { annotations: enabled, ownerReferences: two } }).labelsAdded,
    ).join(),
    'proxy-',
  );
  t.equal(
    predict(pod(enabled, { containers: [{ name: 'app', ports: [{ containerPort: 53, protocol: 'UDP' }] }] }))
      .udpWarning,
    true,
  );
});

t.test('default opaque ports are written onto pods and Services that have them', async (t) => {
  const spec = {
    containers: [
      { name: 'app', ports: [{ containerPort: 5432 }, { containerPort: 8080 }, { containerPort: 3306 }] },
    ],
  };
  t.same(predict(pod(enabled, spec)).annotationsAdded, { 'config.linkerd.io/opaque-ports': '5432,3306' });
  t.same(
    predict(pod({}, spec)).annotationsAdded,
    { 'config.linkerd.io/opaque-ports': '5432,3306' },
    'without a proxy too',
  );
  t.same(predict(pod({ 'config.linkerd.io/opaque-ports': '' }, spec)).annotationsAdded, {});
  const service = (ports: readonly unknown[]): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db' },
    spec: { ports },
  });
  t.same(
    predict(service([{ port: 80, targetPort: 3306 }, { port: 5432 }, { port: 6379, targetPort: 'redis' }]))
      .annotationsAdded,
    {
      'config.linkerd.io/opaque-ports': '80,5432',
    },
  );
  t.same(predict(service([{ port: 5432 }]), { 'config.linkerd.io/opaque-ports': '27017' }).annotationsAdded, {
    'config.linkerd.io/opaque-ports': '27017',
  });
  t.same(predict(service([{ port: 80 }])).annotationsAdded, {});
});

t.test('the settings of a proxy follow installation, namespace and pod', async (t) => {
  const use = profileFromLinkerdConfig({
    proxy: { logLevel: 'info', additionalEnv: [{ name: 'A', value: '1' }] },
  });
  const settings = predict(
    pod({
      ...enabled,
      'config.linkerd.io/inbound-port': '5143',
      'config.linkerd.io/proxy-cpu-limit': '1500m',
      'config.linkerd.io/proxy-additional-env': '[{"name":"A","value":"2"},{"name":"B","value":"3"}]',
      'config.linkerd.io/proxy-outbound-connect-timeout': '1m30s',
    }),
    { 'config.linkerd.io/inbound-port': '6143', 'config.linkerd.io/proxy-gid': '7' },
    use,
  ).settings;
  t.match(settings, {
    ports: { inbound: 5143, admin: 4191 },
    gid: 7,
    logLevel: 'info',
    resources: { cpuLimit: '1500m' },
    workers: { minimum: 1, maximum: 2 },
    outboundConnectTimeout: '90000ms',
  });
  t.same(settings?.additionalEnv, [
    { name: 'A', value: '2' },
    { name: 'B', value: '3' },
  ]);
});

t.test('the native sidecar setting has three names, of which the most stable wins', async (t) => {
  const stages = ['config.linkerd.io', 'config.beta.linkerd.io', 'config.alpha.linkerd.io'];
  const key = (stage: string | undefined) => `${stage}/proxy-enable-native-sidecar`;
  const native = (annotations: StringMap, version = '2.20') =>
    predict(pod({ ...enabled, ...annotations }), {}, defaultProfile(version)).settings?.nativeSidecar;
  t.equal(native({ [key(stages[0])]: 'false', [key(stages[1])]: 'true' }), false);
  t.equal(native({ [key(stages[1])]: 'false', [key(stages[2])]: 'true' }), false);
  t.equal(native({ [key(stages[0])]: 'true' }, '2.19'), false, 'unknown before 2.20');
  t.equal(native({ [key(stages[1])]: 'true' }, '2.19'), true);
  t.equal(native({ [key(stages[2])]: 'true' }, '2.15'), true);
});
