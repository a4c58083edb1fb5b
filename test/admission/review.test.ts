import t from 'tap';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import {
  deployment,
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
  pod,
} from '../support/objects.ts';
import { conventions } from '../support/conventions.ts';
import { controller as controllerOf, ownedBy } from '../support/made-by.ts';

const now = new Date('2026-11-21T12:00:00Z');
const inventoryOf = (...objects: KubernetesObject[]) =>
  createInventoryStore({ mode: 'v3crd' }, objects).inventory;

function request(
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  object: KubernetesObject,
  oldObject?: KubernetesObject,
  rest: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  const subject =
    operation === 'DELETE' ? { oldObject: object } : { object, ...(oldObject ? { oldObject } : {}) };
  return {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: object.kind },
    operation,
    user: { username: 'ada', groups: [] },
    dryRun: false,
    ...subject,
    ...rest,
  };
}

const shop = namespace('shop', { team: 'web' });
const closed = globalNetworkPolicy('default-deny', {
  namespaceSelector: 'has(team)',
  types: ['Ingress', 'Egress'],
});
const controller = { username: 'system:serviceaccount:kube-system:namespace-controller', groups: [] };

t.test('a namespace that nothing covers is refused with the pod that escapes', async (t) => {
  const decision = answerValidate(request('CREATE', shop), inventoryOf(), defaultConventions(), now);
  t.equal(decision.allowed, false);
  t.same(decision.status, {
    code: 403,
    reason: 'Forbidden',
    message: [
      'gate/default-deny-missing: namespace "shop": ingress and egress are not denied by default',
      '  escapes: pod {} with service account "default"; no policy selects it, so Calico\'s namespace profile allows',
      '  expected: a policy that selects every pod, e.g. GlobalNetworkPolicy with namespaceSelector: kubernetes.io/metadata.name == "shop"',
      '  more: tollgate explain gate/default-deny-missing',
    ].join('\n'),
  });
  t.same(decision.auditAnnotations, { denied: 'gate/default-deny-missing' });
  t.equal(decision.restsOnInventory, true);
});

t.test('a namespace that a policy covers is admitted without a word', async (t) => {
  const decision = answerValidate(request('CREATE', shop), inventoryOf(closed), defaultConventions(), now);
  t.match(decision, { allowed: true, warnings: [], patch: [], auditAnnotations: {} });
});

t.test('one open direction is named alone', async (t) => {
  const ingressOnly = globalNetworkPolicy('half', { types: ['Ingress'] });
  const decision = answerValidate(
    request('CREATE', shop),
    inventoryOf(ingressOnly),
    defaultConventions(),
    now,
  );
  t.match(
    decision.status?.message,
    /^gate\/default-deny-missing: namespace "shop": egress is not denied by default\n/,
  );
});

t.test('a namespace that no convention governs is not judged', async (t) => {
  const decision = answerValidate(
    request('CREATE', namespace('kube-public')),
    inventoryOf(),
    defaultConventions(),
    now,
  );
  t.match(decision, { allowed: true, findings: [] });
});

t.test('what takes the last default-deny away is refused', async (t) => {
  const inventory = inventoryOf(shop, namespace('bank', { team: 'money' }), closed);
  const answer = (review: AdmissionRequest) => answerValidate(review, inventory, defaultConventions(), now);
  const gone = answer(request('DELETE', closed));
  t.equal(gone.allowed, false);
  t.match(
    gone.status?.message,
    /GlobalNetworkPolicy "default-deny": without it, ingress and egress are no longer denied by default in namespaces "shop" and "bank"/,
  );
  t.match(gone.status?.message, /expected: apply the replacement first, then make this change/);
  const narrowed = globalNetworkPolicy('default-deny', {
    namespaceSelector: 'team == "web"',
    types: ['Ingress', 'Egress'],
  });
  t.match(
    answer(request('UPDATE', narrowed, closed)).status?.message,
    /after this change, ingress and egress are no longer denied by default in namespace "bank"/,
  );
  const beside = globalNetworkPolicy('allow-all', {
    order: 9999,
    types: ['Ingress'],
    ingress: [{ action: 'Allow' }],
  });
  t.match(
    answer(request('CREATE', beside)).status?.message,
    /GlobalNetworkPolicy "allow-all": beside it, ingress is no longer denied/,
  );
  const relabelled = namespace('shop');
  t.match(
    answer(request('UPDATE', relabelled, shop)).status?.message,
    /Namespace "shop": with these labels, ingress and egress are no longer denied by default in it/,
  );
});

