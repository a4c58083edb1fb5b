import t from 'tap';
import { createConventionSet } from '../../src/conventions/convention-set.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { namespaceIdentity } from '../../src/kubernetes/namespace.ts';
import { rules } from '../../src/rules/registry.ts';

const convention = (name: string, spec: object) => ({
  file: 'tollgate.yaml',
  value: { apiVersion: 'tollgate.dev/v1alpha1', kind: 'ConventionPolicy', metadata: { name }, spec },
});
const waiver = (match: object) => ({
  file: 'tollgate.yaml',
  value: {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'labs' },
    spec: { rules: ['mesh/opt-out'], match, owner: 'me', reason: 'why', until: '2026-12-31' },
  },
});
const selecting = (labels: object) => ({ namespaces: { selector: { matchLabels: labels } } });
const now = new Date('2026-12-01');
const shop = namespaceIdentity('shop');

function unknown(...documents: Parameters<typeof loadConventions>[0]) {
  const { set, problems } = loadConventions(documents, rules);
  if (!set) throw new Error(JSON.stringify(problems));
  return createConventionSet(set.conventions, set.waivers, (name) => name !== 'shop');
}

const everybody = convention('everybody', { mesh: {}, rules: { 'mesh/*': 'warn' } });
const gold = convention('gold', {
  priority: 10,
  ...selecting({ tier: 'gold' }),
  mesh: {},
  rules: { 'mesh/*': 'deny' },
});
const optOut = { id: 'mesh/opt-out', defaultAction: 'warn' } as const;

t.test(
  'without its labels a namespace is judged by the strictest convention that could govern it',
  async (t) => {
    const set = unknown(everybody, gold);
    const governing = set.governing(shop);
    t.equal(governing?.name, 'gold or everybody');
    t.equal(set.actionFor(optOut, governing, 'ci', now).action, 'deny');
    t.equal(set.governing(namespaceIdentity('other'))?.name, 'everybody', 'others are known');
  },
);

t.test('what is certain stays so', async (t) => {
  t.equal(unknown(everybody).governing(shop)?.name, 'everybody');
  const named = convention('named', {
    priority: 20,
    ...selecting({ 'kubernetes.io/metadata.name': 'shop' }),
    mesh: {},
  });
  t.equal(unknown(everybody, gold, named).governing(shop)?.name, 'named');
  const excluding = convention('gold', { ...selecting({ tier: 'gold' }), mesh: {} });
  const spec = {
    ...excluding.value.spec,
    namespaces: { selector: { matchLabels: { tier: 'gold' } }, exclude: ['shop'] },
  };
  t.equal(unknown(convention('gold', spec)).governing(shop), undefined);
});

t.test('all that any of them asks for is asked for', async (t) => {
  const closed = convention('closed', {
    priority: 5,
    ...selecting({ a: 'b' }),
    defaultDeny: { directions: ['Ingress'] },
    labels: [{ key: 'team', required: true }],
  });
  const hold = convention('hold', { defaultDeny: { directions: ['Egress'], onMissing: 'hold' } });
  const governing = unknown(closed, hold).governing(shop);
  t.match(governing?.defaultDeny, { directions: ['Ingress', 'Egress'], onMissing: 'reject' });
  t.match(governing?.labels, [{ key: 'team', required: true }]);
});

t.test('a waiver by labels does not count where they are not known', async (t) => {
  const finding = {
    rule: 'mesh/opt-out',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  } as const;
  const notProd = {
    namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }] },
  };
  t.equal(unknown(everybody, waiver(notProd)).waiverFor(finding, shop, now), undefined);
  t.equal(unknown(everybody, waiver({ namespaces: ['shop'] })).waiverFor(finding, shop, now)?.name, 'labs');
});
