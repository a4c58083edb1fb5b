import t from 'tap';
import { takeAwayOf } from '../../src/admission/may-open-namespaces.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest, UserInfo } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { controller, ownedBy, tenant } from '../support/made-by.ts';
import { deployment, globalNetworkPolicy, namespace, networkPolicy, pod } from '../support/objects.ts';

const holding = conventions({ defaultDeny: { onMissing: 'hold' } });
const now = new Date('2026-11-30T12:00:00Z');
const both = { types: ['Ingress', 'Egress'] };
const shop = namespace('shop');
const ending = { ...shop, status: { phase: 'Terminating' } };
const closed = networkPolicy('closed', 'shop', both);
const everywhere = globalNetworkPolicy('closed', both);
const open = networkPolicy('open', 'shop', { ...both, order: 1, ingress: [{ action: 'Allow' }] });
const web = deployment('web', 'shop');

function request(
  operation: 'CREATE' | 'UPDATE' | 'DELETE',
  object: KubernetesObject,
  oldObject?: KubernetesObject,
  user: UserInfo = tenant,
): AdmissionRequest {
  const [group = '', version = ''] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion];
  const { namespace: own } = object.metadata;
  return {
    uid: 'u',
    kind: { group, version, kind: object.kind },
    operation,
    user,
    dryRun: false,
    ...(own === undefined ? {} : { namespace: own }),
    ...(operation === 'DELETE' ? { oldObject: object } : { object, ...(oldObject ? { oldObject } : {}) }),
  };
}

type Case = readonly [
  string,
  AdmissionRequest,
  readonly KubernetesObject[],
  ('nothing' | readonly string[])?,
  typeof holding?,
];
const ofReplicaSet = pod('web-1', 'shop', ownedBy('apps/v1', 'ReplicaSet', 'web'));
const account: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'web', namespace: 'shop', labels: { role: 'web' } },
};
const relabelled = { ...account, metadata: { ...account.metadata, labels: {} } };

/** What a change takes: nothing, or something, with the namespaces that are open after it because they are empty. */
const cases: readonly Case[] = [
  ['a workload that comes to a held namespace', request('CREATE', web), [shop, closed], []],
  ['to one that has nothing to lose', request('CREATE', web), [shop], 'nothing'],
  ['to one that is going', request('CREATE', web), [ending, closed], 'nothing'],
  ['to one that nobody knows', request('CREATE', web), [closed], 'nothing'],
  ['to one that is not held', request('CREATE', web), [shop, closed], 'nothing', conventions({})],
  ['a workload that changes', request('UPDATE', web, web), [shop, closed], 'nothing'],
  ['a workload that goes', request('DELETE', web), [shop, closed, web], 'nothing'],
  ['a pod that somebody makes', request('CREATE', ofReplicaSet), [shop, closed], []],
  [
    'a pod that a controller makes',
    request('CREATE', ofReplicaSet, undefined, controller('replicaset-controller')),
    [shop, closed],
    'nothing',
  ],
  ['the last cover of an empty namespace', request('DELETE', closed), [shop, closed], ['shop']],
  ['one of two covers', request('DELETE', closed), [shop, closed, everywhere], []],
  [
    'a cover that opens',
    request('UPDATE', { ...closed, spec: open.spec }, closed),
    [shop, closed, everywhere],
    ['shop'],
  ],
  [
    'a cover that is written again',
    request('UPDATE', { ...closed, metadata: { ...closed.metadata, labels: { a: 'b' } } }, closed),
    [shop, closed],
    'nothing',
  ],
  ['an opening that comes', request('CREATE', open), [shop, everywhere], ['shop']],
  ['a cover that comes', request('CREATE', closed), [shop], 'nothing'],
  ['a ConfigMap that goes', request('DELETE', { ...account, kind: 'ConfigMap' }), [shop, closed], 'nothing'],
  ['an account that nobody asks for', request('DELETE', account), [shop, closed, account], 'nothing'],
  [
    'labels of an account that a policy asks for',
    request('UPDATE', relabelled, account),
    [
      shop,
      account,
      closed,
      globalNetworkPolicy('web', { ...both, order: 1, serviceAccountSelector: 'role == "web"' }),
    ],
    [],
  ],
];

t.test('what a change takes from namespaces', async (t) => {
  for (const [name, asked, objects, expected = 'nothing', set = holding] of cases) {
    const { inventory } = createInventoryStore({ mode: 'v3crd' }, objects);
    const found = takeAwayOf(asked, inventory, set, now);
    t.same(found ? found.emptied : 'nothing', expected, name);
  }
});