t.test('what loses nothing passes: a second policy, terminating namespaces, a finalizer', async (t) => {
  const second = globalNetworkPolicy('also-deny', { types: ['Ingress', 'Egress'] });
  const answer = (review: AdmissionRequest, ...objects: KubernetesObject[]) =>
    answerValidate(review, inventoryOf(...objects), defaultConventions(), now).allowed;
  t.equal(answer(request('DELETE', closed), shop, closed, second), true, 'another one covers');
  t.equal(
    answer(
      request('DELETE', closed),
      namespace('shop', { team: 'web' }, { status: { phase: 'Terminating' } }),
      closed,
    ),
    true,
  );
  const own = networkPolicy('deny', 'shop', { selector: 'all()', types: ['Ingress', 'Egress'] });
  t.equal(answer(request('DELETE', own), shop, own), false, 'a user may not');
  t.equal(
    answer(request('DELETE', own, undefined, { user: controller }), shop, own),
    false,
    'nor may the namespace controller while nobody deletes the namespace',
  );
  const leaving = namespace('shop', {}, { status: { phase: 'Terminating' } });
  t.equal(answer(request('DELETE', own, undefined, { user: controller }), leaving, own), true);
  const finalized = { ...own, metadata: { ...own.metadata, deletionTimestamp: '2026-11-21T11:00:00Z' } };
  t.equal(answer(request('UPDATE', finalized, own), shop, own), true, 'a finalizer is removed');
  t.equal(answer(request('DELETE', shop), shop, closed), true, 'a namespace may always go');
});

