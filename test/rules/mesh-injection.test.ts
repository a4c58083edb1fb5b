import t from 'tap';
import { answerValidate } from '../../src/admission/review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { applyEdits } from '../../src/manifests/edit/apply-edits.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, told, type Judging } from '../support/judged.ts';
import { controller, injected, ownedBy, initArgs } from '../support/made-by.ts';
import { deployment, namespace, pod } from '../support/objects.ts';

const inject = (value: string) => ({ annotations: { 'linkerd.io/inject': value } });
const web = (
  annotations: Readonly<Record<string, string>> = {},
  podSpec: object = {},
  labels: Readonly<Record<string, string>> = {},
) => deployment('web', 'shop', { annotations, labels }, podSpec);
const annotated = (
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
) => namespace('shop', labels, { metadata: { name: 'shop', labels, annotations } });
const outside = 'Deployment "shop/web": its pods would run outside the mesh';

/** What is judged, what exists besides, and what is said of the mesh. */
type Case = readonly [string, KubernetesObject, readonly KubernetesObject[], readonly string[], Judging?];

const cases: readonly Case[] = [
  [
    'a workload without a word',
    web(),
    [],
    [`mesh/inject-missing warn: ${outside}, the pod template has no linkerd.io/inject annotation`],
  ],
  [
    'an empty value says nothing',
    web({ 'linkerd.io/inject': '' }),
    [],
    [`mesh/inject-missing warn: ${outside}, the pod template has no linkerd.io/inject annotation`],
  ],
  ['its namespace asks', web(), [annotated({ 'linkerd.io/inject': 'enabled' })], []],
  ['it asks itself', web({ 'linkerd.io/inject': 'ingress' }), [], []],
  [
    'a value that is none',
    web({ 'linkerd.io/inject': 'true' }),
    [],
    [`mesh/inject-value deny: ${outside}, Linkerd does not know linkerd.io/inject: "true"`],
  ],
  [
    'a namespace whose value is none',
    web({ 'linkerd.io/inject': 'enabled' }),
    [annotated({ 'linkerd.io/inject': 'Enabled' })],
    [
      `mesh/inject-value deny: ${outside} whatever they say, Linkerd does not know its namespace's linkerd.io/inject: "Enabled"`,
    ],
  ],
  [
    'the namespace itself',
    annotated({ 'linkerd.io/inject': 'Enabled' }),
    [],
    [
      'mesh/inject-value deny: Namespace "shop": linkerd.io/inject: "Enabled" keeps every pod of the namespace out of the mesh, even pods that say enabled',
    ],
  ],
  [
    'opting out',
    web({ 'linkerd.io/inject': 'disabled' }),
    [],
    [`mesh/opt-out deny: ${outside}, the pod template says linkerd.io/inject: disabled`],
  ],
  [
    'opted out by the namespace',
    web(),
    [annotated({ 'linkerd.io/inject': 'disabled' })],
    [
      `mesh/opt-out deny: ${outside}, its namespace says linkerd.io/inject: disabled and the pod template says nothing`,
    ],
  ],
  [
    'opted in again',
    web({ 'linkerd.io/inject': 'enabled' }),
    [annotated({ 'linkerd.io/inject': 'disabled' })],
    [],
  ],
  [
    'a namespace that opts out',
    annotated({ 'linkerd.io/inject': 'disabled' }),
    [],
    ['mesh/opt-out deny: Namespace "shop": linkerd.io/inject: disabled keeps its pods out of the mesh'],
  ],
  [
    'the network of the host gets no annotation',
    web({}, { hostNetwork: true }),
    [],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, they use the network of the host, on which Linkerd injects nothing',
    ],
  ],
  [
    'the network of the host, opted out',
    web({ 'linkerd.io/inject': 'disabled' }, { hostNetwork: true }),
    [],
    [`mesh/opt-out deny: ${outside}, the pod template says linkerd.io/inject: disabled`],
  ],
  [
    "another mesh's sidecar",
    web(inject('enabled').annotations, { containers: [{ name: 'app' }, { name: 'istio-proxy' }] }),
    [],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, Linkerd takes the container "istio-proxy" for a sidecar and adds no proxy of its own',
    ],
  ],
  [
    'a container that only bears the name of a proxy',
    web({}, { containers: [{ name: 'linkerd-proxy' }] }),
    [],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, Linkerd takes the container "linkerd-proxy" for a sidecar and adds no proxy of its own',
    ],
  ],
  [
    'injected by hand',
    web(
      {
        'linkerd.io/created-by': 'linkerd/cli edge-26.8.3',
        'linkerd.io/proxy-version': 'edge-26.8.3',
        'linkerd.io/trust-root-sha256': '0'.repeat(64),
      },
      {
        initContainers: [{ name: 'linkerd-init', args: initArgs }],
        containers: [{ name: 'app' }, { name: 'linkerd-proxy' }],
      },
      { 'linkerd.io/control-plane-ns': 'linkerd' },
    ),
    [],
    [
      'mesh/not-injectable warn: Deployment "shop/web": its pods can\'t be meshed, Linkerd takes the container "linkerd-proxy" for a sidecar and adds no proxy of its own',
    ],
  ],
  [
    'containers that only bear the names of an injected pod',
    web(
      {},
      {
        initContainers: [{ name: 'linkerd-init' }],
        containers: [{ name: 'app' }, { name: 'linkerd-proxy' }],
      },
    ),
    [],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, Linkerd takes the container "linkerd-proxy" for a sidecar and adds no proxy of its own',
    ],
  ],
  [
    "a label of Linkerd's own",
    deployment('web', 'shop', {
      ...inject('enabled'),
      labels: { 'linkerd.io/control-plane-component': 'web' },
    }),
    [],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, by the label linkerd.io/control-plane-component the API server does not ask Linkerd about them',
    ],
  ],
  [
    'a namespace that the injector is not asked about',
    web(inject('enabled').annotations),
    [namespace('shop', { 'config.linkerd.io/admission-webhooks': 'disabled' })],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, the API server asks Linkerd about no pods of namespace "shop"',
    ],
  ],
  [
    'that namespace',
    namespace('shop', { 'config.linkerd.io/admission-webhooks': 'disabled' }),
    [],
    [
      'mesh/not-injectable deny: Namespace "shop": by the label config.linkerd.io/admission-webhooks the API server asks Linkerd about none of its pods',
    ],
  ],
  [
    'a Pod Security level without the CNI plugin, and no annotation for it',
    web(),
    [namespace('shop', { 'pod-security.kubernetes.io/enforce': 'restricted' })],
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, in namespace "shop" Pod Security level restricted forbids linkerd-init, which needs NET_ADMIN and NET_RAW',
    ],
  ],
  [
    'the namespace with that level',
    namespace('shop', { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    [],
    [
      'mesh/not-injectable warn: Namespace "shop": Pod Security level restricted forbids linkerd-init, which needs NET_ADMIN and NET_RAW',
    ],
  ],
  [
    'that level with the CNI plugin',
    web(inject('enabled').annotations),
    [namespace('shop', { 'pod-security.kubernetes.io/enforce': 'restricted' })],
    [],
    { set: conventions({ mesh: { linkerd: { cni: true } } }) },
  ],
  [
    'the annotation on the Deployment itself',
    { ...web(), metadata: { name: 'web', namespace: 'shop', ...inject('enabled') } },
    [],
    [
      `mesh/inject-missing warn: ${outside}, the pod template has no linkerd.io/inject annotation`,
      'mesh/inject-misplaced warn: Deployment "shop/web": linkerd.io/inject does nothing here: Linkerd reads the pod template\'s annotations',
    ],
  ],
  [
    'a pod of its own template',
    {
      ...web(),
      metadata: {
        name: 'web',
        namespace: 'shop',
        ...ownedBy('apps/v1', 'Deployment', 'web'),
      },
      kind: 'ReplicaSet',
    },
    [{ ...web(), metadata: { name: 'web', namespace: 'shop', uid: 'uid-of-web' } }],
    [],
  ],
  [
    'a convention that leaves the mesh alone',
    web({ 'linkerd.io/inject': 'disabled' }, { hostNetwork: true }),
    [],
    [],
    { set: conventions({ mesh: { inject: 'off' } }) },
  ],
];

t.test('who is in the mesh, and why not', async (t) => {
  for (const [name, object, among, expected, judging] of cases)
    t.same(told('mesh/', object, { among, ...judging }), expected, name);
});

t.test('the fix moves an annotation, and never an opt-out', async (t) => {
  const misplaced = (value: string, template: Readonly<Record<string, string>> = {}) => {
    const object = { ...web(template), metadata: { name: 'web', namespace: 'shop', ...inject(value) } };
    const fix = findingsOf('mesh/inject-misplaced', object)[0]?.fix;
    return fix && (applyEdits(object, fix) as ReturnType<typeof web>);
  };
  t.match(misplaced('ingress'), {
    metadata: { name: 'web', annotations: undefined },
    spec: { template: { metadata: inject('ingress') } },
  });
  t.match(misplaced('ingress', { 'linkerd.io/inject': 'enabled' }), {
    spec: { template: { metadata: inject('enabled') } },
  });
  t.equal(misplaced('disabled'), undefined);
  t.equal(misplaced('yes'), undefined);
  const fixOf = (value: string) =>
    findingsOf('mesh/inject-value', web({ 'linkerd.io/inject': value }))[0]?.fix;
  t.match(fixOf('Enabled'), [{ value: 'enabled' }]);
  t.equal(fixOf('no'), undefined, 'that would be an opt-out');
  t.equal(fixOf('mesh'), undefined);
});

t.test('an update of a namespace is held to what it changes', async (t) => {
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [annotated({ 'linkerd.io/inject': 'on' })]);
  const update = (
    annotations: Readonly<Record<string, string>>,
    labels: Readonly<Record<string, string>> = {},
  ) =>
    answerValidate(
      {
        uid: 'u',
        kind: { group: '', version: 'v1', kind: 'Namespace' },
        operation: 'UPDATE',
        user: { username: 'ada', groups: [] },
        dryRun: false,
        object: annotated(annotations, labels),
        oldObject: annotated({ 'linkerd.io/inject': 'on' }),
      },
      inventory,
      conventions({}),
      new Date('2026-11-21T12:00:00Z'),
    );
  const relabelled = update({ 'linkerd.io/inject': 'on' }, { team: 'a' });
  t.ok(relabelled.allowed, 'an old value does not stand in the way of a label');
  t.match(relabelled.warnings, [
    /^mesh\/inject-value: Namespace "shop": linkerd.io\/inject: "on" keeps every pod/,
  ]);
  t.notOk(update({ 'linkerd.io/inject': 'yes' }).allowed, 'a new wrong value');
  t.notOk(update({ 'linkerd.io/inject': 'disabled' }).allowed, 'an opt-out');
  t.ok(update({ 'linkerd.io/inject': 'enabled' }).allowed);
});

