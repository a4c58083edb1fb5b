import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAtAdmission } from '../support/findings.ts';
import { findingsOf, told, type Judging } from '../support/judged.ts';
import { deployment, namespace } from '../support/objects.ts';

type Spec = Readonly<Record<string, unknown>>;

function policy(kind: string, name: string, spec: Spec, metadata: Spec = {}): KubernetesObject {
  const version = kind === 'Server' || kind === 'HTTPRoute' ? 'v1beta3' : 'v1alpha1';
  return {
    apiVersion: `policy.linkerd.io/${version}`,
    kind,
    metadata: { name, namespace: 'shop', ...metadata },
    spec,
  };
}
const server = (name: string, port: number | string, app = 'web', metadata: Spec = {}, rest: Spec = {}) =>
  policy(
    'Server',
    name,
    { podSelector: { matchLabels: { app } }, port, accessPolicy: 'deny', ...rest },
    metadata,
  );
/** At admission the other object may be a second away, so that the rule is off where nothing is said. */
const missedAtAdmission = conventions({ rules: { 'mesh/authorization-dangling': 'warn' } });
const web = (name = 'web', port: Spec = { name: 'http', containerPort: 8080 }, rest: Spec = {}) =>
  deployment(
    name,
    'shop',
    { annotations: { 'linkerd.io/inject': 'enabled' } },
    { containers: [{ name: 'app', ports: [port], ...rest }] },
  );
const authorization = (target: string, ...required: readonly Spec[]) =>
  policy('AuthorizationPolicy', 'web', {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: target },
    requiredAuthenticationRefs: required,
  });
const account = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'shop' },
});
const meshTls = (identities: readonly string[], metadata: Spec = {}) =>
  policy('MeshTLSAuthentication', 'clients', { identities }, metadata);
