import t from 'tap';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import type { UserInfo } from '../../src/kubernetes/admission-review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { controller, injected, ownedBy, tenant } from '../support/made-by.ts';
import { deployment, globalNetworkPolicy, namespace, pod } from '../support/objects.ts';

const set = conventions({
  labels: [
    { key: 'team', value: { podLabel: 'app' }, required: true },
    { key: 'tier', allowed: ['web', 'store'], required: false },
  ],
});
const now = new Date('2026-11-21T12:00:00Z');
const { inventory } = createInventoryStore({ mode: 'v3crd' }, [
  namespace('shop', {}, { metadata: { name: 'shop', annotations: { 'linkerd.io/inject': 'enabled' } } }),
  globalNetworkPolicy('closed', { types: ['Ingress', 'Egress'] }),
]);

interface Asking {
  readonly user?: UserInfo;
  readonly subResource?: string;
}

const update = (
  oldObject: KubernetesObject,
  object: KubernetesObject,
  { user = tenant, ...rest }: Asking = {},
) =>
  ({
    uid: '1',
    kind: { group: '', version: 'v1', kind: object.kind },
    operation: 'UPDATE',
    namespace: 'shop',
    dryRun: false,
    user,
    object,
    oldObject,
    ...rest,
  }) as const;

/** The rules that refuse a change. */
const refusing = (oldObject: KubernetesObject, object: KubernetesObject, asking?: Asking) => {
  const { allowed, findings } = answerValidate(update(oldObject, object, asking), inventory, set, now);
  return allowed
    ? []
    : findings.filter(({ action, standing }) => action === 'deny' && !standing).map(({ rule }) => rule);
};

const running = injected(
  pod('web-1', 'shop', {
    labels: { app: 'web', team: 'web' },
    ...ownedBy('apps/v1', 'ReplicaSet', 'web-5d4f'),
  }),
);
const labelled = (labels: Readonly<Record<string, string | undefined>>, of = running): KubernetesObject => ({
  ...of,
  metadata: {
    ...of.metadata,
    labels: Object.fromEntries(
      Object.entries({ ...of.metadata.labels, ...labels }).filter(([, value]) => value !== undefined),
    ) as Readonly<Record<string, string>>,
  },
});
const annotated = (annotations: Readonly<Record<string, string>>): KubernetesObject => ({
  ...running,
  metadata: { ...running.metadata, annotations: { ...running.metadata.annotations, ...annotations } },
});

t.test('a running pod is judged by what a change makes worse', async (t) => {
  const meshed = 'linkerd.io/control-plane-ns';
  for (const [what, object, rules] of [
    ['nothing', running, []],
    ['a label more', labelled({ role: 'primary' }), []],
    ['a required label that goes', labelled({ team: undefined }), ['label/required-missing']],
    ['a value that is not allowed', labelled({ tier: 'other' }), ['label/value']],
    ['a label that Calico sets', labelled({ 'projectcalico.org/namespace': 'till' }), ['label/reserved']],
    ['the label of the mesh that goes', labelled({ [meshed]: undefined }), ['label/reserved']],
    ['or names another mesh', labelled({ [meshed]: 'other' }), ['label/reserved']],
    [
      'a label of the mesh that comes',
      labelled({ 'linkerd.io/proxy-deployment': 'till' }),
      ['label/reserved'],
    ],
    [
      'an opt-out, which changes nothing of a pod that runs',
      annotated({ 'linkerd.io/inject': 'disabled' }),
      [],
    ],
    ['ports to skip, likewise', annotated({ 'config.linkerd.io/skip-inbound-ports': '1-65535' }), []],
  ] as const)
    t.same(refusing(running, object), rules, what);
  const unmeshed = pod('old', 'shop', { labels: { [meshed]: 'linkerd' } });
  t.same(refusing(unmeshed, labelled({ role: 'primary' }, unmeshed)), [], 'what stood, stands');
  t.same(refusing(unmeshed, labelled({ [meshed]: undefined }, unmeshed)), [], 'a forged one may go');
  t.same(
    refusing(pod('old', 'shop'), pod('old', 'shop', { labels: { [meshed]: 'linkerd' } })),
    ['label/reserved'],
    'and may not come',
  );
});

t.test('the program of a running proxy stays what it is', async (t) => {
  const { containers, initContainers } = running.spec as Readonly<Record<string, readonly object[]>>;
  const withImage = (name: string, image: string, of = running): KubernetesObject => {
    const set = (list: readonly object[] = []) =>
      list.map((one) => ('name' in one && one.name === name ? { ...one, image } : one));
    const spec = { ...(of.spec as object), containers: set(containers), initContainers: set(initContainers) };
    return { ...of, spec };
  };
  const proxied = (image: string) => withImage('linkerd-proxy', image);
  const former = proxied('mirror.example:5000/linkerd/proxy:edge-26.8.3');
  for (const [what, image, rules] of [
    ['the same', 'mirror.example:5000/linkerd/proxy:edge-26.8.3', []],
    ['a newer one', 'mirror.example:5000/linkerd/proxy:edge-26.9.1', []],
    ['one by its digest', `mirror.example:5000/linkerd/proxy@sha256:${'0'.repeat(64)}`, []],
    ['that of the installation', 'cr.l5d.io/linkerd/proxy:edge-26.9.1', []],
    ['another program', 'registry.example/relay:1', ['mesh/bypass']],
    ['one that is called alike', 'registry.example/proxy:1', ['mesh/bypass']],
  ] as const)
    t.same(refusing(former, proxied(image)), rules, what);
  t.same(refusing(running, withImage('linkerd-init', 'registry.example/true:1')), ['mesh/bypass']);
  t.same(refusing(running, withImage('web', 'registry.example/web:2')), [], 'its own containers are its own');
});

