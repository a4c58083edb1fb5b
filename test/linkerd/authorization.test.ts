import fc from 'fast-check';
import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../src/kubernetes/pod-template.ts';
import {
  admitsAnyIdentity,
  admitsAnyone,
  admitsMore,
  clientsOfDefault,
  createMeshPolicySet,
  danglingReferences,
  defaultInboundPolicy,
  defaultProfile,
  inboundAccess,
  meshPolicyProblems,
  profileFromLinkerdConfig,
  refusedProbes,
  serverFit,
  serversByPort,
  type InboundAccess,
} from '../../src/linkerd/index.ts';

const profile = defaultProfile();

type Spec = Readonly<Record<string, unknown>>;

function policy(kind: string, name: string, spec: Spec, metadata: Spec = {}): KubernetesObject {
  const version =
    kind === 'Server' || kind === 'HTTPRoute'
      ? 'v1beta3'
      : kind === 'ServerAuthorization'
        ? 'v1beta1'
        : 'v1alpha1';
  return {
    apiVersion: `policy.linkerd.io/${version}`,
    kind,
    metadata: { name, namespace: 'shop', ...metadata },
    spec,
  };
}

function server(name: string, port: number | string, spec: Spec = {}, metadata: Spec = {}): KubernetesObject {
  return policy('Server', name, { podSelector: { matchLabels: { app: 'web' } }, port, ...spec }, metadata);
}

const target = (name: string, kind = 'Server') => ({ group: 'policy.linkerd.io', kind, name });
const authentication = (kind: string, name: string, namespace?: string) => ({
  ...(kind === 'ServiceAccount' ? {} : { group: 'policy.linkerd.io' }),
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

function authorize(
  name: string,
  targetRef: Spec,
  ...requiredAuthenticationRefs: readonly Spec[]
): KubernetesObject {
  return policy('AuthorizationPolicy', name, { targetRef, requiredAuthenticationRefs });
}

function template(spec: Spec = {}, annotations: StringMap = {}): PodTemplate {
  const found = podTemplateOf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' }, annotations },
    spec: { containers: [{ name: 'app', ports: [{ containerPort: 8080, name: 'http' }] }], ...spec },
  });
  if (!found) throw new Error('a pod has a template');
  return found;
}

const shop = { name: 'shop', annotations: {} };

function access(objects: readonly KubernetesObject[], port = 8080, pod = template()): InboundAccess {
  return inboundAccess(pod, shop, port, createMeshPolicySet(objects), profile);
}

/** Who may connect, as short text. */
function who({ grants }: InboundAccess): readonly string[] {
  return grants.map(({ by, clients, route }) => {
    const name = 'name' in by ? `${by.kind} ${by.name}` : `${by.kind} ${by.policy}`;
    const identities =
      typeof clients.identities === 'string' ? clients.identities : clients.identities.join(',');
    return `${name}: ${identities} from ${clients.networks.map(({ cidr }) => cidr).join(',')}${route ? ` on ${route.name}` : ''}`;
  });
}

const everywhere = '0.0.0.0/0,::/0';
const cart = 'cart.shop.serviceaccount.identity.linkerd.cluster.local';

t.test(
  'a port is opaque by the protocol of its Server, and by the list only where it has none',
  async (t) => {
    const opaqueBy = (proxyProtocol: string) =>
      access(
        [server('web', 8080, { proxyProtocol })],
        8080,
        template({}, { 'config.linkerd.io/opaque-ports': '8080' }),
      ).opaque;
    const table = { opaque: true, TLS: true, unknown: false, 'HTTP/1': false, 'HTTP/2': false, gRPC: false };
    for (const [protocol, expected] of Object.entries(table)) t.equal(opaqueBy(protocol), expected, protocol);
    t.equal(
      access([], 8080, template({}, { 'config.linkerd.io/opaque-ports': '8080' })).opaque,
      true,
      'no Server',
    );
    t.equal(access([]).opaque, false, 'nobody says so');
  },
);

