import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { findingsOf, told } from '../support/judged.ts';
import { deployment, namespace, networkPolicy } from '../support/objects.ts';

const enabled = { 'linkerd.io/inject': 'enabled' };
const broker = (
  clients: string,
  ports: readonly number[] = [5672],
  own: StringMap = {},
): KubernetesObject => {
  const made = deployment(
    'queue',
    'data',
    { annotations: { ...enabled, 'tollgate.dev/clients': clients } },
    {
      serviceAccountName: 'queue',
      containers: [{ name: 'c', image: 'rabbitmq:4', ports: ports.map((port) => ({ containerPort: port })) }],
    },
  );
  return { ...made, metadata: { ...made.metadata, annotations: own } };
};
const client = (name: string, account = name) =>
  deployment(name, 'shop', { annotations: enabled }, { serviceAccountName: account });
const policy = (name: string, at: string, side: 'Ingress' | 'Egress', ...rules: readonly object[]) =>
  networkPolicy(name, at, { selector: 'all()', types: [side], [side.toLowerCase()]: rules });
const toProxy = { action: 'Allow', protocol: 'TCP', destination: { ports: [4143] } };
const world = [namespace('data'), namespace('shop'), client('web')];
const server = (accounts: readonly string[]): readonly KubernetesObject[] => [
  {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: 'queue', namespace: 'data' },
    spec: { podSelector: { matchLabels: { app: 'queue' } }, port: 5672 },
  },
  ...accounts.map((name) => ({
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace: 'data' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'queue' },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', namespace: 'shop', name }],
    },
  })),
];
const because = (object: KubernetesObject, ...among: readonly KubernetesObject[]) =>
  findingsOf('data/client-blocked', object, { among: [...world, ...among] }).map(
    ({ witness }) => witness ?? '',
  );

t.test(
  'the policy that opens the way stands in the right namespace, whatever its parts are called',
  async (t) => {
    const name = 'namespace-of-the-policy';
    const [found] = findingsOf('data/client-blocked', broker('shop/web'), {
      among: [namespace('data'), namespace('shop'), client(name, 'web'), policy('in', 'data', 'Ingress')],
    });
    t.match(found?.expected, `\n  name: queue-for-${name}\n  namespace: data\n`);
    t.match(found?.expected, `app == "${name}"`);
  },
);

t.test('data/client-blocked names the half that keeps a client out', async (t) => {
  const db = broker('shop/web');
  const open = policy('in', 'data', 'Ingress', toProxy);
  const cases: readonly (readonly [string, readonly KubernetesObject[], RegExp?])[] = [
    ['nothing closes anything', []],
    ['the gate is open', [open]],
    ['the gate is closed', [policy('in', 'data', 'Ingress')], /ingress of the store is denied/],
    ['its own egress is closed', [open, policy('out', 'shop', 'Egress')], /egress of the client is denied/],
    [
      'no authorization names it',
      [open, ...server([])],
      /Server "data\/queue" lets in no client .* shop\/web/,
    ],
    ['one names it', [open, ...server(['web'])]],
    ['one names another', [open, ...server(['other'])], /Server "data\/queue"/],
  ];
  for (const [name, among, expected] of cases) {
    const found = because(db, ...among);
    t.equal(found.length, expected ? 1 : 0, name);
    if (expected) t.match(found[0], expected, name);
  }
  t.same(because(broker('shop/*'), policy('in', 'data', 'Ingress')), [], 'nobody in particular is meant');
  t.same(because(broker('other/web'), policy('in', 'data', 'Ingress')), [], 'nobody is there');
  const two = broker('shop/web', [5671, 5672]);
  t.same(because(two, open, ...server([])), [], 'one of two ports is open');
});

t.test('members are clients of one another on the ports where they meet', async (t) => {
  const lock = server([]);
  const open = policy('in', 'data', 'Ingress', toProxy);
  t.same(because(broker('data/queue', [5672, 25672]), open, ...lock), [], 'not on those of clients');
  t.equal(because(broker('data/queue', [5672, 25672]), policy('in', 'data', 'Ingress')).length, 1);
  t.match(because(broker('data/queue', [5672, 4567]), open), [/goes past the proxy, on port 4567/]);
});

