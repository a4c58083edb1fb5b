import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { answerMutate } from '../../src/admission/review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { applyEdits } from '../../src/manifests/edit/apply-edits.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, told, type Judging } from '../support/judged.ts';
import { injected } from '../support/made-by.ts';
import { deployment, namespace, pod } from '../support/objects.ts';

const config = 'config.linkerd.io/';
const policy = `${config}default-inbound-policy`;
const web = (annotations: StringMap, podSpec: object = {}) =>
  deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'enabled', ...annotations } }, podSpec);
const shop = (annotations: StringMap) => namespace('shop', {}, { metadata: { name: 'shop', annotations } });
const service = (annotations: StringMap, ports: readonly object[] = [{ port: 80 }]): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', annotations },
  spec: { selector: { app: 'web' }, ports },
});
const route = (kind: 'HTTPRoute' | 'GRPCRoute', annotations: StringMap): KubernetesObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name: 'web', namespace: 'shop', annotations },
  spec: { parentRefs: [{ group: 'core', kind: 'Service', name: 'web', port: 80 }] },
});
const declares = (...ports: readonly number[]) => ({
  containers: [{ name: 'app', ports: ports.map((containerPort) => ({ containerPort })) }],
});
const version = (version: string): Judging => ({ set: conventions({ mesh: { linkerd: { version } } }) });

/** What is judged, and what is said of the mesh. */
type Case = readonly [string, KubernetesObject, readonly string[], Judging?];

