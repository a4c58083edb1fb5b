import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { Subject } from '../../src/facts/subject.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAtAdmission } from '../support/findings.ts';
import {
  globalNetworkPolicy,
  globalNetworkSet,
  namespace,
  networkPolicy,
  networkSet,
} from '../support/objects.ts';

const everything = ['0.0.0.0/0', '::/0'];
const office = ['198.51.100.0/24'];
const shop = namespace('shop');
const orders = namespace('orders', { zone: 'inner' });
/** No convention governs it. */
const system = namespace('kube-public');
const closed = (name: string) => networkPolicy('closed', name, { types: ['Ingress', 'Egress'] });
/** The gate of shop, with a peer. */
const letsIn = (source: object) =>
  networkPolicy('peers', 'shop', {
    types: ['Ingress', 'Egress'],
    ingress: [{ action: 'Allow', source }],
  });
const partners = letsIn({ namespaceSelector: 'all()', selector: 'role == "partner"' });
const set = (labels: Record<string, string>, nets: readonly string[], where = 'orders') =>
  networkSet('addresses', where, labels, nets);
const partner = { role: 'partner' };
const create = (object: KubernetesObject): Subject => ({ operation: 'CREATE', object });
const update = (object: KubernetesObject, oldObject: KubernetesObject): Subject => ({
  operation: 'UPDATE',
  object,
  oldObject,
});
const relabelled = (labels: Record<string, string>) => namespace('orders', labels);

/** What becomes of a change among shop with a gate, orders and a namespace that nobody governs. */
const changes: readonly {
  readonly what: string;
  readonly gate: KubernetesObject;
  readonly change: Subject;
  readonly among?: readonly KubernetesObject[];
  readonly opens: boolean;
}[] = [
  { what: 'a set that comes', gate: partners, change: create(set(partner, everything)), opens: true },
  {
    what: 'a set of a namespace that nobody governs',
    gate: partners,
    change: create(set(partner, everything, 'kube-public')),
    opens: true,
  },
  {
    what: 'a set of a namespace that nobody knows',
    gate: partners,
    change: create(set(partner, everything, 'elsewhere')),
    opens: true,
  },
  {
    what: 'a set that is widened',
    gate: partners,
    change: update(set(partner, everything), set(partner, office)),
    opens: true,
  },
  {
    what: 'a set that gets the label',
    gate: partners,
    change: update(set(partner, everything), set({}, everything)),
    opens: true,
  },
  {
    what: 'a set that rules except, and that goes',
    gate: letsIn({ nets: ['0.0.0.0/0'] }),
    change: { operation: 'DELETE', object: set({ role: 'internet' }, everything) },
    among: [
      globalNetworkPolicy('fence', {
        order: 1,
        namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
        types: ['Ingress'],
        ingress: [
          { action: 'Deny', source: { selector: 'role == "internet"' } },
          { action: 'Deny', ipVersion: 6 },
        ],
      }),
    ],
    opens: true,
  },
  {
    what: 'a namespace that is relabelled, and holds a set',
    gate: letsIn({ namespaceSelector: 'zone == "outer"' }),
    change: update(relabelled({ zone: 'outer' }), orders),
    among: [set({}, everything)],
    opens: true,
  },
  {
    what: 'a namespace that comes back, and of which a set is still there',
    gate: letsIn({ namespaceSelector: 'zone == "outer"' }),
    change: create(namespace('later', { zone: 'outer' })),
    among: [
      set({}, everything, 'later'),
      globalNetworkPolicy('late', { namespaceSelector: 'zone == "outer"', types: ['Ingress', 'Egress'] }),
    ],
    opens: true,
  },
  {
    what: 'a set found by a policy of the whole cluster',
    gate: globalNetworkPolicy('peers', {
      namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
      types: ['Ingress', 'Egress'],
      egress: [{ action: 'Allow', destination: { selector: 'role == "partner"' } }],
    }),
    change: create(set(partner, everything)),
    opens: true,
  },
  {
    what: 'a set of the whole cluster',
    gate: letsIn({ selector: 'role == "partner"', namespaceSelector: 'global()' }),
    change: create(globalNetworkSet('addresses', partner, everything)),
    opens: true,
  },
  {
    what: 'a narrow set at the end of the pods themselves',
    gate: globalNetworkPolicy('peers', {
      namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
      types: ['Ingress', 'Egress'],
      ingress: [{ action: 'Allow', destination: { selector: 'role == "public"' } }],
    }),
    change: create(set({ role: 'public', 'projectcalico.org/serviceaccount': 'x' }, ['10.2.0.0/16'])),
    among: [
      globalNetworkPolicy('quiet', {
        order: 1,
        selector: 'role == "public"',
        namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
        types: ['Ingress'],
        ingress: [{ action: 'Deny' }],
      }),
    ],
    opens: true,
  },
  {
    what: 'a set that no rule finds',
    gate: partners,
    change: create(set({ role: 'x' }, everything)),
    opens: false,
  },
  { what: 'a narrow set', gate: partners, change: create(set(partner, office)), opens: false },
  {
    what: 'a set of another namespace, where the gate asks for its own',
    gate: letsIn({ selector: 'role == "partner"' }),
    change: create(set(partner, everything)),
    opens: false,
  },
  {
    what: 'a set of the whole cluster, where the gate asks for namespaces',
    gate: partners,
    change: create(globalNetworkSet('addresses', partner, everything)),
    opens: false,
  },
  {
    what: 'labels that no rule asks for',
    gate: letsIn({ namespaceSelector: 'zone == "outer"' }),
    change: update(relabelled({ zone: 'inner', team: 'x' }), orders),
    among: [set({}, everything)],
    opens: false,
  },
];

