import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, type Judging } from '../support/judged.ts';
import { controller, ownedBy, tenant } from '../support/made-by.ts';
import { deployment, pod } from '../support/objects.ts';

const set = conventions({ labels: [{ key: 'team', required: true }] });
const labelled = (labels: Readonly<Record<string, string>>) => deployment('web', 'shop', { labels });
const ofReplicaSet = pod('web-1', 'shop', ownedBy('apps/v1', 'ReplicaSet', 'web'));

/** How often a workload is told of the label that it lacks. */
const cases: readonly (readonly [string, KubernetesObject, number, Judging?])[] = [
  ['without the label', labelled({}), 1],
  ['with the label', labelled({ team: 'checkout' }), 0],
  ['with an empty one', labelled({ team: '' }), 1],
  ['with one that only looks like it', labelled({ toString: 'x' }), 1],
  ['in a namespace that nobody governs', deployment('web', 'kube-system'), 0],
  ['without a template', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: labelled({}).metadata }, 0],
  ['a pod', pod('web', 'shop'), 1],
  ['a pod that somebody made', ofReplicaSet, 1, { operation: 'CREATE', user: tenant }],
  [
    'a pod of a template that has been told of it',
    ofReplicaSet,
    0,
    { operation: 'CREATE', user: controller('replicaset-controller') },
  ],
];

t.test('label/required-missing', async (t) => {
  for (const [name, object, count, judging] of cases)
    t.equal(findingsOf('label/required-missing', object, { set, ...judging }).length, count, name);
  const two = conventions({
    labels: [
      { key: 'team', required: true },
      { key: 'tier', required: true },
    ],
  });
  t.same(
    findingsOf('label/required-missing', labelled({ team: 'checkout' }), { set: two }).map(
      ({ pointer }) => pointer,
    ),
    ['/spec/template/metadata/labels/tier'],
    'each label alone',
  );
});