t.test('what is added as the remedy lets the client in', async (t) => {
  const db = broker('shop/web');
  const closed = policy('in', 'data', 'Ingress');
  const [finding] = findingsOf('data/client-blocked', db, { among: [...world, closed] });
  const { load } = await import('js-yaml');
  const text = (finding?.expected ?? '').split('\n').slice(1).join('\n');
  t.same(because(db, closed, load(text) as KubernetesObject), []);
  const [locked] = findingsOf('data/client-blocked', db, { among: [...world, ...server([])] });
  const lock = (locked?.expected ?? '').split('\n').slice(1).join('\n');
  t.same(because(db, ...server([]), load(lock) as KubernetesObject), []);
});

t.test('data/clients: a list that does not say what it means', async (t) => {
  const rule = 'data/clients';
  const lines = (object: KubernetesObject, ...among: readonly KubernetesObject[]) =>
    told(rule, object, { among: [...world, ...among] }).map((line) => line.replace(/^.*?: .*?: /, ''));
  t.same(lines(broker('shop/web')), []);
  t.same(lines(broker('shop/elsewhere, other/web')), [], 'others may be in other files');
  t.same(lines(broker('shop:web')), ['the annotation tollgate.dev/clients names no client with "shop:web"']);
  t.same(lines(broker('shop/wbe')), ['there is no service account shop/wbe, which is listed as a client']);
  t.same(lines(broker('shpo/web')), ['there is no namespace "shpo" for its client shpo/web']);
  t.match(lines(broker('shop/api'), client('api', 'default')), [/runs under service account "default"/]);
  t.match(lines(broker('', [5672], { 'tollgate.dev/clients': 'shop/web' })), [
    /has no effect at \/metadata\/annotations/,
  ]);
  t.match(lines(broker('', [5672], { 'tollgate.dev/client': 'shop/web' })), [
    /it is called tollgate.dev\/clients/,
  ]);
});

t.test('a list without any readable entry invites nobody', async (t) => {
  const open = policy('in', 'data', 'Ingress', {
    ...toProxy,
    source: { namespaceSelector: 'kubernetes.io/metadata.name == "shop"', selector: 'app == "web"' },
  });
  const found = (clients: string) => told('data/open', broker(clients), { among: [...world, open] }).length;
  t.equal(found('shop/web'), 0);
  t.equal(found('shop:web'), 1);
  t.equal(found(''), 0, 'a blank one says nothing');
});

t.test('what an operator may make is not missing', async (t) => {
  const cluster = (kind: string, apiVersion: string): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: 'orders', namespace: 'shop' },
    spec: {},
  });
  const account: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'web', namespace: 'shop' },
  };
  const naming = (name: string): KubernetesObject => ({
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'MeshTLSAuthentication',
    metadata: { name: 'it', namespace: 'shop' },
    spec: { identityRefs: [{ kind: 'ServiceAccount', name }] },
  });
  const dangling = (name: string, ...among: readonly KubernetesObject[]) =>
    told('mesh/authorization-dangling', naming(name), { among: [...world, account, ...among] }).length;
  const known = cluster('Cluster', 'postgresql.cnpg.io/v1');
  t.equal(dangling('orders'), 1, 'nothing makes it');
  t.equal(dangling('orders', known), 0, 'an operator makes it');
  t.equal(dangling('ordres', known), 1, 'and it is misspelt');
  t.equal(dangling('anything', cluster('Odd', 'example.com/v1')), 0, 'somebody may make it');
  t.equal(dangling('wbe', cluster('Odd', 'example.com/v1')), 1, 'a misspelt one of ours');
});

t.test('the lock that is written for a store with clients closes it', async (t) => {
  const { loadAll } = await import('js-yaml');
  const db = broker('shop/web, data/*', [5671, 5672]);
  const among = [...world, policy('in', 'data', 'Ingress', toProxy)];
  const [finding] = findingsOf('data/authorization', db, { among });
  const lock = loadAll((finding?.expected ?? '').split('\n').slice(1).join('\n')) as KubernetesObject[];
  t.equal(lock.length, 5);
  t.same(
    told('data/', db, { among: [...among, ...lock] }).filter((line) => !line.startsWith('data/opaque')),
    [],
  );
});