const cases: readonly Case[] = [
  ['nothing of Linkerd', web({ 'prometheus.io/scrape': 'true', 'example.com/linkerd': 'x' }), []],
  ['good ones', web({ [`${config}proxy-cpu-request`]: '100m', 'viz.linkerd.io/disable-tap': 'true' }), []],
  [
    'what the injector writes',
    web({ 'linkerd.io/created-by': 'linkerd/proxy-injector', 'linkerd.io/proxy-version': 'edge-26.6.2' }),
    [],
  ],
  [
    'a key that is none',
    web({ [`${config}opaque-port`]: '5432' }),
    [
      `mesh/annotation-unknown warn: Deployment "shop/web": Linkerd has no annotation ${config}opaque-port, so it does nothing`,
    ],
  ],
  [
    'a value that is none',
    web({ [`${config}proxy-memory-request`]: '64MB' }),
    [
      `mesh/annotation-value warn: Deployment "shop/web": ${config}proxy-memory-request: "64MB" is ignored, so the installation's own setting stays`,
    ],
  ],
  [
    'a key that a namespace does not hand down',
    shop({ [`${config}debug-image`]: 'example/debug' }),
    [
      `mesh/annotation-dead warn: Namespace "shop": ${config}debug-image is not handed down from a namespace to its pods, so here it does nothing; it counts on the pod template`,
    ],
  ],
  [
    'a key from before',
    web({ [`${config}pod-inbound-ports`]: '80' }),
    [
      `mesh/annotation-dead warn: Deployment "shop/web": ${config}pod-inbound-ports has had no effect since Linkerd 2.16`,
    ],
  ],
  ['a key from before, before', web({ [`${config}pod-inbound-ports`]: '80' }), [], version('2.15')],
  [
    'on the Deployment itself',
    {
      ...web({}),
      metadata: { name: 'web', namespace: 'shop', annotations: { [`${config}proxy-await`]: 'enabled' } },
    },
    [
      `mesh/annotation-dead warn: Deployment "shop/web": ${config}proxy-await does nothing here: Linkerd reads the pod template's annotations`,
    ],
  ],
  [
    'an annotation as a label',
    deployment('web', 'shop', {
      annotations: { 'linkerd.io/inject': 'enabled' },
      labels: { [`${config}proxy-await`]: 'enabled' },
    }),
    [
      `mesh/annotation-dead warn: Deployment "shop/web": ${config}proxy-await does nothing as a label: it is an annotation`,
    ],
  ],
  [
    'a label as an annotation',
    shop({ [`${config}admission-webhooks`]: 'disabled' }),
    [
      `mesh/annotation-dead warn: Namespace "shop": ${config}admission-webhooks does nothing as an annotation: it is a label`,
    ],
  ],
  [
    'headers that the templates refuse',
    web({ [`${config}proxy-log-http-headers`]: 'on' }),
    [
      `mesh/annotation-fatal deny: Deployment "shop/web": ${config}proxy-log-http-headers: "on" makes the injector refuse the pod: logHTTPHeaders must be one of: insecure | off`,
    ],
  ],
  [
    'nothing is refused outside the mesh',
    web({ [`${config}proxy-log-http-headers`]: 'on', 'linkerd.io/inject': 'disabled' }),
    [
      'mesh/opt-out deny: Deployment "shop/web": its pods would run outside the mesh, the pod template says linkerd.io/inject: disabled',
    ],
  ],
  [
    'where linkerd-init is root',
    web({ [`${config}close-wait-timeout`]: '1m' }),
    [],
    { set: conventions({ mesh: { linkerd: { runAsRoot: true } } }) },
  ],
  [
    'with the CNI plugin nothing is redirected by the pod',
    web({ [`${config}close-wait-timeout`]: '1m' }),
    [],
    { set: conventions({ mesh: { linkerd: { cni: true } } }) },
  ],
  [
    'a quote at the namespace',
    web({}),
    [
      `mesh/annotation-fatal deny: Deployment "shop/web": Linkerd can't inject its pods, because of an annotation of their namespace`,
    ],
    { among: [shop({ [`${config}proxy-log-level`]: 'linkerd[name="x"]=debug' })] },
  ],
  [
    'a name that has been replaced',
    web({ 'config.beta.linkerd.io/proxy-enable-native-sidecar': 'true' }),
    [
      `mesh/annotation-deprecated warn: Deployment "shop/web": config.beta.linkerd.io/proxy-enable-native-sidecar is deprecated since Linkerd 2.20; write ${config}proxy-enable-native-sidecar`,
    ],
  ],
  [
    'nothing has taken its place there',
    shop({ 'config.alpha.linkerd.io/proxy-enable-native-sidecar': 'true' }),
    [],
    version('2.19'),
  ],
  [
    'values that contradict each other',
    service({
      'balancer.linkerd.io/failure-accrual': 'consecutive',
      'balancer.linkerd.io/failure-accrual-consecutive-min-penalty': '2m',
    }),
    [
      'mesh/annotation-value warn: Service "shop/web": the minimum penalty exceeds the maximum, so the circuit breaker of the Service is off',
    ],
  ],
  [
    'one that needs another',
    service({ 'balancer.linkerd.io/failure-accrual-consecutive-max-failures': '3' }),
    [
      'mesh/annotation-dead warn: Service "shop/web": balancer.linkerd.io/failure-accrual-consecutive-max-failures does nothing without balancer.linkerd.io/failure-accrual: consecutive',
    ],
  ],
  ['on a Service', service({ 'retry.linkerd.io/http': '5xx' }), []],
  [
    'the injector looks at Services for opaque ports alone',
    service({ 'linkerd.io/inject': 'enabled' }),
    [
      'mesh/annotation-dead warn: Service "shop/web": linkerd.io/inject does nothing on the Service; it counts on the pod template or the namespace',
    ],
  ],
  [
    'no pods are made of a ServiceAccount',
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'web', namespace: 'shop', annotations: { 'linkerd.io/inject': 'enabled' } },
    },
    [
      'mesh/inject-misplaced warn: ServiceAccount "shop/web": linkerd.io/inject does nothing on a ServiceAccount: Linkerd reads it on pod templates and namespaces',
    ],
  ],
  [
    'a route',
    route('HTTPRoute', { 'timeout.linkerd.io/request': '1.5s' }),
    [
      'mesh/annotation-value warn: HTTPRoute "shop/web": timeout.linkerd.io/request: "1.5s" makes Linkerd\'s policy webhook refuse the route',
    ],
  ],
  [
    'a route of the other protocol',
    route('GRPCRoute', { 'retry.linkerd.io/http': '5xx' }),
    [
      'mesh/annotation-dead warn: GRPCRoute "shop/web": retry.linkerd.io/http does nothing on a GRPCRoute; write retry.linkerd.io/grpc',
    ],
  ],
  [
    'a Service of another group',
    { ...service({ 'retry.linkerd.io/http': 'x' }), apiVersion: 'example.dev/v1' },
    [],
  ],
  [
    'a key that Linkerd does not have, which an operator may hand on',
    { ...service({ [`${config}opaque-port`]: 'x' }), apiVersion: 'example.dev/v1' },
    [
      'mesh/annotation-unknown warn: Service "shop/web": Linkerd has no annotation config.linkerd.io/opaque-port, so it does nothing',
    ],
  ],

  [
    'all ports skipped',
    web({ [`${config}skip-inbound-ports`]: '1-65535' }),
    [
      'mesh/bypass deny: Deployment "shop/web": anyone can connect to ports 1-65535 past the proxy, without TLS and policy',
    ],
  ],
  [
    'one port skipped',
    web({ [`${config}skip-inbound-ports`]: '8443' }),
    [
      'mesh/bypass warn: Deployment "shop/web": anyone can connect to port 8443 past the proxy, without TLS and policy',
    ],
  ],
  ['the ports that are skipped anyway', web({ [`${config}skip-inbound-ports`]: '4567,4568' }), []],
  [
    'a convention that wants none skipped',
    web({ [`${config}skip-outbound-ports`]: '5432' }),
    ['mesh/bypass deny: Deployment "shop/web": connections to port 5432 go past the proxy, without TLS'],
    { set: conventions({ rules: { 'mesh/bypass': 'deny' } }) },
  ],
  [
    'everywhere skipped',
    shop({ [`${config}skip-subnets`]: '0.0.0.0/0' }),
    [
      'mesh/bypass deny: Namespace "shop": connections from "0.0.0.0/0" reach the pods past the proxy, without TLS and policy',
    ],
  ],
  [
    'a blank behind a comma',
    web({ [`${config}skip-subnets`]: '10.0.0.0/8, 0.0.0.0/0' }),
    [
      'mesh/bypass deny: Deployment "shop/web": connections from "10.0.0.0/8, 0.0.0.0/0" reach the pods past the proxy, without TLS and policy',
    ],
  ],
  [
    'everywhere in four parts',
    web({ [`${config}skip-subnets`]: '64.0.0.0/2,0.0.0.0/2,192.0.0.0/2,128.0.0.0/2' }),
    [
      'mesh/bypass deny: Deployment "shop/web": connections from "64.0.0.0/2,0.0.0.0/2,192.0.0.0/2,128.0.0.0/2" reach the pods past the proxy, without TLS and policy',
    ],
  ],
  [
    'two small networks with a blank',
    web({ [`${config}skip-subnets`]: '10.9.0.0/24, 10.8.0.0/24' }),
    [
      'mesh/bypass warn: Deployment "shop/web": connections from "10.9.0.0/24, 10.8.0.0/24" reach the pods past the proxy, without TLS and policy',
    ],
  ],
  [
    'a list with a quotation mark',
    web({ [`${config}skip-outbound-ports`]: '"1-65535"' }),
    [
      String.raw`mesh/bypass deny: Deployment "shop/web": what config.linkerd.io/skip-outbound-ports "\"1-65535\"" lets past the proxy cannot be told: it holds a quotation mark`,
      String.raw`mesh/annotation-value warn: Deployment "shop/web": config.linkerd.io/skip-outbound-ports: "\"1-65535\"" cannot be read reliably: it holds a quotation mark`,
    ],
  ],
  [
    'a line break that adds to the container',
    web({ [`${config}proxy-image`]: 'example/proxy:1\nargs: [--simulate]\n#' }),
    [
      'mesh/bypass deny: Deployment "shop/web": config.linkerd.io/proxy-image holds a line break, by which it can rewrite the containers that the injector adds',
      String.raw`mesh/annotation-value warn: Deployment "shop/web": config.linkerd.io/proxy-image: "example/proxy:1\nargs: [--simulate]\n#" is used as it is`,
    ],
  ],
  [
    "the proxy's own group",
    web(
      { [`${config}proxy-gid`]: '3000' },
      { containers: [{ name: 'app', securityContext: { runAsUser: 1000, runAsGroup: 3000 } }] },
    ),
    [
      'mesh/bypass warn: Deployment "shop/web": containers that run as group 3000 go past the proxy, also where only their image says so',
      'mesh/bypass deny: Deployment "shop/web": group 3000 is the proxy\'s own, whose traffic is not redirected to the proxy',
    ],
  ],
  [
    "the proxy's own user",
    web({}, { containers: [{ name: 'app', securityContext: { runAsUser: 2102 } }] }),
    [
      'mesh/bypass deny: Deployment "shop/web": user 2102 is the proxy\'s own, whose traffic is not redirected to the proxy',
    ],
  ],
  [
    'outside the mesh there is nothing to get around',
    web({ [`${config}skip-inbound-ports`]: '1-65535' }, { hostNetwork: true }),
    [
      'mesh/not-injectable deny: Deployment "shop/web": its pods can\'t be meshed, they use the network of the host, on which Linkerd injects nothing',
    ],
  ],

  [
    'a default port is lost',
    web({ [`${config}opaque-ports`]: '27017' }, declares(5432, 27017)),
    [
      'mesh/opaque-ports warn: Deployment "shop/web": its list of opaque ports replaces the default one, so 5432 (PostgreSQL) is no longer opaque',
    ],
  ],
  [
    'lost by the namespace',
    web({}, declares(3306)),
    [
      'mesh/opaque-ports warn: Deployment "shop/web": its namespace\'s list of opaque ports replaces the default one, so 3306 (MySQL) is no longer opaque',
    ],
    { among: [shop({ [`${config}opaque-ports`]: '27017' })] },
  ],
  ['nothing is meant to be opaque', web({ [`${config}opaque-ports`]: '' }, declares(5432)), []],
  ['not lost', web({ [`${config}opaque-ports`]: '5000-6000' }, declares(5432)), []],
  [
    'a name of a port',
    web({ [`${config}opaque-ports`]: 'db' }),
    [
      `mesh/opaque-ports warn: Deployment "shop/web": ${config}opaque-ports: "db" makes the policy controller drop the whole list, because of "db"`,
    ],
  ],
  [
    'lost by a Service',
    service({ [`${config}opaque-ports`]: '27017' }, [{ port: 6379 }, { port: 27017 }]),
    [
      'mesh/opaque-ports warn: Service "shop/web": its list of opaque ports replaces the default one, so 6379 (Redis) is no longer opaque',
    ],
  ],
  [
    'a Service and its pods disagree',
    service({ [`${config}opaque-ports`]: '27017' }, [{ port: 27017 }]),
    [
      'mesh/opaque-ports warn: Service "shop/web": port 27017 is opaque here, but not on Deployment "shop/web"',
    ],
    { among: [web({}, declares(27017))] },
  ],
  [
    'the pods and a Service disagree',
    web({ [`${config}opaque-ports`]: '27017' }, declares(27017)),
    [
      'mesh/opaque-ports warn: Deployment "shop/web": port 27017 is opaque here, but not on Service "shop/web"',
    ],
    { among: [service({}, [{ port: 27017 }])], operation: 'CREATE' },
  ],
  [
    'they agree',
    service({ [`${config}opaque-ports`]: '80' }, [{ port: 80, targetPort: 27017 }]),
    [],
    { among: [web({ [`${config}opaque-ports`]: '27017' }, declares(27017))] },
  ],
  [
    'they agree by the default list',
    service({}, [{ port: 80, targetPort: 5432 }]),
    [],
    { among: [web({}, declares(5432))] },
  ],
  [
    'by appProtocol the client says so',
    service({}, [{ port: 27017, appProtocol: 'linkerd.io/opaque' }]),
    [],
    { among: [web({}, declares(27017))] },
  ],

  [
    'a word for HTTP',
    service({}, [{ port: 80, appProtocol: 'grpc' }]),
    [
      'mesh/app-protocol warn: Service "shop/web": appProtocol: grpc makes port 80 opaque, without routes, retries and HTTP metrics',
    ],
  ],
  [
    'words that mean bytes',
    service({}, [
      { port: 443, appProtocol: 'https' },
      { port: 5432, appProtocol: 'postgresql' },
    ]),
    [],
  ],
  ['before 2.18 nobody reads it', service({}, [{ port: 80, appProtocol: 'grpc' }]), [], version('2.17')],

  [
    'a policy that Linkerd ignores, to everybody',
    web({ [policy]: 'all_authenticated' }),
    [
      `mesh/default-inbound-policy deny: Deployment "shop/web": Linkerd ignores ${policy}: "all_authenticated", so the installation's all-unauthenticated holds`,
    ],
  ],
  [
    'a policy that nobody knows',
    web({ [policy]: 'closed' }),
    [
      `mesh/default-inbound-policy warn: Deployment "shop/web": Linkerd ignores ${policy}: "closed", so the installation's all-unauthenticated holds`,
    ],
  ],
  [
    'a policy that Linkerd ignores, to nobody',
    web({ [policy]: 'all_authenticated' }),
    [
      `mesh/default-inbound-policy warn: Deployment "shop/web": Linkerd ignores ${policy}: "all_authenticated", so the installation's deny holds`,
    ],
    { set: conventions({ mesh: { linkerd: { defaultInboundPolicy: 'deny' } } }) },
  ],
  [
    'more than its namespace',
    web({ [policy]: 'all-unauthenticated' }),
    [
      `mesh/default-inbound-policy warn: Deployment "shop/web": ${policy}: all-unauthenticated lets in more clients than the all-authenticated of its namespace`,
    ],
    { among: [shop({ [policy]: 'all-authenticated' })] },
  ],
  [
    'less than its namespace',
    web({ [policy]: 'deny' }),
    [],
    { among: [shop({ [policy]: 'all-authenticated' })] },
  ],
  [
    'more than the convention',
    web({ [policy]: 'audit' }),
    [
      `mesh/default-inbound-policy warn: Deployment "shop/web": ${policy}: audit lets in more clients than the deny of the convention`,
    ],
    { set: conventions({ mesh: { namespaces: { [policy]: 'deny' } } }) },
  ],
];