t.test('another namespace, installation or set of policies is another question', async (t) => {
  const pod = template();
  const none = createMeshPolicySet([]);
  const policyOf = (
    annotations: StringMap = {},
    { name = 'shop', policies = none, installation = profile } = {},
  ) => inboundAccess(pod, { name, annotations }, 8080, policies, installation).policy;
  const denies = { 'config.linkerd.io/default-inbound-policy': 'deny' };
  const audited = createMeshPolicySet([server('web', 8080, { accessPolicy: 'audit' })]);
  const closed = profileFromLinkerdConfig({ proxy: { defaultInboundPolicy: 'deny' } });
  const usual = policyOf();
  t.not(usual, 'deny');
  t.equal(policyOf(denies), 'deny');
  t.equal(policyOf(), usual);
  t.equal(policyOf({}, { installation: closed }), 'deny');
  t.equal(policyOf(), usual);
  t.equal(policyOf({}, { policies: audited }), 'audit');
  t.equal(policyOf({}, { policies: audited, name: 'bank' }), usual, 'Servers stay in their namespace');
  t.equal(policyOf(), usual);
});

t.test('which Server rules which port', async (t) => {
  const governingServers = (objects: readonly KubernetesObject[], pod = template(), version = '2.20') =>
    [...serversByPort(pod, 'shop', createMeshPolicySet(objects), { version })].map(
      ([port, governingServer]) =>
        `${port} ${governingServer.server.name} over ${governingServer.overlapped.map(({ name }) => name).join() || '-'} ${governingServer.orderKnown}`,
    );
  t.same(governingServers([server('web', 8080)]), ['8080 web over - true']);
  t.same(governingServers([server('web', 'http')]), ['8080 web over - true']);
  t.same(governingServers([server('web', 'https')]), [], 'no port of that name');
  t.same(governingServers([server('web', 9999)]), ['9999 web over - true'], 'a number counts undeclared');
  t.same(governingServers([server('web', 8080, { podSelector: { matchLabels: { app: 'db' } } })]), []);
  t.same(
    governingServers([server('web', 8080, {}, { namespace: 'bank' })]),
    [],
    'Servers stay in their namespace',
  );
  t.same(
    governingServers([server('b', 8080), server('a', 'http')]),
    ['8080 a over b false'],
    'in files the age is unknown',
  );
  const aged = (name: string, creationTimestamp: string) => server(name, 8080, {}, { creationTimestamp });
  t.same(governingServers([aged('a', '2026-02-01T00:00:00Z'), aged('b', '2026-01-01T00:00:00Z')]), [
    '8080 b over a true',
  ]);
  const twice = template({
    containers: [
      { name: 'a', ports: [{ containerPort: 80, name: 'http' }] },
      {
        name: 'b',
        ports: [
          { containerPort: 81, name: 'http' },
          { containerPort: 82, name: 'http', protocol: 'UDP' },
        ],
      },
    ],
    initContainers: [{ name: 'c', ports: [{ containerPort: 83, name: 'http' }] }],
  });
  const two = ['80 web over - true', '81 web over - true'];
  t.same(governingServers([server('web', 'http')], twice, '2.18'), two);
  t.same(governingServers([server('web', 'http')], twice, '2.19'), [...two, '83 web over - true']);
  const external = policy('Server', 'vm', {
    externalWorkloadSelector: { matchLabels: { app: 'web' } },
    port: 8080,
  });
  t.same(governingServers([external]), []);
});

t.test('whether a Server fits any pods', async (t) => {
  const fit = (object: KubernetesObject, ...pods: readonly PodTemplate[]) => {
    const [found] = createMeshPolicySet([object]).servers;
    return found && serverFit(found, pods);
  };
  t.equal(fit(server('web', 'http'), template()), 'selects');
  t.equal(fit(server('web', 8080), template()), 'selects');
  t.equal(fit(server('web', 9090), template()), 'undeclared-port');
  t.equal(fit(server('web', 'grpc'), template()), 'no-such-port');
  t.equal(fit(server('metrics', 'linkerd-admin'), template()), 'selects', 'a port of the proxy itself');
  t.equal(fit(server('web', 8080, { podSelector: { matchLabels: { app: 'db' } } }), template()), 'no-pods');
  t.equal(fit(server('web', 8080)), 'no-pods');
});

