import t from 'tap';
import { takeAwayOf } from '../../src/admission/may-open-namespaces.ts';
import { answerValidate } from '../../src/admission/review.ts';
import { shownForm } from '../../src/calico/index.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

/**
 * Calico's API server never has a deletion in projectcalico.org/v3 reviewed. What is reviewed is the deletion of what it
 * has stored, while the inventory follows what it shows.
 */
const now = new Date('2026-11-21T12:00:00Z');
const server = {
  username: 'system:serviceaccount:calico-apiserver:calico-apiserver',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:calico-apiserver'],
};
const uid = '0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f7';
const shownUid = 'f078b43c-d25a-491e-86a9-25cd438b07ef';

/** What a release stores of an object. */
function stored(
  shown: KubernetesObject,
  name: string,
  packed: object | undefined,
  labels: Readonly<Record<string, string>> = {},
): KubernetesObject {
  const { namespace: own } = shown.metadata;
  const annotations = packed ? { 'projectcalico.org/metadata': JSON.stringify(packed) } : undefined;
  return {
    ...shown,
    apiVersion: 'crd.projectcalico.org/v1',
    metadata: {
      name,
      uid,
      labels,
      ...(own === undefined ? {} : { namespace: own }),
      ...(annotations ? { annotations } : {}),
    },
  };
}

function deletion(oldObject: KubernetesObject): AdmissionRequest {
  const { namespace: own } = oldObject.metadata;
  return {
    uid: 'u',
    kind: { group: 'crd.projectcalico.org', version: 'v1', kind: oldObject.kind },
    operation: 'DELETE',
    user: server,
    dryRun: false,
    oldObject,
    ...(own === undefined ? {} : { namespace: own }),
  };
}

const both = { types: ['Ingress', 'Egress'] };
const global = globalNetworkPolicy('guard', both);
const own = networkPolicy('guard', 'shop', { selector: 'all()', ...both });
const shop = namespace('shop');

t.test('what is stored is judged as what is shown, in every release', async (t) => {
  for (const shown of [global, own]) {
    const cases: readonly (readonly [string | undefined, KubernetesObject])[] = [
      ['v3.26.4', stored(shown, 'default.guard', undefined)],
      ['v3.28.5', stored(shown, 'default.guard', { creationTimestamp: null })],
      ['v3.31.7', stored(shown, 'default.guard', { name: 'guard' })],
      ['v3.32.1', stored(shown, 'guard', { name: 'guard' })],
      ['v3.32.1', stored(shown, 'default.guard', { name: 'guard' })],
      [undefined, stored(shown, 'default.guard', { name: 'guard' })],
      [undefined, stored(shown, 'guard', undefined)],
    ];
    for (const [version, object] of cases) {
      const calico = { mode: 'apiserver' as const, ...(version === undefined ? {} : { version }) };
      const { inventory } = createInventoryStore(calico, [shop, shown]);
      const answer = answerValidate(deletion(object), inventory, defaultConventions(), now);
      const what = `${shown.kind} ${object.metadata.name} of ${version ?? 'an unknown version'}`;
      t.equal(answer.allowed, false, what);
      const name = shown.metadata.namespace === undefined ? 'guard' : 'shop/guard';
      t.match(answer.status?.message, `${shown.kind} "${name}": without it, ingress and egress`, what);
    }
  }
});

t.test('it passes where something else covers, or its namespace is being deleted', async (t) => {
  const object = stored(own, 'default.guard', { name: 'guard' });
  const answer = (...objects: readonly KubernetesObject[]) => {
    const calico = { mode: 'apiserver' as const, version: 'v3.31.7' };
    const { inventory } = createInventoryStore(calico, objects);
    return answerValidate(deletion(object), inventory, defaultConventions(), now).allowed;
  };
  t.equal(answer(shop, own), false);
  t.equal(answer(shop, own, global), true);
  t.equal(answer(namespace('shop', {}, { status: { phase: 'Terminating' } }), own), true);
});

t.test('a network set is found by the labels that are packed', async (t) => {
  const labels = { role: 'blocked' };
  const spec = { nets: ['0.0.0.0/0', '::/0'] };
  const set = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: 's', labels },
    spec,
  };
  const packed = stored(set, 's', { labels, creationTimestamp: null });
  t.same(shownForm(packed), {
    ...set,
    metadata: { name: 's', uid: shownUid, labels, annotations: {} },
  });
  t.same(
    shownForm(stored(set, 's', { creationTimestamp: null }, labels)).metadata.labels,
    labels,
    'until 3.26',
  );
});

t.test('the copy that a policy leaves under its new name keeps it', async (t) => {
  const calico = { mode: 'apiserver' as const, version: 'v3.32.1' };
  const old = stored(own, 'default.guard', { name: 'guard' });
  const answer = (shown?: string) => {
    const uidOf = shown === undefined ? {} : { uid: shown };
    const known = { ...own, metadata: { ...own.metadata, ...uidOf } };
    const { inventory } = createInventoryStore(calico, [shop, known]);
    return answerValidate(deletion(old), inventory, defaultConventions(), now).allowed;
  };
  t.equal(answer(shownUid), false, 'it is the one that is shown');
  t.equal(answer('5f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0'), true, 'the copy is');
  t.equal(answer(), false, 'nobody can tell');
  const among = (object: KubernetesObject, ...objects: readonly KubernetesObject[]) => {
    const { inventory } = createInventoryStore(calico, [shop, ...objects]);
    return answerValidate(deletion(object), inventory, defaultConventions(), now).allowed;
  };
  const copied = { ...own, metadata: { ...own.metadata, uid: '5f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0' } };
  const other = networkPolicy('a', 'shop', { selector: 'app == "a"', types: ['Ingress'] });
  const another = { ...other, metadata: { ...other.metadata, uid: '5f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f1' } };
  const shown = { ...own, metadata: { ...own.metadata, uid: shownUid } };
  const { inventory: behind } = createInventoryStore(calico, [shop, global]);
  t.ok(
    takeAwayOf(deletion(old), behind, defaultConventions(), now),
    'what is not shown yet is taken all the same',
  );
  t.equal(among(old, another, shown), false, 'another policy is no copy');
  const { uid: _, ...nameless } = old.metadata;
  t.equal(among({ ...old, metadata: nameless }, copied), false, 'nobody can tell without its own identity');
});
