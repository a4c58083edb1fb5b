import t from 'tap';
import type { Point } from '../../src/conventions/document/action.ts';
import { limits, lookAt, noteBeyond, unknownBeyond } from '../../src/facts/limits.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { findingsOf, type Judging } from '../support/judged.ts';
import { deployment, globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

/** One more than may be looked at, and the offending one is the last: it must be found, or said to be unknown. */
const meshed = { annotations: { 'linkerd.io/inject': 'enabled' } };
const apart = { annotations: { 'linkerd.io/inject': 'disabled' } };
const names = (count: number, word = 'web') =>
  Array.from({ length: count }, (_, index) => `${word}-${index}`);
const shop = namespace('shop');
const toNames = [{ action: 'Allow', protocol: 'UDP', destination: { ports: [53] } }];
const egress = (name: string, selector: string, rules: readonly object[], spec: object = {}) =>
  networkPolicy(name, 'shop', { selector, types: ['Egress'], egress: rules, ...spec });

interface Case {
  readonly rule: string;
  readonly object: KubernetesObject;
  readonly judging: Judging;
}

/** What is looked at `count` times, and then the offender. */
type Make = (count: number) => Case;

/** Workloads that may ask for names as before, and one that the policy cuts off: all others have a policy of their own. */
const dnsByPolicy: Make = (count) => ({
  rule: 'policy/dns-blocked',
  object: egress('closed', 'all()', []),
  judging: {
    operation: 'CREATE',
    among: [
      shop,
      egress('names', 'has(safe)', toNames),
      ...names(count).map((name) => deployment(name, 'shop', { ...apart, labels: { safe: 'yes' } })),
      deployment('last', 'shop', apart),
    ],
  },
});

const dnsByNamespaces: Make = (count) => ({
  rule: 'policy/dns-blocked',
  object: globalNetworkPolicy('closed', { selector: 'all()', types: ['Egress'], egress: [] }),
  judging: {
    operation: 'CREATE',
    among: [
      ...names(count, 'team').map((name) => namespace(name)),
      namespace('zoo'),
      deployment('last', 'zoo', apart),
    ],
  },
});

const controlPlane: Make = (count) => ({
  rule: 'mesh/control-plane-blocked',
  object: egress('closed', 'all()', []),
  judging: {
    operation: 'CREATE',
    among: [
      shop,
      egress('open', 'has(safe)', [{ action: 'Allow' }]),
      ...names(count).map((name) => deployment(name, 'shop', { ...meshed, labels: { safe: 'yes' } })),
      deployment('last', 'shop', meshed),
    ],
  },
});

const clients: Make = (count) => {
  const store = { labels: {}, annotations: { 'tollgate.dev/clients': 'shop/good', ...meshed.annotations } };
  const db = deployment('db', 'data', store, {
    containers: [{ name: 'db', image: 'postgres:17', ports: [{ containerPort: 5432 }] }],
  });
  return {
    rule: 'data/open',
    object: db,
    judging: {
      point: 'audit',
      operation: 'STATE',
      among: [
        namespace('data'),
        shop,
        networkPolicy('db', 'data', {
          selector: 'app == "db"',
          types: ['Ingress'],
          ingress: [
            {
              action: 'Allow',
              protocol: 'TCP',
              source: { namespaceSelector: 'kubernetes.io/metadata.name == "shop"', selector: 'has(client)' },
              destination: { ports: [5432, 4143] },
            },
          ],
        }),
        ...names(count).map((name) => deployment(name, 'shop', meshed)),
        deployment('last', 'shop', { ...meshed, labels: { client: 'yes' } }),
      ],
    },
  };
};

/** Rules open port 8080 of one server to many clients, of which the last has nothing that opens the proxy's port. */
const ends: Make = (count) => ({
  rule: 'mesh/proxy-port-blocked',
  object: networkPolicy('clients', 'shop', {
    selector: 'app == "server"',
    types: ['Ingress'],
    ingress: [
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { namespaceSelector: 'kubernetes.io/metadata.name == "shop"', selector: 'has(client)' },
        destination: { ports: [8080] },
      },
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { selector: 'has(proxied)' },
        destination: { ports: [4143] },
      },
    ],
  }),
  judging: {
    operation: 'CREATE',
    among: [
      shop,
      deployment('server', 'shop', meshed, {
        containers: [{ name: 'app', image: 'example/app:1', ports: [{ containerPort: 8080 }] }],
      }),
      ...names(count).map((name) =>
        deployment(name, 'shop', { ...meshed, labels: { client: 'yes', proxied: 'yes' } }),
      ),
      deployment('last', 'shop', { ...meshed, labels: { client: 'yes' } }),
    ],
  },
});

/** Five clients of many servers, of which the last has nothing that opens the proxy's port. */
const connections: Make = (count) => ({
  rule: 'mesh/proxy-port-blocked',
  object: networkPolicy('servers', 'shop', {
    selector: 'has(server)',
    types: ['Ingress'],
    ingress: [
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { namespaceSelector: 'kubernetes.io/metadata.name == "shop"', selector: 'has(client)' },
        destination: { ports: [8080] },
      },
    ],
  }),
  judging: {
    operation: 'CREATE',
    among: [
      shop,
      networkPolicy('proxied', 'shop', {
        selector: 'has(proxied)',
        types: ['Ingress'],
        ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [4143] } }],
      }),
      ...names(Math.ceil(count / 5)).map((name) =>
        deployment(name, 'shop', { ...meshed, labels: { server: 'yes', proxied: 'yes' } }),
      ),
      deployment('last', 'shop', { ...meshed, labels: { server: 'yes' } }),
      ...names(5, 'client').map((name) => deployment(name, 'shop', { ...meshed, labels: { client: 'yes' } })),
    ],
  },
});

