import t from 'tap';
import { load } from 'js-yaml';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAmong, told } from '../support/findings.ts';
import {
  deployment,
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
} from '../support/objects.ts';

const shut = networkPolicy('closed', 'shop', { types: ['Ingress', 'Egress'] });
const tcp = { action: 'Allow', protocol: 'TCP' };
const lets = (source: object, ports: readonly unknown[] = [8080]) =>
  networkPolicy('orders', 'shop', {
    selector: 'app == "orders"',
    types: ['Ingress'],
    ingress: [{ ...tcp, source, destination: ports.length > 0 ? { ports } : {} }],
  });
const leaves = (destination: object, more: object = {}) =>
  networkPolicy('web', 'shop', {
    selector: 'app == "web"',
    types: ['Egress'],
    egress: [{ ...tcp, destination }],
    ...more,
  });
const [orders, web, admin] = ['orders', 'web', 'admin'].map((name) => deployment(name, 'shop')) as [
  KubernetesObject,
  KubernetesObject,
  KubernetesObject,
];
const named = (app: string) => ({ selector: `app == "${app}"` });
const shop = [namespace('shop'), shut];
const containers = [{ name: 'app', image: 'example/app:1', ports: [{ name: 'http', containerPort: 8080 }] }];
const webIsShut =
  'its ingress rule 1 lets Deployment "shop/web" connect to Deployment "shop/orders", but the egress of the client is denied';
const ordersIsShut =
  'its egress rule 1 lets Deployment "shop/web" connect to Deployment "shop/orders", but the ingress of the server is denied';

/** What there is beside the namespace and its default-deny, and what is told. */
const cases: readonly (readonly [string, readonly KubernetesObject[], readonly string[]])[] = [
  ['the way out is shut', [lets(named('web')), orders, web], [webIsShut]],
  ['the way in is shut', [leaves({ ...named('orders'), ports: [8080] }), orders, web], [ordersIsShut]],
  ['both are open', [lets(named('web')), leaves({ ...named('orders'), ports: [8080] }), orders, web], []],
  [
    'each opens another port',
    [lets(named('web')), leaves({ ...named('orders'), ports: [80] }), orders, web],
    [webIsShut, ordersIsShut],
  ],
  [
    'one of two ports is open at both ends',
    [lets(named('web'), [8080, 9090]), leaves({ ...named('orders'), ports: [9090] }), orders, web],
    [],
  ],
  [
    'a port in the middle of a range is open',
    [lets(named('web'), ['8000:9000']), leaves({ ...named('orders'), ports: [8443] }), orders, web],
    [],
  ],
  [
    'a range beside what is open',
    [
      lets(named('web'), ['8000:9000']),
      networkPolicy('web', 'shop', {
        selector: 'app == "web"',
        types: ['Egress'],
        egress: [{ ...tcp, destination: { nets: ['0.0.0.0/0'], ports: [443] } }],
      }),
      orders,
      web,
    ],
    [webIsShut],
  ],
  [
    'every port, and the way out has one',
    [lets(named('web'), []), leaves({ ports: [8443] }), orders, web],
    [],
  ],
  ['every port, and there is no way out', [lets(named('web'), []), orders, web], [webIsShut]],
  [
    'a port by its name',
    [
      lets(named('web'), ['http']),
      leaves({ ...named('orders'), ports: [8080] }),
      deployment('orders', 'shop', {}, { containers }),
      web,
    ],
    [],
  ],
  [
    'the way out by the name of the port',
    [
      lets(named('web')),
      leaves({ ...named('orders'), ports: ['http'] }),
      deployment('orders', 'shop', {}, { containers }),
      web,
    ],
    [],
  ],
  [
    'UDP out, TCP in',
    [
      lets(named('web')),
      networkPolicy('udp', 'shop', { types: ['Egress'], egress: [{ action: 'Allow', protocol: 'UDP' }] }),
      orders,
      web,
    ],
    [webIsShut],
  ],
  [
    'a store that says whom it lets in',
    [
      leaves({ ...named('orders'), ports: [5432] }),
      deployment(
        'orders',
        'shop',
        { annotations: { 'tollgate.dev/clients': 'billing/invoices' } },
        { containers: [{ name: 'db', image: 'postgres:17', ports: [{ containerPort: 5432 }] }] },
      ),
      web,
    ],
    [],
  ],
  ['the client is not among the files', [lets(named('web')), orders], []],
  ['nobody in particular', [lets({ selector: 'all()' }), orders, web], []],
  [
    'a whole namespace',
    [lets({ namespaceSelector: 'kubernetes.io/metadata.name == "shop"' }), orders, web],
    [],
  ],
  ['who somebody is not', [lets({ selector: 'app != "admin"' }), orders, web], []],
  [
    'the client is on the network of its node',
    [lets(named('web')), orders, deployment('web', 'shop', {}, { hostNetwork: true })],
    [],
  ],
  [
    'a group that the server is part of',
    [
      lets({ selector: 'part == "shop"' }),
      deployment('orders', 'shop', { labels: { part: 'shop' } }),
      deployment('web', 'shop', { labels: { part: 'shop' } }),
    ],
    [],
  ],
  [
    'one of those alike gets out',
    [
      lets({ selector: 'client == "yes"' }),
      leaves({ ...named('orders'), ports: [8080] }),
      orders,
      deployment('web', 'shop', { labels: { client: 'yes' } }),
      deployment('admin', 'shop', { labels: { client: 'yes' } }),
    ],
    [],
  ],
  [
    'two are named and one gets out',
    [
      lets({ selector: 'app in {"web", "admin"}' }),
      leaves({ ...named('orders'), ports: [8080] }),
      orders,
      web,
      admin,
    ],
    [webIsShut.replace('shop/web', 'shop/admin')],
  ],
  [
    'the rule itself is overruled',
    [
      globalNetworkPolicy('first', { order: 1, types: ['Ingress'], ingress: [{ action: 'Deny' }] }),
      lets(named('web')),
      orders,
      web,
    ],
    [],
  ],
  [
    'policies of Kubernetes, with two ports and two protocols',
    [
      kubernetesNetworkPolicy('orders', 'shop', {
        podSelector: { matchLabels: { app: 'orders' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ podSelector: { matchLabels: { app: 'web' } } }],
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
        ],
      }),
      orders,
      web,
    ],
    [webIsShut],
  ],
  [
    'another namespace, by a label of it',
    [
      namespace('front', { team: 'front' }),
      networkPolicy('closed', 'front', { types: ['Egress'] }),
      lets({ ...named('web'), namespaceSelector: 'team == "front"' }),
      orders,
      deployment('web', 'front'),
    ],
    [webIsShut.replace('shop/web', 'front/web')],
  ],
  [
    'a policy of the whole cluster',
    [
      globalNetworkPolicy('orders', {
        selector: 'app == "orders"',
        types: ['Ingress'],
        ingress: [{ ...tcp, source: named('web'), destination: { ports: [8080] } }],
      }),
      orders,
      web,
    ],
    [webIsShut],
  ],
];