/** As a script makes them: each holds a little, and together they hold every address. */
const pieces = (bits: number): readonly KubernetesObject[] =>
  Array.from({ length: 2 ** bits }, (_, index) => {
    const address = index * 2 ** (32 - bits);
    const net = `${[24, 16, 8, 0].map((shift) => (address / 2 ** shift) & 255).join('.')}/${bits}`;
    return networkSet(`piece-${index}`, 'orders', partner, [net]);
  });

t.test('thousands of small sets open what one large set would', async (t) => {
  const [last, ...others] = pieces(13);
  if (!last) throw new Error('no piece');
  const found = findingsAtAdmission('gate/default-deny-lost', create(last), [
    shop,
    orders,
    letsIn({ namespaceSelector: 'all()', selector: 'role == "partner"' }),
    closed('orders'),
    ...others,
  ]);
  t.same(
    found.map(({ action, namespace }) => [action, namespace]),
    [['deny', 'shop']],
  );
});

/** What an object says by an annotation of the metadata that it has to Calico. */
const saying = (object: KubernetesObject, metadata: string): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { 'projectcalico.org/metadata': metadata } },
});
const named = (name: string) => networkPolicy(name, 'shop', { order: 1, ...tied });
const tied = { types: ['Ingress'], ingress: [{ action: 'Allow' }] };
const guard = networkPolicy('m', 'shop', {
  order: 1,
  types: ['Ingress', 'Egress'],
  ingress: [{ action: 'Deny' }],
});

const written: readonly {
  readonly what: string;
  readonly mode: 'v3crd' | 'apiserver';
  readonly gate: KubernetesObject;
  readonly change: Subject;
  readonly opens: boolean;
}[] = [
  {
    what: 'labels that hide those of a set from nobody where native resources are read',
    mode: 'v3crd',
    gate: partners,
    change: create(saying(set(partner, everything), '{"labels":{"role":"x"}}')),
    opens: true,
  },
  {
    what: 'labels that nobody reads where native resources are read',
    mode: 'v3crd',
    gate: partners,
    change: create(saying(set({}, everything), '{"labels":{"role":"partner"}}')),
    opens: false,
  },
  {
    what: 'labels that take the place of those of a set',
    mode: 'apiserver',
    gate: letsIn({ namespaceSelector: 'all()', selector: 'role == "partner" && !has(inner)' }),
    change: create(saying(set({ inner: '' }, everything), '{"labels":{"role":"partner"}}')),
    opens: true,
  },
  {
    what: 'labels under a key that Go takes for theirs',
    mode: 'apiserver',
    gate: partners,
    change: create(saying(set({}, everything), '{"Labels":{"role":"partner"}}')),
    opens: true,
  },
  {
    what: 'a name that seems to stand behind the guard',
    mode: 'v3crd',
    gate: guard,
    change: create(saying(named('a'), '{"name":"z"}')),
    opens: true,
  },
  {
    what: 'metadata by which nobody can read the guard any more',
    mode: 'apiserver',
    gate: guard,
    change: update(saying(guard, '{'), guard),
    opens: true,
  },
  {
    what: 'the same where nobody reads it',
    mode: 'v3crd',
    gate: guard,
    change: update(saying(guard, '{'), guard),
    opens: false,
  },
];

