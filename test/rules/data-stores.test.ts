import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, told, type Judging } from '../support/judged.ts';
import { deployment, namespace, networkPolicy } from '../support/objects.ts';

const enabled = { 'linkerd.io/inject': 'enabled' };

/** A workload with one container, whose ports are numbers or pairs of name and number. */
function store(
  image: string,
  ports: readonly (number | readonly [string, number])[] = [],
  annotations: StringMap = {},
  { labels = {}, container = {} }: { labels?: StringMap; container?: object } = {},
): KubernetesObject {
  const list = ports.map((port) =>
    typeof port === 'number' ? { containerPort: port } : { name: port[0], containerPort: port[1] },
  );
  return deployment(
    'db',
    'data',
    { labels, annotations: { ...enabled, ...annotations } },
    { containers: [{ name: 'db', image, ports: list, ...container }] },
  );
}

function gate(...rules: readonly object[]): KubernetesObject {
  const ingress = rules.map((rule) => ({ action: 'Allow', protocol: 'TCP', ...rule }));
  return networkPolicy('db', 'data', { selector: 'app == "db"', types: ['Ingress'], ingress });
}

const shop = { namespaceSelector: 'kubernetes.io/metadata.name == "shop"', selector: 'app == "web"' };
const toProxy = { destination: { ports: [4143] } };

/** The store that is seen, as the rule on open ones calls it: everybody may reach it. */
function seen(object: KubernetesObject): string | undefined {
  const [finding] = findingsOf('data/open', object, { among: [namespace('data')] });
  return finding?.message.replace(/^Deployment "data\/db": (.*) is open to pods that nobody invited$/, '$1');
}

t.test('stores are known by image, by port and its name, and by label', async (t) => {
  const cases: readonly (readonly [string, KubernetesObject, string | undefined])[] = [
    ['an image', store('postgres'), 'PostgreSQL on port 5432'],
    ['an image of a registry', store('r.example:5000/a/mongo:8@sha256:00'), 'MongoDB on port 27017'],
    ['an image with ports', store('cp-kafka', [9092, 9094, 8080]), 'Kafka on ports 9092 and 9094'],
    [
      'an image with a port of its own number',
      store('rabbitmq', [['amqp', 5673], 5672]),
      'RabbitMQ on ports 5672 and 5673',
    ],
    ['a port and its name', store('in-house', [['tcp-mysql', 3306]]), 'MySQL on port 3306'],
    ['a port without its name', store('in-house', [3306]), undefined],
    ['a name with a port of its own', store('in-house', [['mysql', 3307]]), 'MySQL on port 3307'],
    ['a name that others use too', store('in-house', [['broker', 8080]]), undefined],
    ['an image with an unnamed port of its own', store('postgres', [7432]), 'PostgreSQL on port 7432'],
    ['a versioned image', store('zalando/spilo-17:4.0', [8008, 5432]), 'PostgreSQL on port 5432'],
    ['an image known by its folder', store('r.example/mssql/server:2022', [1433]), 'SQL Server on port 1433'],
    ['another server', store('r.example/team/server:2022', [1433]), undefined],
    [
      'a listener of Strimzi',
      store(
        'strimzi/kafka',
        [
          ['tcp-replication', 9091],
          ['tcp-mine', 9095],
        ],
        {},
        { labels: { 'strimzi.io/kind': 'Kafka' } },
      ),
      'Kafka on port 9095',
    ],
    ['an exporter', store('prom/redis-exporter', [['metrics', 9121]]), undefined],
    ['a watchdog', store('redis', [['sentinel', 26379]]), undefined],
    ['a client', store('postgres', [], {}, { container: { command: ['psql'] } }), undefined],
    [
      'a label',
      store('in-house', [7000], {}, { labels: { 'tollgate.dev/store': 'cassandra' } }),
      'Cassandra on port 9042',
    ],
    [
      'a label of another kind',
      store('in-house', [7000], {}, { labels: { 'tollgate.dev/store': 'Foo' } }),
      'Foo on port 7000',
    ],
    [
      'a label that says no',
      store('redis', [6379], {}, { labels: { 'tollgate.dev/store': 'none' } }),
      undefined,
    ],
    [
      'UDP',
      store(
        'in-house',
        [],
        {},
        { container: { ports: [{ name: 'nats', containerPort: 4222, protocol: 'UDP' }] } },
      ),
      undefined,
    ],
    [
      'a strange label',
      store('in-house', [1], {}, { labels: { 'tollgate.dev/store': '__proto__' } }),
      '__proto__ on port 1',
    ],
  ];
  for (const [name, object, expected] of cases) t.equal(seen(object), expected, name);
});

