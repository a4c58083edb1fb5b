import t from 'tap';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import type { UserInfo } from '../../src/kubernetes/admission-review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { isFromJudgedTemplate } from '../../src/facts/workload/template-owner.ts';
import { conventions } from '../support/conventions.ts';
import { told } from '../support/judged.ts';
import { controller, ownedBy, tenant } from '../support/made-by.ts';
import { deployment, globalNetworkPolicy, namespace, pod } from '../support/objects.ts';

const shop = namespace('shop');
const closed = globalNetworkPolicy('closed', { types: ['Ingress', 'Egress'] });
const inventoryOf = (...objects: readonly KubernetesObject[]) =>
  createInventoryStore({ mode: 'v3crd' }, objects).inventory;
const nothing = inventoryOf(shop, closed);
const workload = (apiVersion: string, kind: string, name: string, rest: object = {}): KubernetesObject => ({
  ...deployment(name, 'shop'),
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop', ...rest },
});
const shared: UserInfo = { username: 'system:kube-controller-manager', groups: [] };

/** What is made, of what owner, and by which controller. */
const made = [
  ['v1', 'Pod', 'apps/v1', 'ReplicaSet', 'replicaset-controller'],
  ['v1', 'Pod', 'v1', 'ReplicationController', 'replication-controller'],
  ['v1', 'Pod', 'apps/v1', 'StatefulSet', 'statefulset-controller'],
  ['v1', 'Pod', 'apps/v1', 'DaemonSet', 'daemon-set-controller'],
  ['v1', 'Pod', 'batch/v1', 'Job', 'job-controller'],
  ['apps/v1', 'ReplicaSet', 'apps/v1', 'Deployment', 'deployment-controller'],
  ['batch/v1', 'Job', 'batch/v1', 'CronJob', 'cronjob-controller'],
] as const;

t.test('a maker is believed if it is the controller of an owner whose template is judged', async (t) => {
  for (const [apiVersion, kind, ownerVersion, ownerKind, account] of made) {
    const believed = (
      user: UserInfo | undefined,
      owner: object = ownedBy(ownerVersion, ownerKind, 'web'),
      operation: 'CREATE' | 'UPDATE' = 'CREATE',
    ) => {
      const object =
        kind === 'Pod' ? pod('web-1', 'shop', owner) : workload(apiVersion, kind, 'web-1', owner);
      return isFromJudgedTemplate({ operation, object, ...(user ? { user } : {}) }, { inventory: nothing });
    };
    const name = `${kind} of a ${ownerKind}`;
    t.equal(believed(controller(account)), true, name);
    t.equal(believed(controller(account), undefined, 'UPDATE'), true, `${name}, adopted`);
    t.equal(believed(shared), true, `${name}, where controllers share a user`);
    t.equal(believed(tenant), false, `${name}, made by somebody`);
    t.equal(believed(undefined), false, `${name}, made by nobody`);
    t.equal(believed({ ...tenant, groups: controller(account).groups }), false, 'groups prove nothing');
    t.equal(
      believed({ ...tenant, username: `system:serviceaccount:shop:${account}` }),
      false,
      'an account of the same name elsewhere',
    );
    t.equal(believed(controller('generic-garbage-collector')), false, 'another controller');
    t.equal(believed(controller('horizontal-pod-autoscaler')), false, 'another controller');
    const { ownerReferences } = ownedBy(ownerVersion, ownerKind, 'web');
    t.equal(
      believed(controller(account), {
        ownerReferences: ownerReferences.map((o) => ({ ...o, controller: false })),
      }),
      false,
      'an owner that controls nothing',
    );
    for (const owner of [
      ownedBy('v1', 'ConfigMap', 'mine'),
      ownedBy('argoproj.io/v1alpha1', 'Rollout', 'web'),
      ownedBy('postgresql.cnpg.io/v1', 'Cluster', 'orders'),
      ownedBy(`example.org/v1`, ownerKind, 'web'),
      { ownerReferences: 'web' },
      { ownerReferences: [null, 7, {}] },
      {},
    ])
      t.equal(believed(controller(account), owner), false, JSON.stringify(owner));
  }
  const crossed = [
    pod('web-1', 'shop', ownedBy('apps/v1', 'Deployment', 'web')),
    pod('web-1', 'shop', ownedBy('batch/v1', 'CronJob', 'web')),
    workload('apps/v1', 'ReplicaSet', 'web-1', ownedBy('apps/v1', 'ReplicaSet', 'web')),
    workload('batch/v1', 'Job', 'web-1', ownedBy('batch/v1', 'Job', 'web')),
    workload('apps/v1', 'Deployment', 'web-1', ownedBy('apps/v1', 'Deployment', 'web')),
  ];
  for (const object of crossed)
    t.equal(
      isFromJudgedTemplate({ operation: 'CREATE', object, user: shared }, { inventory: nothing }),
      false,
      `no controller makes a ${object.kind} of such an owner`,
    );
});