t.test('who may connect to a port without a Server', async (t) => {
  const byDefault = (annotations: StringMap, namespace: StringMap = {}) =>
    who(
      inboundAccess(
        template({}, annotations),
        { name: 'shop', annotations: namespace },
        8080,
        createMeshPolicySet([]),
        profile,
      ),
    );
  const key = 'config.linkerd.io/default-inbound-policy';
  const clusterNetworks = profile.clusterNetworks.join(',');
  t.same(byDefault({}), [`defaultInboundPolicy all-unauthenticated: anyone from ${everywhere}`]);
  t.same(byDefault({ [key]: 'all-authenticated' }), [
    `defaultInboundPolicy all-authenticated: * from ${everywhere}`,
  ]);
  t.same(byDefault({ [key]: 'cluster-authenticated' }), [
    `defaultInboundPolicy cluster-authenticated: * from ${clusterNetworks}`,
  ]);
  t.same(byDefault({ [key]: 'cluster-unauthenticated' }), [
    `defaultInboundPolicy cluster-unauthenticated: anyone from ${clusterNetworks}`,
  ]);
  t.same(byDefault({ [key]: 'audit' }), [`defaultInboundPolicy audit: anyone from ${everywhere}`]);
  t.same(byDefault({ [key]: 'deny' }), []);
  t.same(byDefault({}, { [key]: 'deny' }), []);
  t.same(
    byDefault({ [key]: 'Deny' }, { [key]: 'deny' }),
    [`defaultInboundPolicy all-unauthenticated: anyone from ${everywhere}`],
    'a wrong value fails open',
  );
  const identified = { 'config.linkerd.io/proxy-require-identity-inbound-ports': '8000-8090' };
  t.same(byDefault(identified), [`defaultInboundPolicy all-unauthenticated: * from ${everywhere}`]);
  t.equal(
    defaultInboundPolicy(
      template(),
      {},
      profileFromLinkerdConfig({ proxy: { defaultInboundPolicy: 'deny' } }),
    ),
    'deny',
  );
  t.equal(clientsOfDefault('deny', profile), undefined);
});

t.test('a Server closes its port', async (t) => {
  t.same(who(access([server('web', 8080)])), []);
  t.same(who(access([server('web', 8080, { accessPolicy: 'all-authenticated' })])), [
    `accessPolicy all-authenticated: * from ${everywhere}`,
  ]);
  t.same(
    who(
      access([
        { ...server('web', 8080, { accessPolicy: 'audit' }), apiVersion: 'policy.linkerd.io/v1beta2' },
      ]),
    ),
    [],
    'a field the version does not have',
  );
  t.equal(access([server('web', 8080)], 9090).server, undefined, 'other ports keep the default');
});

t.test('AuthorizationPolicies open it', async (t) => {
  const web = server('web', 8080);
  const authentications = [
    policy('MeshTLSAuthentication', 'cart', { identityRefs: [{ kind: 'ServiceAccount', name: 'cart' }] }),
    policy('MeshTLSAuthentication', 'bank', { identityRefs: [{ kind: 'Namespace', name: 'bank' }] }),
    policy('MeshTLSAuthentication', 'any', { identities: ['*'] }),
    policy('NetworkAuthentication', 'pods', { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] }),
  ];
  const granted = (...objects: readonly KubernetesObject[]) =>
    who(access([web, ...authentications, ...objects]));
  t.same(granted(authorize('a', target('web'), authentication('MeshTLSAuthentication', 'cart'))), [
    `AuthorizationPolicy a: ${cart} from ${everywhere}`,
  ]);
  t.same(granted(authorize('a', target('web'), authentication('MeshTLSAuthentication', 'bank'))), [
    `AuthorizationPolicy a: *.bank.serviceaccount.identity.linkerd.cluster.local from ${everywhere}`,
  ]);
  t.same(granted(authorize('a', target('web'), authentication('ServiceAccount', 'cart'))), [
    `AuthorizationPolicy a: ${cart} from ${everywhere}`,
  ]);
  t.same(
    granted(
      authorize(
        'a',
        target('web'),
        authentication('MeshTLSAuthentication', 'any'),
        authentication('NetworkAuthentication', 'pods'),
      ),
    ),
    ['AuthorizationPolicy a: * from 10.0.0.0/8'],
  );
  t.same(
    granted(authorize('a', target('web'))),
    [`AuthorizationPolicy a: anyone from ${everywhere}`],
    'nothing is asked for',
  );
  t.same(granted(authorize('a', { kind: 'Namespace', name: 'shop' })), [
    `AuthorizationPolicy a: anyone from ${everywhere}`,
  ]);
  t.same(
    granted(authorize('a', { kind: 'NAMESPACE', group: 'core', name: 'shop' })),
    [`AuthorizationPolicy a: anyone from ${everywhere}`],
    'case and core do not matter',
  );
  t.same(granted(authorize('a', target('other'))), []);
  t.same(
    granted({ ...authorize('a', target('web')), metadata: { name: 'a', namespace: 'bank' } }),
    [],
    'policies stay in their namespace',
  );
  const gone = access([
    web,
    authorize('a', target('web'), authentication('MeshTLSAuthentication', 'nobody')),
  ]);
  t.same(who(gone), []);
  t.same(gone.ignored, [
    { namespace: 'shop', name: 'a', why: 'there is no MeshTLSAuthentication nobody in namespace shop' },
  ]);
});

