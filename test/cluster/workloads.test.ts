import t from 'tap';
import type { ApiObject } from './api-client.ts';
import { startGatedCluster } from './gated-cluster.ts';
import { denyAll, namespace, pathOf, templateOf, workload, type WorkloadKind } from './objects.ts';
import { startRecordingWebhook } from './recording-webhook.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';
import { registerWebhooks, webhookConfiguration } from './webhook.ts';

const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: baseline }
spec:
  calico: { mode: v3crd }
  namespaces: { selector: {}, exclude: [kube-*, default, linkerd] }
  mesh: { inject: enabled }
  # Linkerd is here in name only: no pod ever gets the proxy it asks for, and nothing would answer one.
  rules: { mesh/proxy-missing: off, mesh/control-plane-blocked: off }
  labels:
    - { key: app.kubernetes.io/name, value: { podLabel: app }, required: true }
    - { key: team, value: { namespaceLabel: team }, required: true }
---
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: nameless }
spec:
  priority: 1
  calico: { mode: v3crd }
  namespaces: { selector: { matchLabels: { plates: of-the-gate } } }
  mesh: { inject: enabled }
  rules: { mesh/proxy-missing: off, mesh/control-plane-blocked: off }
  labels:
    - { key: app.kubernetes.io/name, value: { workloadName: {} }, required: true }
