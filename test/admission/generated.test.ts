import t from 'tap';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { UserInfo } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { ownedBy, tenant } from '../support/made-by.ts';
import { deployment, globalNetworkPolicy, namespace } from '../support/objects.ts';

const set = conventions({ labels: [{ key: 'team', value: { podLabel: 'app' }, required: true }] });
const now = new Date('2026-11-21T12:00:00Z');
const { inventory } = createInventoryStore({ mode: 'v3crd' }, [
  namespace('shop'),
  globalNetworkPolicy('closed', { types: ['Ingress', 'Egress'] }),
]);
const operator = { username: 'system:serviceaccount:operators:operator', groups: [] };

const of = (apiVersion: string, kind: string): KubernetesObject => {
  const made = deployment('web', 'shop');
  return { ...made, metadata: { ...made.metadata, ...ownedBy(apiVersion, kind, 'web') } };
};
const create = (object: KubernetesObject, user: UserInfo) =>
  ({
    uid: '1',
    kind: { group: 'apps', version: 'v1', kind: object.kind },
    operation: 'CREATE',
    namespace: 'shop',
    dryRun: false,
    user,
    object,
  }) as const;
const added = (object: KubernetesObject, user: UserInfo = operator) =>
  answerMutate(create(object, user), inventory, set, now).patch.map(({ path }) => path.split('/')[4]);
const refusing = (object: KubernetesObject, user: UserInfo) =>
  answerValidate(create(object, user), inventory, set, now)
    .findings.filter(({ action }) => action === 'deny')
    .map(({ rule }) => rule);

t.test('an operator that compares labels or annotations is not fought', async (t) => {
  t.same(added(deployment('web', 'shop')), ['annotations', 'labels'], 'of nobody');
  t.same(added(of('rabbitmq.com/v1beta1', 'RabbitmqCluster')), ['annotations'], 'of an operator: no label');
  t.same(added(of('example.com/v1', 'Anything')), ['annotations'], 'of one that no table knows: no label');
  t.same(added(of('acid.zalan.do/v1', 'postgresql')), [], 'of one that compares annotations: nothing');
});

t.test('what nobody but the operator can set is not asked for', async (t) => {
  const rule = 'label/required-missing';
  const made = of('acid.zalan.do/v1', 'postgresql');
  t.notOk(refusing(made, operator).includes(rule), 'of the operator');
  t.ok(refusing(made, tenant).includes(rule), 'of a person, who can write any owner');
  const local = { username: 'system:serviceaccount:shop:deployer', groups: [] };
  t.ok(refusing(made, local).includes(rule), 'of an account of the same namespace, which is a tenant');
  const unknown = of('v1', 'ConfigMap');
  t.ok(refusing(unknown, operator).includes(rule), 'with an owner that is known to make no pods');
  const missing = answerValidate(create(made, operator), inventory, set, now).findings.find(
    ({ rule: id }) => id === 'mesh/inject-missing',
  );
  t.match(missing?.expected, /on the namespace, or at \/spec\/podAnnotations of postgresql "web"/);
});

t.test('an operator that puts its object back by delete and create comes to rest', async (t) => {
  // As postgres-operator does whenever labels or annotations of the template are not its own.
  const wanted = of('acid.zalan.do/v1', 'postgresql');
  for (let round = 0; round < 10; round++) t.same(added(wanted), [], `round ${round + 1}`);
});