t.test('stores are known by what the convention says', async (t) => {
  const ledger = { name: 'ledger', selector: { matchLabels: { app: 'db' } } };
  const seenWith = (stores: readonly object[], object: KubernetesObject) => {
    const judging = { among: [namespace('data')], set: conventions({ stores }) };
    const [finding] = findingsOf('data/open', object, judging);
    return finding?.message.replace(
      /^Deployment "data\/db": (.*) is open to pods that nobody invited$/,
      '$1',
    );
  };
  const inHouse = store('in-house', [7000]);
  t.equal(seenWith([], inHouse), undefined);
  t.equal(seenWith([{ ...ledger, protocol: 'kafka' }], inHouse), 'ledger on port 9092');
  t.equal(seenWith([{ ...ledger, ports: [7001, 7000] }], inHouse), 'ledger on ports 7000 and 7001');
  t.equal(seenWith([{ ...ledger, protocol: 'redis' }], store('in-house', [6379, 80])), 'ledger on port 6379');
  const other = { ...ledger, name: 'other', selector: { matchLabels: { app: 'web' } }, ports: [1] };
  t.equal(seenWith([other], inHouse), undefined, 'another workload');
  t.equal(seenWith([other, { ...ledger, ports: [2] }], inHouse), 'ledger on port 2', 'the first that fits');
  const denying = store('in-house', [7000], {}, { labels: { 'tollgate.dev/store': 'none' } });
  t.equal(seenWith([{ ...ledger, ports: [2] }], denying), 'ledger on port 2', 'whatever the workload says');
  t.equal(
    seenWith(
      [{ ...ledger, selector: { matchLabels: { 'app.kubernetes.io/name': 'db' } }, ports: [2] }],
      inHouse,
    ),
    'ledger on port 2',
    'by a label that admission will add',
  );
});