const plain = conventions({ mesh: { inject: 'off' } });

t.test('a rule whose other half is shut', async (t) => {
  for (const [name, objects, expected] of cases) {
    const found = findingsAmong('policy/half-open', [...shop, ...objects], { conventions: plain });
    t.same(
      found.map(({ message }) => message.replace(/^.*?: /, '')),
      expected,
      name,
    );
  }
});

t.test('what is printed ends the finding, and opens both ports of the rule', async (t) => {
  for (const objects of [
    [lets(named('web'), [8080, '9000:9010']), orders, web],
    [leaves({ ...named('orders'), ports: [8080] }), orders, web],
    [lets(named('web'), []), orders, web],
    [
      globalNetworkPolicy('no-way-out', { order: 5, types: ['Egress'], egress: [{ action: 'Deny' }] }),
      lets(named('web')),
      orders,
      web,
    ],
  ]) {
    const all = [...shop, ...objects];
    const [finding] = findingsAmong('policy/half-open', all, { conventions: plain });
    const [, ...yaml] = (finding?.expected ?? '').split('\n');
    const policy = load(yaml.join('\n')) as KubernetesObject;
    t.same(findingsAmong('policy/half-open', [...all, policy], { conventions: plain }), []);
  }
});

t.test('in the mesh the port of the proxy counts as well', async (t) => {
  const meshed = ['orders', 'web'].map((name) =>
    deployment(name, 'shop', { annotations: { 'linkerd.io/inject': 'enabled' } }),
  );
  const mesh = conventions({ mesh: { inject: 'enabled' } });
  const among = (...objects: KubernetesObject[]) =>
    findingsAmong('policy/half-open', [...shop, ...meshed, ...objects], { conventions: mesh });
  const out = leaves({ ...named('orders'), ports: [4143] });
  t.same(among(lets(named('web'), [8080, 4143]), out), []);
  t.match(told(among(lets(named('web')), out)), [
    /^\/spec\/egress\/0 .* the ingress of the server is denied/,
  ]);
  t.same(among(lets(named('web'))), [], 'mesh/proxy-port-blocked comes first');
  t.match(told(among(lets(named('web'), [8080, 4143]))), [/ports: \[8080, 4143\]/]);
});

t.test('what could not be read may open the other half', async (t) => {
  const gaps = [{ what: 'file web.yaml', why: 'it is no YAML' }];
  t.same(findingsAmong('policy/half-open', [...shop, lets(named('web')), orders, web], { gaps }), []);
});