t.test(
  'where the convention holds, the namespace comes in with a warning and its workloads wait',
  async (t) => {
    const holding = conventions({ defaultDeny: { onMissing: 'hold' } });
    const created = answerValidate(request('CREATE', shop), inventoryOf(), holding, now);
    t.equal(created.allowed, true);
    t.equal(created.warnings.length, 1);
    t.match(
      created.warnings[0],
      /^gate\/default-deny-missing: namespace "shop": ingress and egress are not denied by default/,
    );
    const web = deployment('web', 'shop', {
      annotations: { 'linkerd.io/inject': 'enabled' },
      labels: { 'app.kubernetes.io/name': 'web' },
    });
    const refused = answerValidate(request('CREATE', web), inventoryOf(shop), holding, now);
    t.match(
      refused.status?.message,
      /^gate\/held: Deployment "shop\/web": namespace "shop" takes no workloads while ingress and egress are not denied by default/,
    );
    const own = kubernetesNetworkPolicy('deny', 'shop', {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    t.equal(answerValidate(request('CREATE', web), inventoryOf(shop, own), holding, now).allowed, true);
    t.equal(
      answerValidate(request('DELETE', own), inventoryOf(shop, own), holding, now).allowed,
      true,
      'policies come and go while there are no workloads',
    );
    t.equal(answerValidate(request('DELETE', own), inventoryOf(shop, own, web), holding, now).allowed, false);
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', controller: true }];
    const restarted = pod('web-1-x', 'shop', {
      ownerReferences,
      annotations: { 'linkerd.io/inject': 'enabled' },
    });
    const byController = {
      user: { username: 'system:serviceaccount:kube-system:replicaset-controller', groups: [] },
    };
    const held = (rest: Partial<AdmissionRequest>) =>
      answerValidate(
        request('CREATE', restarted, undefined, rest),
        inventoryOf(shop),
        holding,
        now,
      ).findings.some(({ rule }) => rule === 'gate/held');
    t.equal(held(byController), false, 'a restart is no outage');
    const sharedUser = { user: { username: 'system:kube-controller-manager', groups: [] } };
    t.equal(held(sharedUser), false, 'nor where all controllers are one user');
    t.equal(held({}), true, 'an owner anybody can write is no pass');
    t.equal(
      held({ user: { username: 'system:kube-scheduler', groups: [] } }),
      true,
      'another part of Kubernetes makes no pods',
    );
  },
);

t.test('born closed: the label comes with the namespace', async (t) => {
  const coverLabel = { key: 'tollgate.dev/default-deny', value: 'enforced' };
  const born = conventions({ defaultDeny: { coverLabel } });
  const policy = globalNetworkPolicy('born-closed', {
    namespaceSelector: 'tollgate.dev/default-deny == "enforced"',
    types: ['Ingress', 'Egress'],
  });
  const mutated = answerMutate(request('CREATE', shop), inventoryOf(policy), born, now);
  t.same(mutated.patch, [
    { op: 'add', path: '/metadata/labels/tollgate.dev~1default-deny', value: 'enforced' },
  ]);
  const labelled = applyPatch(shop, mutated.patch);
  t.equal(answerValidate(request('CREATE', labelled), inventoryOf(policy), born, now).allowed, true);
  t.same(answerMutate(request('CREATE', labelled), inventoryOf(policy), born, now).patch, []);
  t.same(
    answerMutate(request('UPDATE', shop, labelled), inventoryOf(policy, labelled), born, now).patch,
    [],
    'only at creation',
  );
  t.equal(
    answerValidate(request('UPDATE', shop, labelled), inventoryOf(policy, labelled), born, now).allowed,
    false,
  );
});

t.test('a workload gets annotation and label on its template, once', async (t) => {
  const web = deployment('web', 'shop');
  const first = answerMutate(request('CREATE', web), inventoryOf(shop, closed), defaultConventions(), now);
  t.same(first.patch, [
    { op: 'add', path: '/spec/template/metadata/annotations', value: { 'linkerd.io/inject': 'enabled' } },
    { op: 'add', path: '/spec/template/metadata/labels/app.kubernetes.io~1name', value: 'web' },
  ]);
  t.same(first.auditAnnotations, { added: 'mesh/inject-missing,label/required-missing' });
  const patched = applyPatch(web, first.patch);
  t.same(
    answerMutate(request('CREATE', patched), inventoryOf(shop, closed), defaultConventions(), now).patch,
    [],
  );
  t.equal(
    answerValidate(request('CREATE', patched), inventoryOf(shop, closed), defaultConventions(), now).allowed,
    true,
  );
});

t.test('a workload that is there is patched only when its template changes anyway', async (t) => {
  const before = deployment('web', 'shop');
  const inventory = inventoryOf(shop, closed, before);
  const update = (object: KubernetesObject) =>
    answerMutate(request('UPDATE', object, before), inventory, defaultConventions(), now);
  t.same(update({ ...before, spec: { ...(before.spec as object), replicas: 5 } }).patch, [], 'scaled');
  t.same(
    update({ ...before, metadata: { ...before.metadata, annotations: { note: 'x' } } }).patch,
    [],
    'annotated',
  );
  t.equal(
    update(deployment('web', 'shop', {}, { containers: [{ name: 'app', image: 'example/app:2' }] })).patch
      .length,
    2,
    'a new image',
  );
  const scaled = { ...before, spec: { ...(before.spec as object), replicas: 5 } };
  const answer = answerValidate(request('UPDATE', scaled, before), inventory, defaultConventions(), now);
  t.equal(answer.allowed, true, 'an old violation blocks no unrelated change');
  t.match(answer.warnings, [/^mesh\/inject-missing: /]);
  t.equal(
    answerValidate(request('CREATE', before), inventoryOf(shop, closed), defaultConventions(), now).allowed,
    false,
  );
});

t.test('what stood before is known by the name of its container, not by its place', async (t) => {
  const proxyUser = { securityContext: { runAsUser: 2102 } };
  const web = (...containers: readonly object[]) =>
    deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'enabled' } }, { containers });
  const answer = (before: KubernetesObject, after: KubernetesObject) =>
    answerValidate(request('UPDATE', after, before), inventoryOf(shop, closed), defaultConventions(), now);
  const old = web({ name: 'app' }, { name: 'tool', ...proxyUser });
  t.equal(answer(old, old).allowed, true);
  t.equal(answer(old, web({ name: 'tool', ...proxyUser }, { name: 'app' })).allowed, true, 'reordered');
  t.equal(
    answer(old, web({ name: 'new' }, { name: 'app' }, { name: 'tool', ...proxyUser })).allowed,
    true,
    'behind another one',
  );
  for (const after of [
    web({ name: 'app', ...proxyUser }, { name: 'tool' }),
    web({ name: 'app' }, { name: 'other', ...proxyUser }),
    web({ name: 'app', ...proxyUser }, { name: 'tool', ...proxyUser }),
  ])
    t.match(answer(old, after).status?.message, /^mesh\/bypass: /, 'another container has no excuse');
});

t.test('what controllers make of a template, mirror pods and subresources are left alone', async (t) => {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', controller: true }];
  const byController = { user: controllerOf('replicaset-controller') };
  const mutate = (object: KubernetesObject, rest: Partial<AdmissionRequest> = {}) =>
    answerMutate(
      request('CREATE', object, undefined, rest),
      inventoryOf(shop, closed),
      defaultConventions(),
      now,
    ).patch.length;
  t.equal(mutate(pod('bare', 'shop')), 1, 'a pod gets the annotation alone');
  t.equal(mutate(pod('owned', 'shop', { ownerReferences }), byController), 0);
  t.equal(mutate(pod('owned', 'shop', { ownerReferences })), 1, 'an owner anybody can write');
  t.equal(mutate(pod('mirror', 'shop', { annotations: { 'kubernetes.io/config.mirror': 'x' } })), 0);
  t.equal(mutate(pod('bare', 'shop'), { subResource: 'ephemeralcontainers' }), 0);
});

t.test('an object nobody asked us about is allowed, and said so', async (t) => {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'shop' } };
  t.match(answerValidate(request('CREATE', configMap), inventoryOf(shop), defaultConventions(), now), {
    allowed: true,
    warnings: ["tollgate judges no ConfigMap (v1): take it out of the webhook's rules"],
  });
});