const byMeshTls = { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' };

/** What is judged, what exists besides, and what is said of the mesh. */
type Case = readonly [string, KubernetesObject, readonly KubernetesObject[], readonly string[], Judging?];

const nothing = 'mesh/server-selects-nothing warn: Server "shop/web"';
const dangling = 'mesh/authorization-dangling warn: AuthorizationPolicy "shop/web"';

const cases: readonly Case[] = [
  ['a Server that fits', server('web', 'http'), [web()], []],
  [
    'a port of no name',
    server('web', 'grpc'),
    [web()],
    [`${nothing}: no pod that it selects has a port called "grpc", so it protects nothing`],
  ],
  ['a port of the proxy', server('web', 'linkerd-admin'), [web()], []],
  ...identityCases(),
  [
    'a port that is not declared is a port, where no port is declared',
    server('web', 9090),
    [deployment('web', 'shop', {}, { containers: [{ name: 'app' }] })],
    [],
  ],
  [
    'a number that nobody has, where others are declared',
    server('web', 9090),
    [web()],
    [
      `${nothing}: no pod that it selects declares port 9090, so it protects nothing; 8080 stays under another policy`,
    ],
  ],
  [
    'a number that a probe asks',
    server('web', 9090),
    [web('web', { containerPort: 8080 }, { readinessProbe: { httpGet: { port: 9090 } } })],
    [],
  ],
  [
    'a value that no workload has',
    server('web', 'http', 'wbe'),
    [web()],
    [`${nothing}: no workload of the namespace has app=wbe, so it protects nothing`],
  ],
  [
    "labels of an operator's pods",
    policy('Server', 'web', { podSelector: { matchLabels: { 'cnpg.io/cluster': 'db' } }, port: 5432 }),
    [web()],
    [],
  ],
  ['a namespace without workloads', server('web', 'http'), [], []],
  [
    'the younger of two',
    server('web', 8080, 'web', { creationTimestamp: '2026-02-01T00:00:00Z' }),
    [web(), server('old', 'http', 'web', { creationTimestamp: '2026-01-01T00:00:00Z' })],
    [
      'mesh/server-overlap warn: Server "shop/web": it is ignored on port 8080 of Deployment "shop/web", which the older Server "old" selects too',
    ],
  ],
  [
    'the older of two',
    server('web', 8080, 'web', { creationTimestamp: '2026-01-01T00:00:00Z' }),
    [web(), server('new', 'http', 'web', { creationTimestamp: '2026-02-01T00:00:00Z' })],
    [],
  ],
  [
    'two of nobody knows what age',
    server('web', 8080),
    [web(), server('one', 'http')],
    [
      'mesh/server-overlap warn: Server "shop/web": port 8080 of Deployment "shop/web" is selected by Server "one" too, and only the one created first counts',
    ],
  ],
  ['they are about different pods', server('web', 8080), [web(), web('db'), server('db', 8080, 'db')], []],
  [
    'everybody by access policy',
    server('web', 'http', 'web', {}, { accessPolicy: 'all-unauthenticated' }),
    [web()],
    ['mesh/authorization-any-identity warn: Server "shop/web": it lets in anybody, meshed or not'],
  ],
  ['an audit', server('web', 'http', 'web', {}, { accessPolicy: 'audit' }), [web()], []],

  [
    'an authorization that holds',
    authorization('web', { kind: 'ServiceAccount', name: 'shop' }),
    [server('web', 'http'), account('shop')],
    [],
  ],
  [
    'no such Server',
    authorization('wbe', { kind: 'ServiceAccount', name: 'shop' }),
    [server('web', 'http'), account('shop')],
    [`${dangling}: there is no Server shop/wbe; the policy authorizes nothing`],
  ],
  [
    'no such authentication',
    authorization('web', byMeshTls),
    [server('web', 'http')],
    [
      `${dangling}: there is no MeshTLSAuthentication shop/clients; Linkerd ignores the whole policy, so nobody is authorized by it`,
    ],
  ],
  [
    'an authentication of another namespace',
    authorization('web', { ...byMeshTls, namespace: 'lib' }),
    [server('web', 'http'), meshTls(['a.b'], { namespace: 'lib' })],
    [],
  ],
  [
    'no such account among those of the files',
    authorization('web', { kind: 'ServiceAccount', name: 'shpo' }),
    [server('web', 'http'), account('shop')],
    [`${dangling}: there is no ServiceAccount shop/shpo; no client has this identity`],
  ],
  [
    'files without accounts',
    authorization('web', { kind: 'ServiceAccount', name: 'shpo' }),
    [server('web', 'http')],
    [],
  ],
  [
    'an account that some workload has',
    authorization('web', { kind: 'ServiceAccount', name: 'web' }),
    [server('web', 'http'), account('shop'), deployment('web', 'shop', {}, { serviceAccountName: 'web' })],
    [],
  ],
  [
    'every pod has an account',
    authorization('web', { kind: 'ServiceAccount', name: 'default' }),
    [server('web', 'http'), account('shop')],
    [],
  ],
  [
    'a cluster is seen whole',
    authorization('web', { kind: 'ServiceAccount', name: 'shpo' }),
    [server('web', 'http')],
    [`${dangling}: there is no ServiceAccount shop/shpo; no client has this identity`],
    { operation: 'CREATE', set: missedAtAdmission },
  ],

  [
    'no authentication',
    authorization('web'),
    [server('web', 'http')],
    [
      'mesh/authorization-any-identity warn: AuthorizationPolicy "shop/web": it lets in anybody, meshed or not',
    ],
  ],
  [
    'any identity',
    authorization('web', byMeshTls),
    [server('web', 'http'), meshTls(['*'])],
    ['mesh/authorization-any-identity warn: AuthorizationPolicy "shop/web": it lets in every meshed client'],
  ],
  [
    'the identities of a namespace',
    authorization('web', byMeshTls),
    [server('web', 'http'), meshTls(['*.web.serviceaccount.identity.linkerd.cluster.local'])],
    [],
  ],
  [
    'a route, for probes',
    policy('AuthorizationPolicy', 'web', {
      targetRef: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'probe' },
      requiredAuthenticationRefs: [],
    }),
    [
      server('web', 'http'),
      policy('HTTPRoute', 'probe', {
        parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }],
      }),
    ],
    [],
  ],
];