t.test('a store by convention is held to its protocol and its clients', async (t) => {
  const ledger = { name: 'ledger', selector: { matchLabels: { app: 'db' } }, ports: [5433] };
  const setOf = (changes: object) => conventions({ stores: [{ ...ledger, ...changes }] });
  const db = store('in-house', [5433]);
  const opaque =
    'data/opaque warn: Deployment "data/db": ledger on port 5433 is not opaque, so Linkerd looks for HTTP in each connection, for up to 10 seconds';
  t.same(told('data/opaque', db, { set: setOf({}) }), [], 'nobody knows what it speaks');
  t.same(told('data/opaque', db, { set: setOf({ protocol: 'postgresql' }) }), [opaque]);
  t.same(told('data/opaque', db, { set: setOf({ protocol: 'elasticsearch' }) }), [], 'HTTP');

  const open =
    'data/open warn: Deployment "data/db": ledger on port 5433 is open to pods that nobody invited';
  const web = deployment('web', 'shop', { annotations: enabled }, { serviceAccountName: 'web' });
  const report = deployment('report', 'shop', { annotations: enabled }, { serviceAccountName: 'report' });
  const byName = { namespaceSelector: shop.namespaceSelector, selector: 'app in {"web", "report"}' };
  const cases: readonly (readonly [string, object, readonly KubernetesObject[], string?])[] = [
    ['its one client', { clients: [{ namespace: 'shop', serviceAccount: 'web' }] }, [web]],
    ['all of its namespace', { clients: [{ namespace: 'shop' }] }, [web, report]],
    [
      'a workload that exists and is no client',
      { clients: [{ namespace: 'shop', serviceAccount: 'web' }] },
      [web, report],
      'Deployment "shop/report" under service account "report" gets in: NetworkPolicy "data/db" (tier "default") allows by its ingress rule 1',
    ],
    [
      'a workload under the default account',
      { clients: [{ namespace: 'shop', serviceAccount: 'web' }] },
      [deployment('web', 'shop', { annotations: enabled })],
      'Deployment "shop/web" under service account "default" gets in: NetworkPolicy "data/db" (tier "default") allows by its ingress rule 1',
    ],
    [
      'the default account is the client',
      { clients: [{ namespace: 'shop', serviceAccount: 'default' }] },
      [deployment('web', 'shop', { annotations: enabled })],
    ],
    [
      'nobody is invited',
      { clients: [] },
      [web],
      'Deployment "shop/web" under service account "web" gets in: NetworkPolicy "data/db" (tier "default") allows by its ingress rule 1',
    ],
    ['nothing is said of clients', {}, [web, report]],
  ];
  for (const [name, changes, among, witness] of cases) {
    const judging = { among: [...among, gate({ source: byName, ...toProxy })], set: setOf(changes) };
    t.same(told('data/open', db, judging), witness === undefined ? [] : [open], name);
    t.equal(findingsOf('data/open', db, judging)[0]?.witness, witness, name);
  }
  const server = (name: string) => ({
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name, namespace: 'data' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, port: 5433 },
  });
  const authorization = (account: string) => ({
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: account, namespace: 'data' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'db' },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', namespace: 'shop', name: account }],
    },
  });
  const locked = [web, report, gate({ source: byName, ...toProxy }), server('db'), authorization('web')];
  const set = setOf({ clients: [{ namespace: 'shop', serviceAccount: 'web' }] });
  t.same(told('data/open', db, { among: locked, set }), [], 'Linkerd keeps the other one out');
  t.same(
    told('data/open', db, { among: [...locked, authorization('report')], set }),
    [open],
    'Linkerd lets it in',
  );
  const annotated = store('in-house', [5433], { 'tollgate.dev/clients': 'shop/report' });
  t.equal(
    findingsOf('data/open', annotated, { among: locked.slice(0, 3), set })[0]?.witness,
    'Deployment "shop/report" under service account "report" gets in: NetworkPolicy "data/db" (tier "default") allows by its ingress rule 1',
    'the convention says who its clients are, whatever the workload says',
  );
});

t.test('two hundred workloads are tried for a store', async (t) => {
  const ledger = {
    name: 'ledger',
    selector: { matchLabels: { app: 'db' } },
    ports: [5433],
    clients: [{ namespace: 'shop', serviceAccount: 'web' }],
  };
  const keptOut = (count: number) =>
    Array.from({ length: count }, (_, index) => deployment(`w${index}`, 'shop', { annotations: enabled }));
  const stranger = deployment('x', 'shop', { annotations: enabled, labels: { app: 'web' } });
  const open = (...workloads: readonly KubernetesObject[]) =>
    findingsOf('data/open', store('in-house', [5433]), {
      among: [...workloads, gate({ source: shop, ...toProxy })],
      set: conventions({ stores: [ledger] }),
      operation: 'CREATE',
    })
      .map(({ message, witness = '' }) => `${message}; ${witness}`)
      .join();
  t.match(open(...keptOut(199), stranger), 'Deployment "shop/x" under service account "default" gets in');
  t.match(open(...keptOut(200), stranger), 'only 200 workloads were looked at');
});

t.test('a Job with the image of a store is its client', async (t) => {
  const job = {
    ...store('postgres'),
    apiVersion: 'batch/v1',
    kind: 'Job',
  };
  t.same(told('data/', job, { among: [namespace('data')] }), []);
});