t.test('ServerAuthorizations open it as well', async (t) => {
  const web = server('web', 8080, {}, { labels: { tier: 'front' } });
  const granted = (client: Spec, choice: Spec = { name: 'web' }) =>
    who(access([web, policy('ServerAuthorization', 'old', { server: choice, client })]));
  t.same(granted({ unauthenticated: true }), [`ServerAuthorization old: anyone from ${everywhere}`]);
  t.same(granted({ unauthenticated: true, networks: [{ cidr: '10.0.0.0/8' }] }), [
    'ServerAuthorization old: anyone from 10.0.0.0/8',
  ]);
  t.same(granted({ meshTLS: { serviceAccounts: [{ name: 'cart' }] } }), [
    `ServerAuthorization old: ${cart} from ${everywhere}`,
  ]);
  t.same(granted({ meshTLS: { unauthenticatedTLS: true } }), [
    `ServerAuthorization old: any-tls from ${everywhere}`,
  ]);
  t.same(granted({ meshTLS: { identities: ['*'] } }, { selector: { matchLabels: { tier: 'front' } } }), [
    `ServerAuthorization old: * from ${everywhere}`,
  ]);
  t.same(granted({ meshTLS: { identities: ['*'] } }, { selector: { matchLabels: { tier: 'back' } } }), []);
  t.same(granted({}), [], 'no clients, no authorization');
});

t.test('who is anyone, and who is any identity', async (t) => {
  const networks = [{ cidr: '0.0.0.0/0', except: [] }];
  t.ok(admitsAnyone({ identities: 'anyone', networks }));
  t.notOk(admitsAnyone({ identities: 'anyone', networks: [{ cidr: '10.0.0.0/8', except: [] }] }));
  t.notOk(admitsAnyone({ identities: ['*'], networks }));
  t.ok(admitsAnyIdentity({ identities: ['*'], networks }));
  t.ok(admitsAnyIdentity({ identities: 'any-tls', networks }));
  t.notOk(admitsAnyIdentity({ identities: ['*.shop.example'], networks }));
});