t.test('Servers and authorizations', async (t) => {
  for (const [name, object, among, expected, judging] of cases)
    t.same(told('mesh/', object, { among, ...judging }), expected, name);
});

t.test('a namespace that a policy means is missed where the cluster is seen', async (t) => {
  const ofBank = policy('MeshTLSAuthentication', 'clients', {
    identityRefs: [{ kind: 'Namespace', name: 'bank' }],
  });
  const dangles = (operation: 'CREATE' | 'STATE', ...among: readonly KubernetesObject[]) =>
    findingsOf('mesh/authorization-dangling', ofBank, { among, operation, set: missedAtAdmission }).length;
  t.equal(dangles('CREATE'), 1);
  t.equal(dangles('CREATE', namespace('bank')), 0);
  t.equal(dangles('CREATE', namespace('shop')), 1);
  t.equal(dangles('STATE'), 0, 'files need not hold the namespace');
});

t.test('an authorization for a route that is not there', async (t) => {
  const toRoute = policy('AuthorizationPolicy', 'web', {
    targetRef: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'probe' },
    requiredAuthenticationRefs: [],
  });
  const other = policy('HTTPRoute', 'other', {
    parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }],
  });
  const said = [
    `${dangling}: there is no HTTPRoute.policy.linkerd.io shop/probe; the policy authorizes nothing`,
  ];
  t.same(told('mesh/', toRoute, { among: [server('web', 'http')] }), said);
  t.same(told('mesh/', toRoute, { among: [server('web', 'http'), other] }), said);
  const there = { ...other, metadata: { ...other.metadata, name: 'probe' } };
  t.same(told('mesh/', toRoute, { among: [server('web', 'http'), there] }), []);
  const ofGateway = { ...there, apiVersion: 'gateway.networking.k8s.io/v1' };
  t.same(told('mesh/', toRoute, { among: [server('web', 'http'), ofGateway] }), said, 'another API has it');
});

t.test('nothing is missed where the picture is not whole', async (t) => {
  const object = authorization('web', byMeshTls);
  const gaps = [{ what: 'deploy/policy.yaml', why: 'it is a template' }];
  t.same(
    findingsAtAdmission('mesh/authorization-dangling', { operation: 'CREATE', object }, [], {
      gaps,
      conventions: missedAtAdmission,
    }),
    [],
  );
  const seen = { conventions: missedAtAdmission };
  t.equal(
    findingsAtAdmission('mesh/authorization-dangling', { operation: 'CREATE', object }, [], seen).length,
    2,
  );
});

t.test('a declared port needs a Server where a convention says so', async (t) => {
  const set = conventions({ rules: { 'mesh/server-missing': 'deny' } });
  const missing = (among: readonly KubernetesObject[], object = web()) =>
    told('mesh/server-missing', object, { among, set });
  t.same(missing([]), [
    'mesh/server-missing deny: Deployment "shop/web": no Server selects its port http (8080)',
  ]);
  t.same(missing([server('web', 'http')]), []);
  t.same(missing([server('web', 8080)]), []);
  t.same(missing([], web('web', { containerPort: 53, protocol: 'UDP' })), [], 'the proxy leaves UDP alone');
  t.same(told('mesh/server-missing', web()), [], 'off where nothing is said');
});