t.test('annotations of Linkerd, and what they do', async (t) => {
  for (const [name, object, expected, judging] of cases)
    t.same(told('mesh/', object, judging), expected, name);
});

t.test('fixes keep what is there and take what is meant', async (t) => {
  const fixed = (rule: string, object: KubernetesObject) => {
    const fix = findingsOf(rule, object)[0]?.fix;
    return fix && applyEdits(object, fix);
  };
  const annotations = (annotations: StringMap) => ({ spec: { template: { metadata: { annotations } } } });
  t.match(
    fixed('mesh/annotation-unknown', web({ [`${config}opaque-port`]: '1' })),
    annotations({ [`${config}opaque-ports`]: '1' }),
  );
  t.match(
    fixed('mesh/annotation-unknown', web({ [`${config}opaque-port`]: '1', [`${config}opaque-ports`]: '2' })),
    annotations({ [`${config}opaque-ports`]: '2' }),
    'a value that is there stays',
  );
  t.match(
    fixed('mesh/annotation-value', web({ [`${config}proxy-memory-limit`]: '64MB' })),
    annotations({ [`${config}proxy-memory-limit`]: '64M' }),
  );
  t.match(
    fixed('mesh/opaque-ports', web({ [`${config}opaque-ports`]: '27017' }, declares(5432))),
    annotations({ [`${config}opaque-ports`]: '27017,5432' }),
  );
  t.match(fixed('mesh/default-inbound-policy', web({ [policy]: 'Deny' })), annotations({ [policy]: 'deny' }));
});