t.test('data/open: pods that nobody invited', async (t) => {
  const open =
    'data/open warn: Deployment "data/db": PostgreSQL on port 5432 is open to pods that nobody invited';
  const server = (accessPolicy: string) => ({
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: 'db', namespace: 'data' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, port: 5432, accessPolicy },
  });
  const db = store('postgres', [5432]);
  const declaring = (clients: string) => store('postgres', [5432], { 'tollgate.dev/clients': clients });
  const cases: readonly (readonly [
    string,
    KubernetesObject,
    readonly KubernetesObject[],
    readonly string[],
  ])[] = [
    ['no policy, namespace not known', db, [], []],
    ['no policy, namespace known', db, [namespace('data')], [open]],
    ['a gate for one client', db, [gate({ source: shop, ...toProxy })], []],
    ['every namespace', db, [gate({ source: { namespaceSelector: 'all()' }, ...toProxy })], [open]],
    ['its own namespace', db, [gate({ source: { selector: 'all()' }, ...toProxy })], [open]],
    ['everybody', db, [gate(toProxy)], [open]],
    ['everybody, at another port', db, [gate({ destination: { ports: [8080] } })], []],
    [
      'a negative selector',
      db,
      [gate({ source: { namespaceSelector: 'env != "dev"' }, ...toProxy })],
      [open],
    ],
    [
      'another namespace as a whole',
      db,
      [gate({ source: { namespaceSelector: shop.namespaceSelector }, ...toProxy })],
      [],
    ],
    [
      'the same where one account is declared',
      declaring('shop/web'),
      [gate({ source: { namespaceSelector: shop.namespaceSelector }, ...toProxy })],
      [open],
    ],
    [
      'the same where all are declared',
      declaring('shop/*'),
      [gate({ source: { namespaceSelector: shop.namespaceSelector }, ...toProxy })],
      [],
    ],
    [
      'its own namespace, declared',
      declaring('data/*'),
      [gate({ source: { selector: 'all()' }, ...toProxy })],
      [],
    ],
    [
      'one account by rule and declaration',
      declaring('shop/web'),
      [gate({ source: { ...shop, serviceAccounts: { names: ['web'] } }, ...toProxy })],
      [],
    ],
    ['open, and closed by Linkerd', db, [gate(toProxy), server('deny')], []],
    ['open, and audited by Linkerd', db, [gate(toProxy), server('audit')], [open]],
    [
      'open in the clear, and closed to it by Linkerd',
      db,
      [gate({ destination: { ports: [5432] } }), server('all-authenticated')],
      [],
    ],
    [
      'open past the proxy',
      store('postgres', [5432], { 'config.linkerd.io/skip-inbound-ports': '5432' }),
      [gate({ destination: { ports: [5432] } }), server('deny')],
      [open],
    ],
  ];
  for (const [name, object, among, expected] of cases)
    t.same(told('data/open', object, { among }), expected, name);

  const off = conventions({ mesh: { inject: 'off' } });
  t.same(
    told('data/open', db, { among: [gate({ destination: { ports: [5432] } }), server('deny')], set: off }),
    [open],
    'without a mesh no Server counts',
  );
  const [finding] = findingsOf('data/open', db, { among: [gate(toProxy)] });
  t.equal(
    finding?.witness,
    'a pod {} of any other namespace gets in: NetworkPolicy "data/db" (tier "default") allows by its ingress rule 1',
  );
});

