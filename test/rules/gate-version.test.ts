import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAmong, findingsAtAdmission } from '../support/findings.ts';
import { globalNetworkPolicy, namespace } from '../support/objects.ts';

const shop = namespace('shop', {});
const types = ['Ingress', 'Egress'];
const soft: KubernetesObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name: 'soft' },
  spec: { order: 10, defaultAction: 'Pass' },
};
/** In the tier "soft", which passes, or by its name in "default", which denies. */
const deny = globalNetworkPolicy('deny', { tier: 'soft', types });
const reason =
  'Calico until 3.31 decides otherwise than later ones, and which version it is cannot be told: set spec.calico.version in the convention';

t.test('where the version is not known and decides, coverage is unknown', async (t) => {
  const found = (rule: 'gate/unknown' | 'gate/default-deny-missing', version?: string) =>
    findingsAmong(rule, [shop, soft, deny], {
      calico: { mode: 'v3crd', ...(version === undefined ? {} : { version }) },
      conventions: conventions({}),
    }).map(({ message, witness }) => [message, witness]);
  t.strictSame(found('gate/unknown'), [
    [`namespace "shop": whether ingress and egress are denied by default can't be decided`, reason],
  ]);
  t.strictSame(found('gate/default-deny-missing'), []);
  t.equal(found('gate/default-deny-missing', '3.32').length, 1);
  t.strictSame(found('gate/unknown', '3.32'), []);
  t.strictSame([...found('gate/default-deny-missing', '3.31'), ...found('gate/unknown', '3.31')], []);
});

t.test('a change that makes it so takes the default-deny away', async (t) => {
  const covered = [shop, soft, globalNetworkPolicy('closed', { types })];
  const pass = globalNetworkPolicy('pass', { order: 1, types, ingress: [{ action: 'Pass' }] });
  const early = globalNetworkPolicy('aa', { tier: 'soft', types, ingress: [{ action: 'Deny' }] });
  const lost = (object: KubernetesObject, version?: string) =>
    findingsAtAdmission('gate/default-deny-lost', { operation: 'CREATE', object }, covered, {
      calico: { mode: 'v3crd', ...(version === undefined ? {} : { version }) },
      conventions: conventions({}),
    }).map(({ message, witness }) => [message, witness]);
  t.equal(lost(pass).length, 1, 'in every version');
  t.strictSame(lost(early), [], 'in none');
  const allow = globalNetworkPolicy('allow', { tier: 'soft', types, ingress: [{ action: 'Allow' }] });
  t.equal(lost(allow).length, 1);
  const closing = [shop, soft, deny];
  t.strictSame(
    findingsAtAdmission('gate/unknown', { operation: 'CREATE', object: shop }, closing.slice(1), {
      conventions: conventions({}),
    }).map(({ witness }) => witness),
    [reason],
  );
});

t.test('kinds that only some versions read are doubted as well', async (t) => {
  const rule = { name: 'all', action: 'Deny', from: [{ namespaces: {} }] };
  const admin: KubernetesObject = {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'open' },
    spec: {
      priority: 1,
      subject: { namespaces: {} },
      egress: [{ name: 'out', action: 'Allow', to: [{ networks: ['0.0.0.0/0', '::/0'] }] }],
      ingress: [rule],
    },
  };
  const closed = globalNetworkPolicy('closed', { types });
  const unknown = (version?: string) =>
    findingsAmong('gate/unknown', [shop, closed, admin], {
      calico: { mode: 'v3crd', ...(version === undefined ? {} : { version }) },
      conventions: conventions({}),
    }).map(({ message }) => message);
  t.strictSame(unknown(), [`namespace "shop": whether egress is denied by default can't be decided`]);
  t.strictSame(unknown('3.32'), []);
});