for (const { what, mode, gate, change, opens } of written) {
  t.test(`an object says by an annotation: ${what}`, async (t) => {
    const found = findingsAtAdmission(
      'gate/default-deny-lost',
      change,
      [shop, orders, gate, closed('orders')],
      { calico: { mode } },
    );
    t.same(
      found.map(({ action, namespace }) => [action, namespace]),
      opens ? [['deny', 'shop']] : [],
    );
  });
}

t.test('nobody waives for another namespace what an object of their own takes from it', async (t) => {
  const waived = { 'waive.tollgate.dev/gate.default-deny-lost': 'until=2026-12-31 by=@me it is needed' };
  const waiving = (object: KubernetesObject) => ({
    ...object,
    metadata: { ...object.metadata, annotations: waived },
  });
  const waivers = (object: KubernetesObject) =>
    findingsAtAdmission('gate/default-deny-lost', create(waiving(object)), [shop, orders, partners], {
      conventions: conventions({ waivers: { byAnnotation: true } }),
    }).map(({ namespace, waiver }) => [namespace, waiver?.owner]);
  t.same(waivers(set(partner, everything)), [['shop', undefined]]);
  t.same(waivers(set(partner, everything, 'shop')), [['shop', '@me']]);
});

for (const { what, gate, change, among = [], opens } of changes) {
  t.test(`${what} ${opens ? 'opens the namespace that finds it' : 'opens nothing'}`, async (t) => {
    const objects = [shop, orders, system, gate, closed('orders'), ...among];
    const old = change.operation === 'DELETE' ? change.object : change.oldObject;
    const found = findingsAtAdmission('gate/default-deny-lost', change, [
      ...objects.filter(({ kind, metadata }) => kind !== old?.kind || metadata.name !== old.metadata.name),
      ...(old ? [old] : []),
    ]);
    t.same(
      found.map(({ action, namespace }) => [action, namespace]),
      opens ? [['deny', 'shop']] : [],
    );
  });
}

t.test(
  'who changes an object of one namespace is told the name of another, and nothing of what is in it',
  async (t) => {
    const objects = [shop, orders, partners, closed('orders')];
    const [found] = findingsAtAdmission('gate/default-deny-lost', create(set(partner, everything)), objects);
    t.match(
      found?.message,
      'NetworkSet "orders/addresses": beside it, ingress is no longer denied by default in namespace "shop"',
    );
    t.match(
      found?.witness,
      'a pod of "shop"; its policies find NetworkSet "orders/addresses" by labels or namespace',
    );
    t.notMatch(JSON.stringify([found?.message, found?.witness, found?.expected]), /shop\/peers/);
    t.match(
      found?.forLog,
      'NetworkPolicy "shop/peers" (tier "default") allows by its ingress rule 1, which finds NetworkSet "orders/addresses"',
    );
  },
);

t.test('a set of another namespace that opens a policy is told by its namespace alone', async (t) => {
  const objects = [shop, orders, closed('shop'), set(partner, everything)];
  const [found] = findingsAtAdmission('gate/default-deny-lost', create(partners), objects);
  t.match(found?.witness, 'rule 1, which finds a network set of namespace "orders"');
  t.match(found?.forLog, 'rule 1, which finds NetworkSet "orders/addresses"');
});

t.test('a change of the whole cluster is told in full', async (t) => {
  const objects = [shop, letsIn({ selector: 'role == "partner"', namespaceSelector: 'global()' })];
  const wide = globalNetworkSet('addresses', partner, everything);
  const [found] = findingsAtAdmission('gate/default-deny-lost', create(wide), objects);
  t.match(
    found?.witness,
    'NetworkPolicy "shop/peers" (tier "default") allows by its ingress rule 1, which finds GlobalNetworkSet "addresses"',
  );
  t.equal(found?.forLog, undefined);
});