t.test('which of two grants lets in more', async (t) => {
  const more = (one: string, other: string) =>
    admitsMore(clientsOfDefault(one, profile), clientsOfDefault(other, profile));
  const wider: readonly (readonly [string, string])[] = [
    ['all-unauthenticated', 'deny'],
    ['audit', 'deny'],
    ['all-unauthenticated', 'all-authenticated'],
    ['all-unauthenticated', 'cluster-unauthenticated'],
    ['all-authenticated', 'cluster-authenticated'],
    ['cluster-authenticated', 'deny'],
  ];
  for (const [one, other] of wider) {
    t.ok(more(one, other), `${one} lets in more than ${other}`);
    t.notOk(more(other, one), `${other} does not let in more than ${one}`);
  }
  t.notOk(more('audit', 'all-unauthenticated'));
  t.ok(
    more('cluster-unauthenticated', 'all-authenticated') &&
      more('all-authenticated', 'cluster-unauthenticated'),
  );
  const network = (cidr: string, except: readonly string[] = []) => ({
    identities: ['*'],
    networks: [{ cidr, except }],
  });
  t.notOk(admitsMore(network('10.1.0.0/16'), network('10.0.0.0/8')));
  t.ok(admitsMore(network('10.0.0.0/8'), network('10.1.0.0/16')));
  t.ok(
    admitsMore(network('10.1.0.0/16'), network('10.0.0.0/8', ['10.1.2.0/24'])),
    'not without its exceptions',
  );
  t.notOk(admitsMore({ identities: ['web'], networks: [] }, undefined));
  t.ok(admitsMore({ identities: ['web'], networks: [{ cidr: '10.0.0.0/8', except: [] }] }, undefined));

  const excepted = network('10.0.0.0/8', ['10.1.2.0/24', '10.1.3.0/24']);
  t.notOk(admitsMore(excepted, excepted), 'the same exceptions');
  t.notOk(admitsMore(excepted, network('10.0.0.0/8')), 'none are wider');
  t.ok(admitsMore(excepted, network('10.0.0.0/8', ['10.1.2.0/24'])), 'others are not compared');
  t.ok(admitsMore(network('10.1.0.0/16', ['10.1.2.0/24']), network('10.0.0.0/8', ['10.1.2.0/24'])));
  t.ok(admitsMore(network('10.0.0.0/8'), network('nonsense')), 'what is no network holds nothing');
  t.ok(admitsMore(network('nonsense'), network('0.0.0.0/0')), 'and is in none');
  const two = {
    ...network('10.1.0.0/16'),
    networks: [...network('10.1.0.0/16').networks, ...network('192.0.2.0/24').networks],
  };
  t.notOk(admitsMore(network('192.0.2.0/25'), two), 'one of two networks is enough');
  t.ok(admitsMore(two, network('10.0.0.0/8')), 'each network counts');
});

t.test('who is let in by whom: identities as they are written', async (t) => {
  const identities = ['anyone', 'any-tls', ['*'], ['a', 'b'], ['a'], []] as const;
  /** For each of these whether it lets in all that each of them does. */
  const includes: readonly string[] = [
    // anyone, any TLS, *, a and b, a, nobody
    'yyyyyy',
    'nyyyyy',
    'nnyyyy',
    'nnnyyy',
    'nnnnyy',
    'nnnnny',
  ];
  const clients = (one: (typeof identities)[number]) => ({
    identities: one,
    networks: [{ cidr: '0.0.0.0/0', except: [] }],
  });
  for (const [row, outer] of identities.entries()) {
    const found = identities.map((inner) => (admitsMore(clients(inner), clients(outer)) ? 'n' : 'y'));
    t.equal(found.join(''), includes[row], JSON.stringify(outer));
  }
});

t.test('routes and their own authorizations', async (t) => {
  const route = policy('HTTPRoute', 'get', { parentRefs: [target('web')] });
  const found = access([server('web', 8080), route, authorize('a', target('get', 'HTTPRoute'))]);
  t.same(
    found.routes.map(({ name }) => name),
    ['get'],
  );
  t.same(who(found), [`AuthorizationPolicy a: anyone from ${everywhere} on get`]);
  const gateway: KubernetesObject = { ...route, apiVersion: 'gateway.networking.k8s.io/v1' };
  t.same(
    who(access([server('web', 8080), gateway, authorize('a', target('get', 'HTTPRoute'))])),
    [],
    'the group of the route counts',
  );
  for (const group of ['example.org', undefined]) {
    const foreign = policy('HTTPRoute', 'get', { parentRefs: [{ ...target('web'), group }] });
    t.same(access([server('web', 8080), foreign]).routes, [], 'so does that of its parent');
  }
  const byPort = policy('HTTPRoute', 'get', { parentRefs: [{ ...target('web'), port: 8080 }] });
  t.same(access([server('web', 8080), byPort]).routes, [], 'a parent by port attaches nothing');
});

