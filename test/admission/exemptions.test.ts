import t from 'tap';
import { answerValidate } from '../../src/admission/review.ts';
import { exemptionOf } from '../../src/admission/exemptions.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject, ObjectMeta } from '../../src/kubernetes/object.ts';
import { deployment, globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

const now = new Date('2026-11-21T12:00:00Z');

function request(
  operation: AdmissionRequest['operation'],
  before: KubernetesObject,
  after?: KubernetesObject,
  rest: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  const [group = '', version = ''] = before.apiVersion.includes('/')
    ? before.apiVersion.split('/')
    : ['', before.apiVersion];
  return {
    uid: 'u',
    kind: { group, version, kind: before.kind },
    operation,
    user: { username: 'ada', groups: [] },
    dryRun: false,
    oldObject: before,
    ...(after ? { object: after } : {}),
    ...rest,
  };
}

const withMetadata = (object: KubernetesObject, metadata: ObjectMeta): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});
const leaving = (object: KubernetesObject): KubernetesObject =>
  withMetadata(object, { deletionTimestamp: '2026-11-21T11:00:00Z', finalizers: ['example.com/keep'] });

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop' } };
const offices = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkSet',
  metadata: { name: 'offices', namespace: 'shop', labels: { role: 'office' } },
  spec: { nets: ['203.0.113.0/24'] },
};
const policy = networkPolicy('deny', 'shop', { selector: 'all()', types: ['Ingress', 'Egress'] });
const everyKind = [policy, offices, account, deployment('web', 'shop'), namespace('shop', { team: 'web' })];

t.test('what is being deleted may always lose its finalizers', async (t) => {
  for (const object of everyKind) {
    const before = leaving(object);
    const { finalizers: _finalizers, ...metadata } = before.metadata;
    const bookkeeping = { ...metadata, resourceVersion: '2', generation: 3, managedFields: [] };
    const after = { ...before, metadata: bookkeeping, status: { phase: 'Terminating' } };
    t.type(exemptionOf(request('UPDATE', before, after)), 'string', object.kind);
  }
});

t.test('what is being deleted is judged once anything that decides changes', async (t) => {
  for (const object of everyKind) {
    const before = leaving(object);
    const changes: readonly (readonly [string, KubernetesObject])[] = [
      ['a label', withMetadata(before, { labels: { ...before.metadata.labels, role: 'partner' } })],
      ['labels gone', withMetadata(before, { labels: {} })],
      ['an annotation', withMetadata(before, { annotations: { 'linkerd.io/inject': 'disabled' } })],
      ['the spec', { ...before, spec: { ...(before.spec as object), order: -1 } }],
    ];
    for (const [what, after] of changes) {
      const isSame =
        (what === 'labels gone' && before.metadata.labels === undefined) ||
        (what === 'the spec' && object.kind === 'Namespace');
      t.equal(exemptionOf(request('UPDATE', before, after)) !== undefined, isSame, `${object.kind}: ${what}`);
    }
  }
});

t.test('a namespace that nobody can empty any more ends by its finalize subresource', async (t) => {
  const before = { ...leaving(namespace('shop', { team: 'web' })), spec: { finalizers: ['kubernetes'] } };
  const after = { ...before, spec: {} };
  t.type(exemptionOf(request('UPDATE', before, after, { subResource: 'finalize' })), 'string');
});

t.test('labels of namespaces are judged by whichever way they are written', async (t) => {
  const closed = globalNetworkPolicy('shut', {
    namespaceSelector: 'gate == "shut"',
    types: ['Ingress', 'Egress'],
  });
  const before = namespace('lab', { gate: 'shut' });
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [closed, before]);
  const answer = (after: KubernetesObject, subResource: string) =>
    answerValidate(request('UPDATE', before, after, { subResource }), inventory, defaultConventions(), now);
  const opened = namespace('lab', { gate: 'open' });
  const seen = { ...before, status: { phase: 'Active', conditions: [{ type: 'Example', status: 'True' }] } };
  for (const subResource of ['status', 'finalize']) {
    const refused = answer(opened, subResource);
    t.equal(refused.allowed, false, subResource);
    t.match(refused.status?.message, /gate\/default-deny-lost: Namespace "lab"/);
    t.match(answer(seen, subResource), { allowed: true, findings: [], warnings: [] });
  }
});

t.test('other subresources change nothing that is judged', async (t) => {
  const web = deployment('web', 'shop');
  t.type(exemptionOf(request('UPDATE', web, web, { subResource: 'scale' })), 'string');
  t.type(exemptionOf(request('UPDATE', policy, offices, { subResource: 'status' })), 'string');
});

t.test('everything in a namespace that is being deleted may be deleted, by anybody', async (t) => {
  const emptied = namespace('shop', {}, { status: { phase: 'Terminating' } });
  for (const object of [policy, offices, account]) {
    t.type(exemptionOf(request('DELETE', object), emptied), 'string', object.kind);
    t.equal(exemptionOf(request('DELETE', object), namespace('shop')), undefined, object.kind);
    t.equal(exemptionOf(request('DELETE', object)), undefined, 'a namespace that nobody has seen');
  }
});

t.test('Kubernetes’ own controllers are believed by what they do and not by their name', async (t) => {
  const users = [
    'system:serviceaccount:kube-system:namespace-controller',
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:kube-controller-manager',
  ];
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [namespace('shop'), policy]);
  for (const username of users) {
    const user = { username, groups: [] };
    const review = request('DELETE', policy, undefined, { user });
    const decision = answerValidate(review, inventory, defaultConventions(), now);
    t.match(decision.status?.message, /gate\/default-deny-lost: NetworkPolicy "shop\/deny"/, username);
  }
});