t.test('data/unencrypted: ways past the proxies', async (t) => {
  const said =
    'data/unencrypted warn: Deployment "data/db": PostgreSQL on port 5432 takes connections that Linkerd does not encrypt';
  const db = store('postgres', [5432]);
  const outside = { namespaceSelector: 'kubernetes.io/metadata.name == "kube-system"' };
  const plain = (source: object) => gate({ source, destination: { ports: [5432] } });
  const optedOut = deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'disabled' } });
  const cases: readonly (readonly [string, KubernetesObject, readonly KubernetesObject[], string?])[] = [
    ['meshed, no policy', db, []],
    ['meshed, clients by the proxy', db, [gate({ source: shop, ...toProxy }), namespace('shop')]],
    [
      'opting out',
      store('postgres', [5432], { 'linkerd.io/inject': 'disabled' }),
      [],
      'it opts out of the mesh',
    ],
    [
      'where Pod Security keeps the proxy out',
      store('postgres', [5432], { 'linkerd.io/inject': '' }),
      [namespace('data', { 'pod-security.kubernetes.io/enforce': 'restricted' })],
      'Pod Security keeps the proxy out of its namespace',
    ],
    [
      'skipped',
      store('postgres', [5432], { 'config.linkerd.io/skip-inbound-ports': '5000-6000' }),
      [],
      'its port is among skip-inbound-ports, so connections go past the proxy',
    ],
    ['the port itself for a meshed client', db, [plain(shop), namespace('shop')]],
    [
      'the port itself for a client that opts out',
      db,
      [plain(shop), namespace('shop'), optedOut],
      'NetworkPolicy "data/db" opens port 5432 by its ingress rule 1 to Deployment "shop/web", which is outside the mesh',
    ],
    [
      'the port itself for a namespace outside',
      db,
      [plain(outside), namespace('kube-system')],
      'NetworkPolicy "data/db" opens port 5432 by its ingress rule 1 to namespace "kube-system", which is outside the mesh',
    ],
    ['the same, where nobody knows the namespace', db, [plain(outside)]],
    [
      'the same, where the namespace asks for proxies',
      db,
      [
        plain(outside),
        namespace('kube-system', {}, { metadata: { name: 'kube-system', annotations: enabled } }),
      ],
    ],
    [
      'the port itself for everybody',
      db,
      [gate({ destination: { ports: [5432] } })],
      'NetworkPolicy "data/db" opens port 5432 by its ingress rule 1 to everybody',
    ],
    ['the port itself for labels of namespaces', db, [plain({ namespaceSelector: 'team == "x"' })]],
  ];
  for (const [name, object, among, witness] of cases) {
    const findings = findingsOf('data/unencrypted', object, { among });
    t.same(
      findings.map((finding) => finding.witness),
      witness === undefined ? [] : [witness],
      name,
    );
  }
  t.same(told('data/unencrypted', store('postgres', [5432], { 'linkerd.io/inject': 'disabled' })), [said]);
});

t.test('data/opaque: what Linkerd would look for HTTP in', async (t) => {
  const mongo = store('mongo', [['mongodb', 27017]]);
  const service = (port: object, spec: object = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db', namespace: 'data' },
    spec: { selector: { app: 'db' }, ports: [{ port: 27017, targetPort: 'mongodb', ...port }], ...spec },
  });
  const server = (proxyProtocol: string): KubernetesObject => ({
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: 'db', namespace: 'data' },
    spec: { podSelector: {}, port: 'mongodb', proxyProtocol },
  });
  const opaque = { appProtocol: 'linkerd.io/opaque' };
  const cases: readonly (readonly [string, KubernetesObject, Judging, string?])[] = [
    ['a port of the default list', store('postgres', [5432]), {}],
    ['a default port that is not declared', store('postgres'), {}],
    ['HTTP', store('elasticsearch', [9200, 9300]), {}],
    ['no annotation', mongo, {}, '27017'],
    ['two ports of a kind', store('rabbitmq', [5671, 5672]), {}, '5671,5672'],
    [
      'a list without it',
      store('mongo', [27017], { 'config.linkerd.io/opaque-ports': '3306' }),
      {},
      '3306,27017',
    ],
    ['a list with it', store('mongo', [27017], { 'config.linkerd.io/opaque-ports': '27000-27100' }), {}],
    ['a Server that says so', mongo, { among: [server('opaque')] }],
    ['a Server that does not', mongo, { among: [server('unknown')] }, '27017'],
    ['a Service that says so', mongo, { among: [service(opaque)] }],
    [
      'a headless one, which its clients do not ask',
      mongo,
      { among: [service(opaque, { clusterIP: 'None' })] },
      '27017',
    ],
    [
      'two Services, one silent',
      mongo,
      { among: [service(opaque), { ...service({}), metadata: { name: 'b', namespace: 'data' } }] },
      '27017',
    ],
    ['outside the mesh', store('mongo', [27017], { 'linkerd.io/inject': 'disabled' }), {}],
    [
      'an installation that lists it',
      mongo,
      { set: conventions({ mesh: { linkerd: { opaquePorts: '27017' } } }) },
    ],
  ];
  for (const [name, object, judging, list] of cases) {
    const fixes = findingsOf('data/opaque', object, judging).flatMap(({ fix = [] }) => fix);
    t.same(
      fixes,
      list === undefined
        ? []
        : [{ pointer: '/spec/template/metadata/annotations/config.linkerd.io~1opaque-ports', value: list }],
      name,
    );
  }
});