/** A gate before Linkerd's destination controller that all workloads of the cluster go through. */
const controlPlaneGate: Make = (count) => ({
  rule: 'mesh/control-plane-blocked',
  object: globalNetworkPolicy('gate', {
    namespaceSelector: 'kubernetes.io/metadata.name == "linkerd"',
    selector: 'linkerd.io/control-plane-component == "destination"',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', source: { namespaceSelector: 'all()', selector: 'has(safe)' } }],
  }),
  judging: {
    operation: 'CREATE',
    among: [
      namespace('linkerd'),
      deployment('linkerd-destination', 'linkerd', {
        labels: { 'linkerd.io/control-plane-component': 'destination' },
      }),
      shop,
      ...names(count).map((name) => deployment(name, 'shop', { ...meshed, labels: { safe: 'yes' } })),
      deployment('last', 'shop', meshed),
    ],
  },
});

/** A store whose annotation names accounts that are there, and last one that is misspelt. */
const declared: Make = (count) => ({
  rule: 'data/clients',
  object: deployment('queue', 'shop', {
    ...meshed,
    annotations: {
      ...meshed.annotations,
      'tollgate.dev/clients': [...Array.from({ length: count }, () => 'shop/billing'), 'shop/biling'].join(),
    },
  }),
  judging: {
    operation: 'CREATE',
    among: [shop, deployment('web', 'shop', meshed, { serviceAccountName: 'billing' })],
  },
});

const slips: Make = (count) => ({
  rule: 'label/selected-key-missing',
  object: deployment('web', 'shop', {
    labels: {
      ...Object.fromEntries(names(count, 'label').map((key) => [key, 'x'])),
      tier: 'front',
      rolle: 'api',
    },
  }),
  judging: {
    operation: 'CREATE',
    among: [
      shop,
      networkPolicy('role', 'shop', { selector: 'role == "api"', ingress: [{ action: 'Allow' }] }),
    ],
  },
});

const cases: readonly (readonly [string, number, Make, RegExp])[] = [
  ['workloads of a change', limits.workloadsOfChange.most, dnsByPolicy, /only 40 workloads were looked at$/],
  [
    'namespaces of a change',
    limits.namespacesOfChange.most,
    dnsByNamespaces,
    /only 200 namespaces were looked at$/,
  ],
  ['proxies of a change', limits.workloadsOfChange.most, controlPlane, /only 40 workloads were looked at$/],
  ['clients of a store', limits.clientsOfStore.most, clients, /only 200 workloads were looked at$/],
  ['clients that are declared', limits.clientsDeclared.most, declared, /only 50 clients were looked at$/],
  ['ends of a rule', limits.endsOfRule.most, ends, /only 40 workloads were looked at$/],
  [
    'connections of a policy',
    limits.connectionsOfPolicy.most,
    connections,
    /only 128 connections were looked at$/,
  ],
  [
    'everybody behind the gate',
    limits.workloadsOfChange.most,
    controlPlaneGate,
    /only 40 workloads were looked at$/,
  ],
  ['labels of a template', limits.labelsOfTemplate.most, slips, /only 256 labels were looked at$/],
];

for (const [name, most, make, said] of cases) {
  t.test(`${name}: a limit that is reached is said`, async (t) => {
    const found = ({ rule, object, judging }: Case, point?: Point) =>
      findingsOf(rule, object, { ...judging, ...(point ? { point } : {}) });
    const few = found(make(3));
    t.ok(few.length > 0, 'among few it is found');
    t.ok(
      few.every(({ message }) => !message.includes('unknown')),
      'and nothing else is said',
    );
    const many = found(make(most + 1));
    t.match(many.map(({ message }) => message).at(-1), said, 'beyond the limit it is unknown');
    t.ok(
      many.every(({ action }) => action === 'warn'),
      'which refuses nothing',
    );
    const all = found(make(most + 1), 'ci');
    t.same(
      all.map(({ message }) => message),
      few.map(({ message }) => message),
      'in CI there is no limit',
    );
  });
}

t.test('a namespace in CI and in an audit is looked at whole', async (t) => {
  const among = [
    egress('closed', 'has(last)', []),
    ...names(60).map((name) => deployment(name, 'shop', apart)),
    deployment('last', 'shop', { ...apart, labels: { last: 'yes' } }),
  ];
  for (const point of ['ci', 'audit'] as const) {
    const [finding] = findingsOf('policy/dns-blocked', shop, { among, point });
    t.match(finding?.message, /pods of "last" cannot look up names/, point);
  }
});

t.test('what is exactly as much as may be looked at is not cut short', async (t) => {
  const look = lookAt(limits.workloadsOfChange, { point: 'admission' });
  for (const _ of names(limits.workloadsOfChange.most)) t.ok(look.more('shop'));
  t.equal(look.cutShort(), undefined);
  t.same(unknownBeyond([look], 'whether it rains'), []);
  t.equal(noteBeyond([look]), '');
  t.notOk(look.more('zoo'));
  t.notOk(look.more('alp'));
  t.same(look.cutShort(), { at: 'zoo' });
  t.match(unknownBeyond([look], 'whether it rains'), [{ namespace: 'zoo', advisory: true }]);
  t.match(noteBeyond([look]), /only 40 workloads were looked at/);
});