`;
const added = {
  labels: { app: 'car', 'app.kubernetes.io/name': 'car', team: 'fishers' },
  annotations: { 'linkerd.io/inject': 'enabled' },
};

const cluster = await startGatedCluster({
  conventions,
  before: async ({ apply }) => {
    await apply([
      denyAll('default-deny', 'has(team)'),
      namespace('shop', { team: 'fishers' }),
      namespace('old', { team: 'fishers' }),
      namespace('bare', { team: 'fishers', plates: 'of-the-gate' }),
      workload('Deployment', 'old', 'cart'),
    ]);
  },
});
t.teardown(() => cluster.stop());
const { kubectl, apply, controlPlane } = cluster;
const { api } = controlPlane;

/** The object once its controller has seen its last change. */
const settled = (path: string): Promise<ApiObject> =>
  until(`${path} to be seen by its controller`, async () => {
    const object = await api.get(path);
    const { observedGeneration } = (object?.['status'] ?? {}) as { observedGeneration?: number };
    return object && observedGeneration === object.metadata.generation ? object : undefined;
  });

/** The pod template hashes of a namespace's ReplicaSets: one more for each roll-out. */
const rollOuts = async (namespace: string): Promise<readonly (string | undefined)[]> =>
  (await api.list(pathOf('ReplicaSet', namespace))).map(
    ({ metadata }) => metadata.labels?.['pod-template-hash'],
  );

t.test('a Deployment gets its annotation and labels once, and nothing rolls it out again', async (t) => {
  const path = pathOf('Deployment', 'shop', 'car');
  const object = workload('Deployment', 'shop', 'car');
  accepted(t, await apply([object]));
  const first = await settled(path);
  t.match(templateOf(first).metadata, added);
  t.same((first['spec'] as { selector: object }).selector, { matchLabels: { app: 'car' } });
  const hashes = await until('its ReplicaSet', async () => {
    const found = await rollOuts('shop');
    return found.length === 1 ? found : undefined;
  });

  const again = await apply([object]);
  accepted(t, again);
  t.equal(again.stdout, 'deployment.apps/car unchanged\n');
  const patched = await api.call('PATCH', `${path}/status`, { status: { collisionCount: 3 } });
  t.equal(patched.status, 200);
  t.equal((await settled(path)).metadata.generation, first.metadata.generation);

  // An annotation on a Deployment is a new generation for the API server, and no roll-out.
  accepted(t, await kubectl(['annotate', 'deployment/car', '--namespace=shop', 'note=seen']));
  accepted(t, await kubectl(['scale', 'deployment/car', '--namespace=shop', '--replicas=3']));
  const scaled = await settled(path);
  t.match(scaled, { spec: { replicas: 3 }, metadata: { annotations: { note: 'seen' } } });
  t.same(templateOf(scaled), templateOf(first));
  t.same(await rollOuts('shop'), hashes);
});

t.test('a second server-side apply changes nothing either', async (t) => {
  const object = workload('Deployment', 'shop', 'boat');
  const path = pathOf('Deployment', 'shop', 'boat');
  accepted(t, await apply([object], '--server-side'));
  const first = await settled(path);
  t.match(templateOf(first).metadata.annotations, added.annotations);
  accepted(t, await apply([object], '--server-side'));
  const second = await settled(path);
  t.equal(second.metadata.generation, first.metadata.generation);
  t.same(templateOf(second), templateOf(first));
});

t.test('what was there before the gate is not rolled out by a scale or an annotation', async (t) => {
  const path = pathOf('Deployment', 'old', 'cart');
  const before = await settled(path);
  t.notOk(templateOf(before).metadata.annotations);
  const hashes = await until('its ReplicaSet', async () => {
    const found = await rollOuts('old');
    return found.length === 1 ? found : undefined;
  });
  const scaled = await kubectl(['scale', 'deployment/cart', '--namespace=old', '--replicas=2']);
  t.equal(scaled.code, 0);
  const annotated = await kubectl(['annotate', 'deployment/cart', '--namespace=old', 'note=seen']);
  t.equal(annotated.code, 0);
  t.match(
    annotated.stderr,
    'Warning: mesh/inject-missing: Deployment "old/cart"',
    'what stood before is warned of',
  );
  t.same(templateOf(await settled(path)), templateOf(before));
  t.same(await rollOuts('old'), hashes);

  const image = 'main=registry.example/shop:1.1';
  accepted(t, await kubectl(['set', 'image', 'deployment/cart', '--namespace=old', image]));
  t.match(templateOf(await settled(path)).metadata, {
    annotations: added.annotations,
    labels: { app: 'cart', 'app.kubernetes.io/name': 'cart', team: 'fishers' },
  });
});

const kinds: readonly WorkloadKind[] = [
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
];
for (const kind of kinds) {
  t.test(`a ${kind} gets its annotation and labels`, async (t) => {
    const path = pathOf(kind, 'shop', 'car');
    const object = workload(kind, 'shop', 'car');
    accepted(t, await apply([object]));
    const stored = await api.get(path);
    t.match(templateOf(stored).metadata, added);
    const again = await apply([object]);
    accepted(t, again);
    t.match(again.stdout, '/car unchanged');
    t.equal((await api.get(path))?.metadata.generation, stored?.metadata.generation);
    accepted(t, await kubectl(['delete', kind.toLowerCase(), 'car', '--namespace=shop', '--wait=false']));
  });
}

for (const kind of ['Deployment', ...kinds] as const) {
  t.test(`a ${kind} that has annotations and labels keeps them`, async (t) => {
    const object = workload(kind, 'shop', 'van');
    const own = { annotations: { note: 'kept' }, labels: { app: 'van', tier: 'goods' } };
    accepted(t, await apply([withTemplate(object, own)]));
    t.match(templateOf(await api.get(pathOf(kind, 'shop', 'van'))).metadata, {
      annotations: { ...own.annotations, ...added.annotations },
      labels: { ...own.labels, 'app.kubernetes.io/name': 'van', team: 'fishers' },
    });
    accepted(t, await kubectl(['delete', kind.toLowerCase(), 'van', '--namespace=shop', '--wait=false']));
  });
}

// Of the others the API server asks for labels that their selector selects.
for (const kind of ['Job', 'CronJob'] as const) {
  t.test(`a ${kind} that has neither gets both`, async (t) => {
    const { metadata, ...rest } = withTemplate(workload(kind, 'bare', 'bike'), undefined);
    const { labels: _, ...nameOnly } = metadata as { labels?: object };
    accepted(t, await apply([{ ...rest, metadata: nameOnly }]));
    t.match(templateOf(await api.get(pathOf(kind, 'bare', 'bike'))).metadata, {
      annotations: added.annotations,
      labels: { 'app.kubernetes.io/name': 'bike' },
    });
  });
}

t.test('a bare pod gets the annotation alone, and needs its labels itself', async (t) => {
  refused(t, await apply([workload('Pod', 'shop', 'van')]), 'label/required-missing: Pod "shop/van"');
  const own = { annotations: { note: 'kept' }, labels: { ...added.labels, app: 'van', tier: 'goods' } };
  accepted(t, await apply([withTemplate(workload('Pod', 'shop', 'van'), own)]));
  t.match((await api.get(pathOf('Pod', 'shop', 'van')))?.metadata, {
    ...own,
    annotations: { ...own.annotations, ...added.annotations },
  });
  accepted(t, await kubectl(['delete', 'pod', 'van', '--namespace=shop', '--wait=false']));
});

t.test('a bare pod gets the annotation before Linkerd’s injector sees it', async (t) => {
  const injector = await startRecordingWebhook({ authority: controlPlane.authority });
  t.teardown(() => injector.close());
  await registerWebhooks(controlPlane, [
    webhookConfiguration({
      kind: 'MutatingWebhookConfiguration',
      name: 'linkerd-proxy-injector-webhook-config',
      webhook: 'linkerd-proxy-injector.linkerd.io',
      clientConfig: injector.clientConfig,
      failurePolicy: 'Ignore',
      resources: ['pods', 'services'],
    }),
  ]);
  const { labels } = added;
  accepted(t, await apply([withTemplate(workload('Pod', 'shop', 'car'), { labels })]));
  const seen = injector.requests.find(({ object }) => object?.metadata.name === 'car');
  t.match(seen?.object?.metadata, added, 'the first time the injector was asked, it was there');
  t.match((await api.get(pathOf('Pod', 'shop', 'car')))?.metadata, added);
});

t.test('what Linkerd’s ConfigMap says of it counts from the moment it is there', async (t) => {
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'linkerd-config', namespace: 'linkerd' },
    data: { values: 'linkerdVersion: stable-2.18.1\nproxy: { nativeSidecar: false }\n' },
  };
  const job = workload('Job', 'shop', 'crane');
  accepted(t, await apply([job], '--dry-run=server'));
  accepted(t, await kubectl(['create', 'namespace', 'linkerd']));
  accepted(t, await apply([config]));
  const answer = await until('the ConfigMap to be seen', async () => {
    const found = await apply([job], '--dry-run=server');
    return found.code === 0 ? undefined : found;
  });
  refused(t, answer, 'mesh/job-never-finishes: Job "shop/crane"', 'inside it the Job never finishes');
  accepted(t, await kubectl(['delete', 'configmap', 'linkerd-config', '--namespace=linkerd']));
  await until('the ConfigMap to be gone', async () => {
    const found = await apply([job], '--dry-run=server');
    return found.code === 0 ? found : undefined;
  });
});

t.test('a required label without a source is asked for', async (t) => {
  const { metadata, ...rest } = workload('Deployment', 'shop', 'nameless');
  const template = {
    metadata: { labels: { tier: 'web' } },
    spec: (rest.spec as { template: { spec: object } }).template.spec,
  };
  const spec = { selector: { matchLabels: { tier: 'web' } }, template };
  refused(
    t,
    await apply([{ ...rest, metadata, spec }]),
    'label/required-missing: Deployment "shop/nameless": the pod template has no label app.kubernetes.io/name',
    'no value was found in the pod label app',
  );
});

t.test('workloads of kube-system are left alone', async (t) => {
  const object = workload('Deployment', 'kube-system', 'dns');
  accepted(t, await apply([object]));
  const { metadata } = templateOf(await api.get(pathOf('Deployment', 'kube-system', 'dns')));
  t.same(metadata.labels, { app: 'dns' });
  t.notOk(metadata.annotations);
  const asked = controlPlane
    .auditLog()
    // Labels of accounts there are asked about, and fail open: policies elsewhere may select by them.
    .filter(
      ({ objectRef }) => objectRef?.namespace === 'kube-system' && objectRef.resource !== 'serviceaccounts',
    )
    .filter(({ annotations = {} }) => JSON.stringify(annotations).includes('tollgate.dev'));
  t.same(asked, []);
});

/** The workload with other metadata in its template, of a Pod its own; undefined leaves it out. */
function withTemplate(
  object: ReturnType<typeof workload>,
  metadata: { readonly annotations?: object; readonly labels: object } | undefined,
): ReturnType<typeof workload> {
  if (object.kind === 'Pod')
    return { ...object, metadata: { ...object.metadata, ...metadata } } as ReturnType<typeof workload>;
  const spec = object.spec as { template?: object; jobTemplate?: { spec: { template: object } } };
  const inside = (template: object = {}) => {
    const { metadata: _, ...rest } = template as { metadata?: object };
    return { ...rest, ...(metadata ? { metadata } : {}) };
  };
  const changed = spec.jobTemplate
    ? { ...spec, jobTemplate: { spec: { template: inside(spec.jobTemplate.spec.template) } } }
    : { ...spec, template: inside(spec.template) };
  return { ...object, spec: changed } as ReturnType<typeof workload>;
}