t.test('probes that the proxy would refuse', async (t) => {
  const closed = { mesh: { linkerd: { defaultInboundPolicy: 'deny' } } };
  const probed = (probe: Spec) =>
    web('web', { name: 'http', containerPort: 8080 }, { readinessProbe: probe });
  const http = probed({ httpGet: { port: 'http', path: '/ready' } });
  const set = conventions(closed);
  const of = (object: KubernetesObject, judging: Judging = {}) =>
    findingsOf('mesh/probe-authorization', object, { set, ...judging }).map(({ message, witness }) => [
      message,
      witness,
    ]);
  t.same(of(http), []);
  t.same(of(probed({ grpc: { port: 8080 } })), [
    [
      'Deployment "shop/web": the readinessProbe (gRPC on port 8080) would be refused by the pod\'s own proxy',
      'Linkerd lets only HTTP probes in by itself',
    ],
  ]);
  const attached = policy('HTTPRoute', 'api', {
    parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }],
  });
  const witness =
    'HTTPRoute "api" is attached to the port\'s Server, and then Linkerd lets no probe in by itself';
  const message =
    'Deployment "shop/web": the readinessProbe (GET /ready on port 8080) would be refused by the pod\'s own proxy';
  t.same(of(http, { among: [server('web', 'http'), attached] }), [[message, witness]]);
  t.same(of(attached, { among: [server('web', 'http'), http] }), [], 'in files it is told of the workload');
  t.same(of(attached, { among: [server('web', 'http'), http], operation: 'CREATE' }), [
    [`HTTPRoute "shop/api": by it ${message}`, witness],
  ]);
  t.same(
    of(
      deployment(
        'web',
        'shop',
        { annotations: { 'linkerd.io/inject': 'disabled' } },
        { containers: [{ name: 'app', readinessProbe: { grpc: { port: 1 } } }] },
      ),
    ),
    [],
    'without a proxy nobody refuses',
  );
});

t.test('a port that is open for clients from outside is open on purpose', async (t) => {
  const anyone = authorization('web');
  const service = (type: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type, selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  });
  const saidOf = (type: string) =>
    told('mesh/authorization-any-identity', anyone, {
      among: [server('web', 'http'), web(), service(type)],
    }).length;
  t.equal(saidOf('LoadBalancer'), 0);
  t.equal(saidOf('NodePort'), 0);
  t.equal(saidOf('ClusterIP'), 1);
});

/** Identities that a policy names, and what is said of each. */
function identityCases(): readonly Case[] {
  const ending = 'serviceaccount.identity.linkerd.cluster.local';
  const nobody = (identity: string) =>
    `mesh/identity-of-nobody warn: MeshTLSAuthentication "shop/clients": no workload has the identity "${identity}", so it lets nobody in`;
  const elsewhere = (identity: string) =>
    `mesh/identity-of-nobody warn: MeshTLSAuthentication "shop/clients": no workload of this cluster has the identity "${identity}": here they end with linkerd.cluster.local`;
  const quiet = [
    `front.shop.${ending}`,
    `*.shop.${ending}`,
    `*.${ending}`,
    '*.cluster.local',
    'spiffe://root.example/db',
  ];
  const told: readonly (readonly [string, string])[] = [
    ['front.shop', nobody('front.shop')],
    ['front', nobody('front')],
    ['*.shop', nobody('*.shop')],
    [`front.${ending}`, nobody(`front.${ending}`)],
    [
      'front.shop.serviceaccount.identity.linkerd.example.org',
      elsewhere('front.shop.serviceaccount.identity.linkerd.example.org'),
    ],
    [
      `front.shop.serviceaccount.identity.mesh.cluster.local`,
      elsewhere('front.shop.serviceaccount.identity.mesh.cluster.local'),
    ],
  ];
  const own = conventions({ mesh: { linkerd: { trustDomain: 'example.org', namespace: 'mesh' } } });
  return [
    ...quiet.map((identity): Case => [identity, meshTls([identity]), [], []]),
    ...told.map(([identity, line]): Case => [identity, meshTls([identity]), [], [line]]),
    [
      'a trust domain that the convention names',
      meshTls(['front.shop.serviceaccount.identity.mesh.example.org']),
      [],
      [],
      { set: own },
    ],
    [
      'the account of an identity is not there',
      meshTls([`front.shop.${ending}`]),
      [account('web')],
      [
        'mesh/authorization-dangling warn: MeshTLSAuthentication "shop/clients": there is no ServiceAccount shop/front; no client has this identity',
      ],
    ],
    [
      'an identity in a ServerAuthorization',
      policy('ServerAuthorization', 'web', {
        server: { name: 'web' },
        client: { meshTLS: { identities: ['front.shop'] } },
      }),
      [server('web', 8080), web()],
      [
        nobody('front.shop').replace(
          'MeshTLSAuthentication "shop/clients"',
          'ServerAuthorization "shop/web"',
        ),
      ],
    ],
  ];
}