t.test('probes that the proxy would refuse', async (t) => {
  const http = { httpGet: { port: 'http', path: '/ready?x=1' } };
  const pod = (probes: Spec, annotations: StringMap = {}) =>
    template(
      { containers: [{ name: 'app', ports: [{ containerPort: 8080, name: 'http' }], ...probes }] },
      annotations,
    );
  const refused = (probed: PodTemplate, objects: readonly KubernetesObject[], use = profile) =>
    refusedProbes(probed, shop, createMeshPolicySet(objects), use).map(
      ({ because, path, pointer, port }) => `${because} ${port} ${path ?? '-'} ${pointer}`,
    );
  const web = server('web', 8080);
  const route = policy('HTTPRoute', 'get', { parentRefs: [target('web')] });
  const ready = pod({ readinessProbe: http });
  const at = '/spec/containers/0/readinessProbe';
  t.same(refused(ready, []), []);
  t.same(refused(ready, [web]), [], 'let in by itself');
  t.same(refused(ready, [web, route]), [`route 8080 /ready ${at}`]);
  t.same(refused(ready, [web, route, authorize('a', target('web'))]), [], 'open to anyone');
  t.same(refused(ready, [web, route, authorize('a', target('get', 'HTTPRoute'))]), [], 'the route is');
  t.same(refused(ready, [server('web', 8080, { proxyProtocol: 'opaque' })]), [`opaque 8080 /ready ${at}`]);
  t.same(refused(ready, [server('web', 8080, { accessPolicy: 'all-unauthenticated' }), route]), []);
  t.same(refused(pod({ readinessProbe: { grpc: { port: 8080 } } }), [web]), [`grpc 8080 - ${at}`]);
  t.same(
    refused(pod({ readinessProbe: { tcpSocket: { port: 8080 } }, livenessProbe: { exec: {} } }), [
      web,
      route,
    ]),
    [],
  );
  const denied = { 'config.linkerd.io/default-inbound-policy': 'deny' };
  t.same(refused(pod({ readinessProbe: http }, denied), []), [], 'let in by itself without a Server too');
  t.same(
    refused(pod({ readinessProbe: http }, { ...denied, 'config.linkerd.io/opaque-ports': '8080' }), []),
    [`opaque 8080 /ready ${at}`],
  );
  t.same(refused(ready, [web], profileFromLinkerdConfig({ policyController: { probeNetworks: [] } })), [
    `no-probe-network 8080 /ready ${at}`,
  ]);
  t.same(
    refused(pod({ readinessProbe: { httpGet: { port: 'HTTP' } } }), [web, route]),
    [`route 8080 / ${at}`],
    'names without regard to case',
  );
  t.same(refused(pod({ readinessProbe: { httpGet: { port: 'nobody' } } }), [web, route]), []);
});