function job(
  kind: 'Job' | 'CronJob',
  annotations: Readonly<Record<string, string>>,
  container: object = {},
): KubernetesObject {
  const template = { metadata: { annotations }, spec: { containers: [{ name: 'main', ...container }] } };
  const spec = kind === 'Job' ? { template } : { jobTemplate: { spec: { template } } };
  return { apiVersion: 'batch/v1', kind, metadata: { name: 'import', namespace: 'shop' }, spec };
}

t.test('Jobs that never finish, by version', async (t) => {
  const of = (version: string, object: KubernetesObject) =>
    told('mesh/', object, {
      set: conventions({ mesh: { linkerd: { version, nativeSidecar: version === '2.20' } } }),
    });
  t.same(of('2.19', job('Job', {})), [
    'mesh/job-never-finishes deny: Job "shop/import": its pods would run outside the mesh, because inside it the Job never finishes: its proxy keeps running after the job is done',
  ]);
  t.same(of('2.19', job('CronJob', { 'linkerd.io/inject': 'enabled' })), [
    'mesh/job-never-finishes warn: CronJob "shop/import": the CronJob never finishes: its proxy keeps running after the job is done',
  ]);
  t.same(
    of(
      '2.19',
      job('Job', {
        'linkerd.io/inject': 'enabled',
        'config.beta.linkerd.io/proxy-enable-native-sidecar': 'true',
      }),
    ),
    [],
  );
  const awaits = { command: ['linkerd-await', '--shutdown', '--', 'import'] };
  t.same(
    of(
      '2.19',
      job(
        'Job',
        { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/proxy-admin-shutdown': 'enabled' },
        awaits,
      ),
    ),
    [],
  );
  t.match(of('2.20', job('Job', {})), [/^mesh\/inject-missing/], 'a native sidecar ends with the Job');
});

t.test('a pod that should be meshed has its proxy', async (t) => {
  const asks = { annotations: { 'linkerd.io/inject': 'enabled' } };
  const created = (object: KubernetesObject, ...among: readonly KubernetesObject[]) =>
    told('mesh/', object, { operation: 'CREATE', among, user: controller('replicaset-controller') });
  const missing = (name: string) =>
    `mesh/proxy-missing deny: Pod "shop/${name}": it asks for Linkerd's proxy and has none`;
  const owned = ownedBy('apps/v1', 'ReplicaSet', 'web');
  const ofOwner = (metadata: object, spec: object = {}) =>
    pod('web', 'shop', { ...owned, ...metadata }, spec);

  t.same(created(ofOwner(asks)), [missing('web')]);
  t.same(
    created(ofOwner({}), annotated({ 'linkerd.io/inject': 'enabled' })),
    [missing('web')],
    'asked for by its namespace',
  );
  t.same(created(pod('web', 'shop', asks)), [missing('web')], 'a pod of its own');
  t.same(created(injected(ofOwner(asks), { native: false })), []);
  t.same(created(injected(ofOwner(asks))), [], 'a native sidecar');

  t.same(created(ofOwner({})), [], 'a template from before the gate');
  t.same(
    created(
      ofOwner({ annotations: { 'linkerd.io/inject': 'disabled' } }),
      annotated({ 'linkerd.io/inject': 'enabled' }),
    ),
    [],
  );
  t.same(created(ofOwner(asks, { hostNetwork: true })), []);
  t.same(created(ofOwner(asks, { containers: [{ name: 'istio-proxy' }] })), []);
  t.same(
    created(ofOwner({ ...asks, labels: { 'linkerd.io/cni-resource': 'true' } })),
    [],
    'the API server does not ask',
  );
  t.same(created(ofOwner(asks), annotated({}, { 'config.linkerd.io/admission-webhooks': 'disabled' })), []);
  t.same(
    created(ofOwner(asks), annotated({ 'linkerd.io/inject': 'on' })),
    [],
    'a wrong value at the namespace',
  );
  t.same(
    created(ofOwner({ annotations: { ...asks.annotations, 'kubernetes.io/config.mirror': 'x' } })),
    [],
    'a static pod',
  );
  t.same(
    told('mesh/', ofOwner(asks), { operation: 'CREATE', set: conventions({ mesh: { inject: 'off' } }) }),
    [],
  );
  t.same(told('mesh/proxy-missing', pod('web', 'shop', asks)), [], 'files are judged before any injector');

  const quoted = annotated({ 'config.linkerd.io/proxy-log-level': 'linkerd[name="outbound"]=debug' });
  const [finding] = findingsOf('mesh/proxy-missing', ofOwner(asks), { operation: 'CREATE', among: [quoted] });
  t.equal(finding?.witness, "the injector's answer was no JSON, and the API server went on without it");
});

t.test('how the injector is asked is the convention’s to say', async (t) => {
  const linkerd = (settings: object) => ({ set: conventions({ mesh: { linkerd: settings } }) });
  const asked = deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'enabled' } });
  const because = (object: KubernetesObject, settings: object, among: readonly KubernetesObject[] = []) =>
    findingsOf('mesh/not-injectable', object, { ...linkerd(settings), among }).map(
      ({ expected, message }) => [
        message.replace('Deployment "shop/web": its pods can\'t be meshed, ', ''),
        expected,
      ],
    );
  const wantsLabel = { injectorObjectSelector: { matchLabels: { mesh: 'yes' } } };
  t.same(because(asked, wantsLabel), [
    [
      'without the label mesh the API server does not ask Linkerd about them',
      'pods with the label mesh: yes',
    ],
  ]);
  const meshed = { labels: { mesh: 'yes' }, annotations: { 'linkerd.io/inject': 'enabled' } };
  t.same(because(deployment('web', 'shop', meshed), wantsLabel), []);
  const skips = {
    injectorNamespaceSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] },
  };
  t.same(because(asked, skips, [namespace('shop', { skip: 'yes' })]), [
    [
      'the API server asks Linkerd about no pods of namespace "shop"',
      'a namespace without the label skip, or an exclude in the convention',
    ],
  ]);
  t.same(
    because(asked, skips, [namespace('shop', { 'config.linkerd.io/admission-webhooks': 'disabled' })]),
    [],
  );

  const noToken = { tokenProjection: false };
  t.same(because(asked, noToken), [], 'the API server mounts the token into the pods that are made');
  const without = deployment('web', 'shop', meshed, { automountServiceAccountToken: false });
  t.same(because(without, noToken), [
    [
      'they have no service account token, from which this installation makes mesh identities',
      'automountServiceAccountToken: true',
    ],
  ]);
  t.same(because(without, {}), [], 'where the token is projected nobody needs that one');
  const bare = pod('web', 'shop', { annotations: { 'linkerd.io/inject': 'enabled' } });
  t.same(because(bare, noToken), [], 'in files');
  const created = { ...linkerd(noToken), operation: 'CREATE' as const };
  t.equal(findingsOf('mesh/not-injectable', bare, created).length, 1, 'the API server has mounted none');
});