t.test('a policy that is being deleted covers nobody, and what it opens is open', async (t) => {
  const leaving = (object: KubernetesObject) => ({
    ...object,
    metadata: { ...object.metadata, deletionTimestamp: '2026-11-21T11:59:00Z' },
  });
  const second = globalNetworkPolicy('also-deny', { types: ['Ingress', 'Egress'] });
  const open = globalNetworkPolicy('open', { types: ['Ingress'], ingress: [{ action: 'Allow' }] });
  const answer = (review: AdmissionRequest, ...objects: KubernetesObject[]) =>
    answerValidate(review, inventoryOf(...objects), defaultConventions(), now);
  t.equal(answer(request('CREATE', shop), leaving(closed)).allowed, false);
  t.equal(answer(request('CREATE', shop), closed, leaving(open)).allowed, false, 'in force until it is gone');
  const last = answer(request('DELETE', second), shop, leaving(closed), second);
  t.match(last.status?.message, /GlobalNetworkPolicy "also-deny": without it/);
});

t.test('what no convention selects is judged by nobody, and that is said', async (t) => {
  const only = conventions({ namespaces: { selector: { matchLabels: { team: 'payments' } } } });
  const answer = (review: AdmissionRequest) => answerValidate(review, inventoryOf(shop), only, now);
  t.match(answer(request('CREATE', shop)), {
    allowed: true,
    warnings: ['no convention governs namespace "shop": tollgate judges nothing in it'],
    auditAnnotations: { ungoverned: 'no convention governs the namespace' },
    findings: [],
  });
  t.match(answer(request('CREATE', deployment('web', 'shop'))), {
    allowed: true,
    warnings: [],
    auditAnnotations: { ungoverned: 'no convention governs the namespace' },
  });
  const opening = answer(request('DELETE', networkPolicy('deny', 'shop', { podSelector: {} })));
  t.match(opening, {
    auditAnnotations: { ungoverned: 'no convention governs the namespace' },
    restsOnInventory: true,
  });
});

t.test(
  'a workload is worth a fresh look where its namespace is held, unless it is there already',
  async (t) => {
    const inventory = inventoryOf(shop, closed);
    const of = (onMissing: string, review: AdmissionRequest) => {
      const set = conventions({ defaultDeny: { onMissing }, mesh: { inject: 'off' }, labels: [] });
      const { allowed, restsOnInventory } = answerValidate(review, inventory, set, now);
      t.equal(allowed, true);
      return restsOnInventory;
    };
    const web = deployment('web', 'shop');
    const made = pod('web-1', 'shop', ownedBy('apps/v1', 'ReplicaSet', 'web'));
    const maker = controllerOf('replicaset-controller');
    const cases = [
      [request('CREATE', web), true],
      [request('CREATE', pod('bare', 'shop')), true],
      [request('CREATE', made), true],
      [request('CREATE', made, undefined, { user: maker }), false],
      [request('UPDATE', web, web), false],
    ] as const;
    for (const [review, expected] of cases) {
      t.equal(of('hold', review), expected);
      t.equal(of('reject', review), false);
    }
  },
);

t.test('what may take something away is worth a fresh look even where it is allowed', async (t) => {
  const second = globalNetworkPolicy('also-deny', { types: ['Ingress', 'Egress'] });
  const inventory = inventoryOf(shop, closed, second);
  const fresh = (review: AdmissionRequest) =>
    answerValidate(review, inventory, defaultConventions(), now).restsOnInventory;
  t.equal(fresh(request('DELETE', second)), true);
  t.equal(fresh(request('UPDATE', globalNetworkPolicy('also-deny', { types: ['Ingress'] }), second)), true);
  t.equal(
    fresh(request('UPDATE', { ...second, metadata: { name: 'also-deny', labels: { a: 'b' } } }, second)),
    false,
  );
  t.equal(fresh(request('UPDATE', namespace('shop', { team: 'web', a: 'b' }), shop)), true);
  t.equal(fresh(request('UPDATE', shop, shop)), false);
  const set = (labels: StringMap) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: 'offices', labels },
    spec: { nets: ['203.0.113.0/24'] },
  });
  t.equal(fresh(request('UPDATE', set({ from: 'outside' }), set({}))), true, 'labels that rules select by');
  t.equal(fresh(request('UPDATE', set({}), set({}))), false);
  const account = (labels: StringMap) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'web', namespace: 'shop', labels },
  });
  t.equal(fresh(request('UPDATE', account({ role: 'web' }), account({}))), true);
  t.equal(fresh(request('DELETE', account({}))), true, 'its labels go with it');
  t.equal(
    fresh(request('CREATE', deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'enabled' } }))),
    false,
  );
});