t.test('controllers adopt, release and number their pods', async (t) => {
  const orphan = { ...running, metadata: { ...running.metadata, ownerReferences: [] } };
  const numbered = labelled({ 'apps.kubernetes.io/pod-index': '0', 'pod-template-hash': '5d4f' });
  const bare = pod('web-1', 'shop', ownedBy('apps/v1', 'ReplicaSet', 'web-5d4f'));
  const bareOrphan = pod('web-1', 'shop');
  for (const user of ['replicaset-controller', 'statefulset-controller', 'generic-garbage-collector'].map(
    controller,
  )) {
    for (const [before, after] of [
      [orphan, running],
      [running, orphan],
      [running, numbered],
      [bareOrphan, bare],
      [bare, bareOrphan],
    ] as const) {
      t.same(refusing(before, after, { user }), [], user.username);
      t.same(answerMutate(update(before, after, { user }), inventory, set, now).patch, []);
    }
  }
});

t.test('labels of a running pod are judged whichever way they are written', async (t) => {
  const { 'linkerd.io/control-plane-ns': _, ...others } = running.metadata.labels ?? {};
  const unlabelled = { ...running, metadata: { ...running.metadata, labels: others } };
  t.same(refusing(running, unlabelled), ['label/reserved']);
  t.same(refusing(running, unlabelled, { subResource: 'status' }), ['label/reserved']);
  t.same(refusing(running, running, { subResource: 'status' }), []);
});

t.test('a container that comes to a running pod may not get around its proxy', async (t) => {
  const subResource = 'ephemeralcontainers';
  const debugging = (container: object, of: KubernetesObject = running): KubernetesObject => ({
    ...of,
    spec: { ...(of.spec as object), ephemeralContainers: [{ name: 'debug', image: 'x', ...container }] },
  });
  const asProxy = { securityContext: { runAsUser: 2102 } };
  t.same(refusing(running, debugging({}), { subResource }), []);
  t.same(refusing(running, debugging(asProxy), { subResource }), ['mesh/bypass']);
  t.same(refusing(debugging(asProxy), debugging(asProxy), { subResource }), [], 'it stood there');
  const said = answerValidate(
    update(running, debugging({ securityContext: { privileged: true } }), { subResource }),
    inventory,
    set,
    now,
  );
  t.match(said.warnings, [/^mesh\/bypass: .*a privileged container/]);
  t.same(answerMutate(update(running, debugging({}), { subResource }), inventory, set, now).patch, []);

  const other = annotated({ 'config.linkerd.io/proxy-uid': '9999', 'linkerd.io/inject': 'disabled' });
  t.same(
    refusing(other, debugging(asProxy, other), { subResource }),
    ['mesh/bypass'],
    'its proxy runs as it did',
  );
  const { annotations: _annotations, ...unmarked } = running.metadata;
  const stripped = { ...running, metadata: unmarked };
  t.same(refusing(stripped, debugging(asProxy, stripped), { subResource }), ['mesh/bypass'], 'marks or none');
  const unmeshed = pod('old', 'shop', { labels: { team: 'web' } });
  t.same(refusing(unmeshed, debugging(asProxy, unmeshed), { subResource }), [], 'no proxy to get around');
  t.same(
    refusing(running, debugging(asProxy), { subResource: 'status' }),
    [],
    'a status holds no containers',
  );
});

t.test('the template of a suspended Job is judged and patched as it changes', async (t) => {
  const job = (
    template: Parameters<typeof deployment>[2],
    { suspend = true, ...metadata }: { readonly suspend?: boolean; readonly [field: string]: unknown } = {},
  ): KubernetesObject => {
    const { template: pods } = deployment('later', 'shop', template).spec as { readonly template: object };
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'later', namespace: 'shop', ...metadata },
      spec: { suspend, template: pods },
    };
  };
  const labels = { team: 'web' };
  const good = job({ labels, annotations: { 'linkerd.io/inject': 'enabled' } });
  const optedOut = { labels, annotations: { 'linkerd.io/inject': 'disabled' } };
  t.same(refusing(good, job(optedOut)), ['mesh/opt-out']);
  t.same(refusing(good, job({ annotations: { 'linkerd.io/inject': 'enabled' } })), [
    'label/required-missing',
  ]);
  t.same(refusing(job(optedOut), job(optedOut, { suspend: false })), [], 'what stood, stands');
  t.same(
    refusing(good, job(optedOut, ownedBy('batch/v1', 'CronJob', 'nightly'))),
    ['mesh/opt-out'],
    'an owner anybody can write',
  );
  const patched = (before: KubernetesObject, after: KubernetesObject) =>
    answerMutate(update(before, after), inventory, set, now).patch.map(({ path }) => path);
  const unlabelled = job({ annotations: { 'linkerd.io/inject': 'enabled' } });
  t.same(patched(good, unlabelled), ['/spec/template/metadata/labels/team']);
  t.same(patched(unlabelled, unlabelled), [], 'no template changes');
  t.same(
    patched(unlabelled, job({}, { suspend: false })),
    ['/spec/template/metadata/labels/team'],
    'as it starts',
  );
  t.same(patched(job({}, { suspend: false }), unlabelled), [], 'of a Job that runs nothing can be added');
  t.same(
    patched(good, job({}, ownedBy('batch/v1', 'CronJob', 'nightly'))),
    [],
    'what its controller would make again is left alone',
  );
});