t.test('references that lead nowhere', async (t) => {
  const found = (objects: readonly KubernetesObject[]) =>
    danglingReferences(createMeshPolicySet(objects), {
      hasServiceAccount: ({ name }) => name === 'cart',
      hasNamespace: (name) => name === 'shop',
    }).map(
      ({ effect, from, missing, pointer }) => `${from.kind} ${from.name} ${pointer}: ${missing}; ${effect}`,
    );
  t.same(
    found([
      authorize(
        'a',
        target('gone'),
        authentication('MeshTLSAuthentication', 'gone'),
        authentication('NetworkAuthentication', 'gone', 'bank'),
      ),
      authorize('b', { kind: 'Namespace', name: 'shop' }, authentication('ServiceAccount', 'nobody')),
      authorize('c', target('gone', 'HTTPRoute')),
      policy('MeshTLSAuthentication', 'm', {
        identityRefs: [
          { kind: 'ServiceAccount', name: 'cart' },
          { kind: 'ServiceAccount', name: 'nobody' },
          { kind: 'Namespace', name: 'bank' },
        ],
      }),
      policy('ServerAuthorization', 's', { server: { name: 'gone' }, client: { unauthenticated: true } }),
      policy('HTTPRoute', 'r', { parentRefs: [target('gone')] }),
    ]),
    [
      'AuthorizationPolicy a /spec/targetRef: Server shop/gone; the policy authorizes nothing',
      'AuthorizationPolicy a /spec/requiredAuthenticationRefs/0: MeshTLSAuthentication shop/gone; Linkerd ignores the whole policy, so nobody is authorized by it',
      'AuthorizationPolicy a /spec/requiredAuthenticationRefs/1: NetworkAuthentication bank/gone; Linkerd ignores the whole policy, so nobody is authorized by it',
      'AuthorizationPolicy b /spec/requiredAuthenticationRefs/0: ServiceAccount shop/nobody; no client has this identity',
      'AuthorizationPolicy c /spec/targetRef: HTTPRoute.policy.linkerd.io shop/gone; the policy authorizes nothing',
      'MeshTLSAuthentication m /spec/identityRefs/1: ServiceAccount shop/nobody; no client has this identity',
      'MeshTLSAuthentication m /spec/identityRefs/2: Namespace bank; no client has this identity',
      'ServerAuthorization s /spec/server: Server shop/gone; the authorization authorizes nothing',
      'HTTPRoute r /spec/parentRefs: Server shop/gone; the route matches no traffic',
    ],
  );
  t.same(
    found([server('web', 8080), authorize('a', target('web'), authentication('ServiceAccount', 'cart'))]),
    [],
  );
  t.same(
    danglingReferences(
      createMeshPolicySet([
        authorize('a', { kind: 'Namespace', name: 'shop' }, authentication('ServiceAccount', 'x')),
      ]),
    ),
    [],
    'what is not asked about exists',
  );
});