t.test('of what exists the owner must be there and say the same', async (t) => {
  const web = deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'disabled' } });
  const set = { ...web, metadata: { ...web.metadata, uid: '1' } };
  const replicas: KubernetesObject = {
    ...web,
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-5d4f',
      namespace: 'shop',
      uid: '2',
      ...ownedBy('apps/v1', 'Deployment', 'web', '1'),
    },
  };
  const labels = { app: 'web', 'pod-template-hash': '5d4f' };
  const annotations = { 'linkerd.io/inject': 'disabled' };
  const one = (metadata: object = {}, spec: object = {}) =>
    pod(
      'web-5d4f-x',
      'shop',
      { labels, annotations, ...ownedBy('apps/v1', 'ReplicaSet', 'web-5d4f', '2'), ...metadata },
      spec,
    );
  const believed = (object: KubernetesObject, ...among: readonly KubernetesObject[]) =>
    isFromJudgedTemplate({ operation: 'STATE', object }, { inventory: inventoryOf(shop, ...among) });

  t.equal(believed(one(), replicas, set), true, 'its ReplicaSet is there');
  t.equal(believed(one(), set), true, 'a live view keeps only the Deployment');
  t.equal(believed(replicas, set), true, 'a ReplicaSet of its Deployment');
  t.equal(believed(one()), false, 'nobody is there');
  t.equal(
    believed(one(ownedBy('apps/v1', 'ReplicaSet', 'web-5d4f', '3')), replicas),
    false,
    'another one was',
  );
  t.equal(believed(one({ labels: { app: 'web' } }), set), false, 'a hash that is not its own');
  t.equal(believed(one({ labels: { ...labels, app: 'shop' } }), set), false, 'another label');
  t.equal(
    believed(one({ annotations: { ...annotations, 'config.linkerd.io/skip-inbound-ports': '80' } }), set),
    false,
    'a setting that the template does not have',
  );
  t.equal(believed(one({}, { hostNetwork: true }), set), false, 'the network of its node');
  t.equal(
    believed(one({}, { containers: [{ name: 'app', securityContext: { runAsUser: 2102 } }] }), set),
    false,
    'another user',
  );
  t.equal(
    believed(one({}, { containers: [{ name: 'app' }, { name: 'b' }] }), set),
    false,
    'a container more',
  );
  t.equal(
    believed(one({ annotations: { ...annotations, 'cni.projectcalico.org/podIP': '10.0.0.1/32' } }), set),
    true,
    'what others note on it',
  );

  const opted = /^mesh\/opt-out deny: Pod/;
  t.match(told('mesh/opt-out', one()), [opted], 'in files an owner proves nothing');
  t.same(told('mesh/opt-out', one(), { among: [replicas] }), [], 'unless it is there');
  const byCronJob = pod('nightly-28-x', 'shop', {
    labels: { app: 'nightly' },
    ...ownedBy('batch/v1', 'Job', 'nightly-29112233', '9'),
  });
  const nightly: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'shop', uid: '8' },
    spec: { jobTemplate: { spec: deployment('nightly', 'shop').spec } },
  };
  t.equal(believed(byCronJob, nightly), true, 'the pod of a CronJob whose Jobs are not kept');
});

t.test('what anybody makes is judged and patched, and what a controller makes is neither', async (t) => {
  const set = conventions({});
  const now = new Date('2026-11-21T12:00:00Z');
  const review = (object: KubernetesObject, user: UserInfo) =>
    ({
      uid: '1',
      kind: { group: '', version: 'v1', kind: object.kind },
      operation: 'CREATE',
      namespace: 'shop',
      dryRun: false,
      user,
      object,
    }) as const;
  const denied = (object: KubernetesObject, user: UserInfo) => {
    const { allowed, findings } = answerValidate(review(object, user), nothing, set, now);
    return allowed ? [] : findings.filter(({ action }) => action === 'deny').map(({ rule }) => rule);
  };
  const patched = (object: KubernetesObject, user: UserInfo) =>
    answerMutate(review(object, user), nothing, set, now).patch.flatMap(({ path }) => path);
  const optedOut = { annotations: { 'linkerd.io/inject': 'disabled' } };
  const labels = { app: 'web' };
  for (const owner of [
    {},
    ownedBy('v1', 'ConfigMap', 'mine'),
    ownedBy('apps/v1', 'ReplicaSet', 'web-1'),
    ownedBy('postgresql.cnpg.io/v1', 'Cluster', 'orders'),
  ]) {
    t.same(denied(pod('a', 'shop', { ...optedOut, ...owner }), tenant), ['mesh/opt-out']);
    t.same(
      denied(
        pod(
          'a',
          'shop',
          { labels: { 'linkerd.io/control-plane-ns': 'linkerd' }, ...owner },
          { hostNetwork: true },
        ),
        tenant,
      ),
      ['mesh/not-injectable', 'label/reserved'],
    );
    t.same(patched(pod('a', 'shop', { labels, ...owner }), tenant), ['/metadata/annotations'], 'no label');
  }
  const byController = pod('a', 'shop', { ...optedOut, ...ownedBy('apps/v1', 'ReplicaSet', 'web-1') });
  t.same(denied(byController, controller('replicaset-controller')), []);
  t.same(patched(byController, controller('replicaset-controller')), []);
  const { annotations: _annotations, ...silent } = byController.metadata;
  t.same(patched({ ...byController, metadata: silent }, controller('replicaset-controller')), []);

  const operator = { username: 'system:serviceaccount:cnpg-system:cnpg-manager', groups: [] };
  const ends = pod('a', 'shop', ownedBy('tekton.dev/v1', 'TaskRun', 'build'), { restartPolicy: 'Never' });
  t.same(patched(ends, operator), ['/metadata/annotations'], 'a native sidecar ends with it');
  const older = conventions({ mesh: { linkerd: { version: '2.18', nativeSidecar: false } } });
  t.same(
    answerMutate(review(ends, operator), nothing, older, now).patch,
    [],
    'with a proxy that runs on it would never end',
  );
});