t.test('data/authorization: who may use what is behind the port of the proxy', async (t) => {
  const db = store('postgres', [5432]);
  const server = (more: object = {}): KubernetesObject => ({
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: 'db', namespace: 'data' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, port: 5432, ...more },
  });
  const authorization = (reference: object): KubernetesObject => ({
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'db', namespace: 'data' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'db' },
      requiredAuthenticationRefs: [reference],
    },
  });
  const anybody: KubernetesObject = {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'MeshTLSAuthentication',
    metadata: { name: 'any', namespace: 'data' },
    spec: { identities: ['*'] },
  };
  const opened = gate({ source: shop, ...toProxy });
  const closed = namespace(
    'data',
    {},
    {
      metadata: { name: 'data', annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' } },
    },
  );
  const cases: readonly (readonly [string, readonly KubernetesObject[], string?])[] = [
    ['no policy', []],
    ['a gate for other ports', [gate({ source: shop, destination: { ports: [5432] } })]],
    [
      'the port of the proxy',
      [opened],
      'no Server selects port 5432, so the default inbound policy all-unauthenticated decides',
    ],
    [
      'every port',
      [gate({ source: shop })],
      'no Server selects port 5432, so the default inbound policy all-unauthenticated decides',
    ],
    ['a default policy that denies', [opened, closed]],
    ['a Server alone', [opened, server()]],
    [
      'a Server that audits',
      [opened, server({ accessPolicy: 'audit' })],
      'Server "data/db" has accessPolicy: audit',
    ],
    [
      'a Server of another port',
      [opened, server({ port: 9187 })],
      'no Server selects port 5432, so the default inbound policy all-unauthenticated decides',
    ],
    [
      'one account',
      [opened, server(), authorization({ kind: 'ServiceAccount', namespace: 'shop', name: 'web' })],
    ],
    [
      'every identity',
      [
        opened,
        server(),
        anybody,
        authorization({ group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'any' }),
      ],
      'AuthorizationPolicy "data/db" lets every identity to Server "data/db"',
    ],
  ];
  for (const [name, among, witness] of cases) {
    const findings = findingsOf('data/authorization', db, { among });
    t.same(
      findings.map((finding) => finding.witness),
      witness === undefined ? [] : [witness],
      name,
    );
  }
  const transparent = conventions({ mesh: { linkerd: { outboundTransportMode: 'transparent' } } });
  t.same(
    told('data/authorization', db, { among: [opened], set: transparent }),
    [],
    'where each port has its own gate',
  );
  const moved = store('postgres', [5432], { 'config.linkerd.io/inbound-port': '5143' });
  t.same(told('data/authorization', moved, { among: [opened] }), [], 'the port of the proxy is its own');
});