t.test("what Linkerd's webhook would refuse, and what cannot work", async (t) => {
  const cases: readonly (readonly [KubernetesObject, readonly string[]])[] = [
    [server('web', 8080), []],
    [server('web', 0), ['/spec/port: the port must be 1 to 65535 or the name of a container port']],
    [
      server('web', '8080'),
      [
        '/spec/port: "8080" in quotes is the name of a port, which no container port can have; write 8080 without quotes',
      ],
    ],
    [
      server('web', 8080, { proxyProtocol: 'http' }),
      ['/spec/proxyProtocol: the protocol must be unknown, HTTP/1, HTTP/2, gRPC, opaque, TLS'],
    ],
    [
      server('web', 8080, { podSelector: undefined }),
      ['/spec: a Server needs exactly one of podSelector and externalWorkloadSelector'],
    ],
    [
      server('web', 8080, { podSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }),
      ['/spec/podSelector: this is no label selector'],
    ],
    [
      server('web', 8080, { accessPolicy: 'open' }),
      [
        '/spec/accessPolicy: the access policy must be all-unauthenticated, all-authenticated, cluster-unauthenticated, cluster-authenticated, deny or audit',
      ],
    ],
    [
      { ...server('web', 8080, { accessPolicy: 'audit' }), apiVersion: 'policy.linkerd.io/v1beta1' },
      ['/spec/accessPolicy: policy.linkerd.io/v1beta1 has no accessPolicy; write policy.linkerd.io/v1beta3'],
    ],
    [
      authorize('a', { kind: 'Namespace', name: 'bank' }),
      ['/spec/targetRef/name: a policy can only be about its own namespace shop, not bank'],
    ],
    [
      authorize('a', { kind: 'Service', name: 'web' }),
      [
        '/spec/targetRef: Service cannot be a target: those are Server.policy.linkerd.io, HTTPRoute, GRPCRoute and Namespace',
      ],
    ],
    [
      authorize('a', { kind: 'Server', name: 'web' }),
      [
        '/spec/targetRef: Server cannot be a target: those are Server.policy.linkerd.io, HTTPRoute, GRPCRoute and Namespace',
      ],
    ],
    [
      authorize(
        'a',
        target('web'),
        authentication('ServiceAccount', 'a'),
        authentication('MeshTLSAuthentication', 'b'),
      ),
      ['/spec/requiredAuthenticationRefs: only one MeshTLSAuthentication or ServiceAccount may be asked for'],
    ],
    [
      authorize(
        'a',
        target('web'),
        authentication('NetworkAuthentication', 'n'),
        authentication('NetworkAuthentication', 'm'),
      ),
      ['/spec/requiredAuthenticationRefs: only one NetworkAuthentication may be asked for'],
    ],
    [
      authorize(
        'a',
        target('web'),
        authentication('NetworkAuthentication', 'n'),
        authentication('MeshTLSAuthentication', 'm'),
      ),
      [],
    ],
    [
      authorize('a', target('web'), { kind: 'Secret', name: 'x' }),
      [
        '/spec/requiredAuthenticationRefs/0: Secret is no kind of authentication: those are MeshTLSAuthentication, NetworkAuthentication and ServiceAccount',
      ],
    ],
    [
      policy('MeshTLSAuthentication', 'm', {}),
      ['/spec: a MeshTLSAuthentication needs identities or identityRefs'],
    ],
    [
      policy('MeshTLSAuthentication', 'm', {
        identities: ['*', '*.shop.example', 'spiffe://example/sa', 'a.*.example'],
      }),
      [
        '/spec/identities/3: "a.*.example" is no identity: neither a SPIFFE id nor a DNS name, of which only the first label may be *',
      ],
    ],
    [
      policy('MeshTLSAuthentication', 'm', {
        identityRefs: [
          { kind: 'Namespace', name: 'shop', namespace: 'x' },
          { kind: 'User', name: 'x' },
        ],
      }),
      [
        '/spec/identityRefs/0: a Namespace as identity has no namespace of its own',
        '/spec/identityRefs/1: an identity is a ServiceAccount or a Namespace, not a User',
      ],
    ],
    [
      policy('NetworkAuthentication', 'n', { networks: [] }),
      ['/spec/networks: a NetworkAuthentication needs at least one network'],
    ],
    [
      policy('NetworkAuthentication', 'n', {
        networks: [
          { cidr: '10.0.0.0' },
          { cidr: 'x' },
          { cidr: '10.0.0.0/8', except: ['10.0.0.0/7'] },
          { cidr: '10.0.0.0/8', except: ['11.0.0.0/8'] },
        ],
      }),
      [
        '/spec/networks/1: "x" is no network such as 10.0.0.0/8',
        '/spec/networks/2: the exception 10.0.0.0/7 leaves nothing of 10.0.0.0/8',
        '/spec/networks/3: the exception 11.0.0.0/8 is not inside 10.0.0.0/8',
      ],
    ],
    [
      policy('ServerAuthorization', 's', {
        server: { name: 'web' },
        client: { unauthenticated: true, meshTLS: {} },
      }),
      ['/spec/client: unauthenticated and meshTLS exclude each other'],
    ],
    [
      policy('HTTPRoute', 'r', { parentRefs: [{ ...target('web'), namespace: 'bank' }] }),
      ['/spec/parentRefs/0: a Server as parent must be in the namespace of the route'],
    ],
    [{ apiVersion: 'v1', kind: 'Server', metadata: { name: 'x' } }, []],
  ];
  for (const [object, problems] of cases) {
    const found = meshPolicyProblems(object).map(({ message, pointer }) => `${pointer}: ${message}`);
    t.same(found, problems, `${object.kind} ${JSON.stringify(object.spec)}`);
  }
});

t.test('another policy never takes a grant away, and another Server never opens a port', async (t) => {
  const names = fc.constantFrom('web', 'other');
  const policies = fc.array(
    fc.oneof(
      names.map((name) => authorize(`to-${name}`, target(name))),
      names.map((name) => authorize(`from-${name}`, target(name), authentication('ServiceAccount', 'cart'))),
    ),
    { maxLength: 4 },
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(policies, names, (before, name) => {
        const first = access([server('web', 8080), ...before]).grants.length;
        const second = access([server('web', 8080), ...before, authorize('more', target(name))]).grants
          .length;
        const closed = access([
          server('web', 8080),
          ...before,
          server('zz', 8080, { accessPolicy: 'all-unauthenticated' }),
        ]);
        return second >= first && closed.grants.length === first;
      }),
    ),
  );
});