t.test('namespaces get what the convention wants of them, and keep what they say', async (t) => {
  const set = conventions({
    mesh: { namespaces: { [policy]: 'deny', 'linkerd.io/inject': 'enabled' } },
  });
  const of = (object: KubernetesObject) =>
    findingsOf('mesh/namespace-annotation', object, { set, operation: 'CREATE' });
  t.same(of(shop({ [policy]: 'deny', 'linkerd.io/inject': 'enabled' })), []);
  const bare = of(namespace('shop'));
  t.same(
    bare.map(({ message, fix }) => [message, fix]),
    [
      [
        `Namespace "shop": it has no annotation ${policy}`,
        [{ pointer: '/metadata/annotations/config.linkerd.io~1default-inbound-policy', value: 'deny' }],
      ],
      [
        'Namespace "shop": it has no annotation linkerd.io/inject',
        [{ pointer: '/metadata/annotations/linkerd.io~1inject', value: 'enabled' }],
      ],
    ],
  );
  const other = of(shop({ [policy]: 'audit', 'linkerd.io/inject': 'ingress' }));
  t.same(
    other.map(({ message, fix }) => [message, fix]),
    [
      [`Namespace "shop": ${policy} is "audit", where the convention says "deny"`, undefined],
      ['Namespace "shop": linkerd.io/inject is "ingress", where the convention says "enabled"', undefined],
    ],
  );
  const restricted = namespace('shop', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  t.same(
    of(restricted).map(({ pointer }) => pointer),
    ['/metadata/annotations/config.linkerd.io~1default-inbound-policy'],
  );
});

t.test('beside `inject: off` namespaces are asked for their annotations all the same', async (t) => {
  const set = conventions({ mesh: { inject: 'off', namespaces: { 'linkerd.io/inject': 'enabled' } } });
  const of = (object: KubernetesObject) =>
    findingsOf('mesh/namespace-annotation', object, { set, operation: 'CREATE' });
  t.same(
    of(namespace('shop')).map(({ message }) => message),
    ['Namespace "shop": it has no annotation linkerd.io/inject'],
  );
  t.same(of(shop({ 'linkerd.io/inject': 'enabled' })), []);
  const asksNothing = conventions({ mesh: { inject: 'off' } });
  t.same(findingsOf('mesh/namespace-annotation', namespace('shop'), { set: asksNothing }), []);
});

t.test('admission adds them to new namespaces alone', async (t) => {
  const set = conventions({ mesh: { inject: 'off', namespaces: { [policy]: 'deny' } } });
  const { inventory } = createInventoryStore({ mode: 'v3crd' });
  const patchOf = (operation: 'CREATE' | 'UPDATE', object: KubernetesObject) =>
    answerMutate(
      {
        uid: 'u',
        kind: { group: '', version: 'v1', kind: 'Namespace' },
        operation,
        user: { username: 'ada', groups: [] },
        dryRun: false,
        object,
        ...(operation === 'UPDATE' ? { oldObject: object } : {}),
      },
      inventory,
      set,
      new Date('2026-11-21T12:00:00Z'),
    ).patch;
  t.same(patchOf('CREATE', namespace('shop')), [
    { op: 'add', path: '/metadata/annotations', value: { [policy]: 'deny' } },
  ]);
  t.same(patchOf('CREATE', shop({ [policy]: 'audit' })), [], 'nothing is overwritten');
  t.same(patchOf('UPDATE', namespace('shop')), []);
});

t.test('a pod that has its proxy is judged by what its author wrote', async (t) => {
  const handedDown = { [`${config}proxy-memory-limit`]: '64MB' };
  const running = injected(
    pod('web', 'shop', { annotations: { 'linkerd.io/inject': 'enabled', ...handedDown } }),
  );
  t.same(told('mesh/', running, { operation: 'CREATE', among: [shop(handedDown)] }), []);
  t.match(told('mesh/', running, { operation: 'CREATE' }), [/^mesh\/annotation-value warn/], 'its own');
});
