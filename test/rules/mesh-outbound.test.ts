import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { told, type Judging } from '../support/judged.ts';

type Spec = Readonly<Record<string, unknown>>;

const ofLinkerd = 'policy.linkerd.io/v1alpha1';
const object = (apiVersion: string, kind: string, name: string, spec: Spec, metadata: Spec = {}) =>
  ({ apiVersion, kind, metadata: { name, namespace: 'shop', ...metadata }, spec }) satisfies KubernetesObject;
const service = (name: string, spec: Spec = {}, labels: Spec = {}) =>
  object('v1', 'Service', name, { ports: [{ port: 80, targetPort: 8080 }], ...spec }, { labels });
const egress = (name: string) => object(ofLinkerd, 'EgressNetwork', name, { trafficPolicy: 'Deny' });
const toService = (name: string, rest: Spec = { port: 80 }) => ({
  group: '',
  kind: 'Service',
  name,
  ...rest,
});
const toEgress = (name: string) => ({ group: 'policy.linkerd.io', kind: 'EgressNetwork', name, port: 443 });
const route = (
  parent: Spec,
  backends: readonly Spec[] = [],
  { kind = 'HTTPRoute', apiVersion = 'gateway.networking.k8s.io/v1', name = 'split' } = {},
) => object(apiVersion, kind, name, { parentRefs: [parent], rules: [{ backendRefs: backends }] });
const profile = (spec: Spec) =>
  object('linkerd.io/v1alpha2', 'ServiceProfile', 'web.shop.svc.cluster.local', spec);
const limit = (name: string, creationTimestamp?: string) =>
  object(
    ofLinkerd,
    'HTTPLocalRateLimitPolicy',
    name,
    {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
      total: { requestsPerSecond: 9 },
    },
    creationTimestamp === undefined ? {} : { creationTimestamp },
  );
const link = object(
  'multicluster.linkerd.io/v1alpha3',
  'Link',
  'east',
  { targetClusterName: 'east' },
  {
    namespace: 'linkerd-multicluster',
  },
);
const operated = object('example.dev/v1', 'Shop', 'web', {});
const atAdmission: Judging = { operation: 'CREATE' };
const version = (version: string): Judging => ({ set: conventions({ mesh: { linkerd: { version } } }) });

const parent = (kind = 'HTTPRoute') => `mesh/route-parent warn: ${kind} "shop/split":`;
const backend = (kind = 'HTTPRoute') => `mesh/route-backend warn: ${kind} "shop/split":`;
const fails = 'its share of the requests fails';
const mirrored = 'mesh/mirror-label warn: Service "shop/web":';
const limited = 'mesh/rate-limit-ignored warn: HTTPLocalRateLimitPolicy';

/** What is judged, what exists besides, and what is said of it. */
type Case = readonly [string, KubernetesObject, readonly KubernetesObject[], readonly string[], Judging?];

const cases: readonly Case[] = [
  [
    'a parent that is not there',
    route(toService('wbe')),
    [service('web')],
    [`${parent()} there is no Service "shop/wbe", so the route has no effect on it`],
  ],
  ['nothing is known of Services', route(toService('wbe')), [], []],
  ['a parent in a namespace of others', route(toService('web', { namespace: 'far' })), [service('web')], []],
  ['the parent may come a second later', route(toService('wbe')), [service('web')], [], atAdmission],
  ['a mirrored parent', route(toService('far-east')), [service('web')], [], { among: [link] }],
  ['a federated parent', route(toService('far-federated')), [service('web')], []],
  ['an operator may make it', route(toService('pg-rw')), [service('web'), operated], []],
  [
    'beside an operator a name with a slip',
    route(toService('wbe')),
    [service('web'), operated],
    [`${parent()} there is no Service "shop/wbe", so the route has no effect on it`],
  ],
  ['a route of a gateway', route({ name: 'public' }, [{ name: 'gone', port: 80 }]), [service('web')], []],
  [
    'the port of the container',
    route(toService('web', { port: 8080 })),
    [service('web')],
    [`${parent()} Service "shop/web" has no port 8080, so no traffic takes the route`],
  ],
  ['all ports', route(toService('web', {})), [service('web')], []],
  [
    'a headless parent',
    route(toService('web')),
    [service('web', { clusterIP: 'None' })],
    [`${parent()} Service "shop/web" has no cluster IP, so Linkerd does not attach routes to it`],
  ],
  [
    'a parent outside the cluster',
    route(toService('web')),
    [service('web', { type: 'ExternalName', externalName: 'example.com' })],
    [`${parent()} Service "shop/web" has no cluster IP, so Linkerd does not attach routes to it`],
  ],
  [
    'a parent without a group',
    route({ kind: 'Service', name: 'web' }),
    [service('web')],
    [
      `${parent()} parent Service "shop/web" has the group gateway.networking.k8s.io, so Linkerd does not attach the route to it`,
    ],
  ],
  [
    "a parent without a group in Linkerd's own route",
    route({ kind: 'Service', name: 'web' }, [], { apiVersion: 'policy.linkerd.io/v1beta3' }),
    [service('web')],
    [
      `${parent()} parent Service "shop/web" has the group policy.linkerd.io, so Linkerd does not attach the route to it`,
    ],
  ],
  [
    'a ServiceProfile with routes',
    route(toService('web')),
    [service('web'), profile({ routes: [{ name: 'all', condition: { pathRegex: '.*' } }] })],
    [
      `${parent()} ServiceProfile "shop/web.shop.svc.cluster.local" overrides every route of Service "shop/web"`,
    ],
  ],
  [
    'a ServiceProfile without routes',
    route(toService('web')),
    [service('web'), profile({ opaquePorts: [] })],
    [],
  ],
  [
    'a GRPCRoute for the same port',
    route(toService('web')),
    [service('web'), route(toService('web'), [], { kind: 'GRPCRoute', name: 'methods' })],
    [
      `${parent()} GRPCRoute "shop/methods" is attached to Service "shop/web" as well, so Linkerd ignores this HTTPRoute`,
    ],
  ],
  [
    'a GRPCRoute for another port',
    route(toService('web')),
    [service('web'), route(toService('web', {}), [], { kind: 'GRPCRoute', name: 'methods' })],
    [],
  ],
  [
    'an HTTPRoute beside a GRPCRoute',
    route(toService('web'), [], { kind: 'GRPCRoute' }),
    [service('web'), route(toService('web'), [], { name: 'paths' })],
    [],
  ],
  [
    'a TLSRoute of a network that is not there',
    route(toEgress('outsdie'), [], { kind: 'TLSRoute', apiVersion: 'gateway.networking.k8s.io/v1alpha2' }),
    [egress('outside')],
    [`${parent('TLSRoute')} there is no EgressNetwork "shop/outsdie", so the route has no effect on it`],
  ],

  [
    'a backend that is not there',
    route(toService('web'), [
      { name: 'web', port: 80, weight: 9 },
      { name: 'web-v2', port: 80 },
    ]),
    [service('web')],
    [`${backend()} there is no Service "shop/web-v2" for its backend: ${fails}`],
  ],
  [
    'a backend without a share',
    route(toService('web'), [{ name: 'web-v2', port: 80, weight: 0 }]),
    [service('web')],
    [],
  ],
  [
    'a backend by another port, which Linkerd takes for one of the pods',
    route(toService('web'), [{ name: 'web', port: 8080 }]),
    [service('web')],
    [],
  ],
  [
    'a TCPRoute to nowhere',
    route(toService('web'), [{ name: 'gone', port: 80 }], { kind: 'TCPRoute' }),
    [service('web')],
    [`${backend('TCPRoute')} there is no Service "shop/gone" for its backend: ${fails}`],
  ],
  [
    'a backend of a kind of others',
    route(toService('web'), [{ group: 'example.dev', kind: 'Bucket', name: 'files' }]),
    [service('web')],
    [`${backend()} backend "files" is a Bucket of another group, to which Linkerd sends nothing: ${fails}`],
  ],
  ['a network to itself', route(toEgress('outside'), [toEgress('outside')]), [egress('outside')], []],
  [
    'a Service to a network',
    route(toService('web'), [toEgress('outside')]),
    [service('web'), egress('outside')],
    [`${backend()} EgressNetwork "shop/outside" is a backend and no parent of the route: ${fails}`],
  ],
  [
    "a Service without a port in Linkerd's own route",
    route(toService('web'), [{ name: 'web' }], { apiVersion: 'policy.linkerd.io/v1beta3' }),
    [service('web')],
    [`${backend()} backend Service "web" has no port: ${fails}`],
  ],

  ['one rate limit', limit('first'), [], []],
  [
    'a second rate limit in files',
    limit('second'),
    [limit('first')],
    [
      `${limited} "shop/second": Server "web" has the rate limit "first" as well, and only the one created first counts`,
    ],
  ],
  ['the first one in files', limit('first'), [limit('second')], []],
  [
    'a second rate limit in a cluster',
    limit('a-later-one'),
    [limit('first', '2026-11-20T00:00:00Z')],
    [
      `${limited} "shop/a-later-one": it limits nothing: Server "web" has the older rate limit "first" already`,
    ],
    atAdmission,
  ],

  ['a member', service('web', {}, { 'mirror.linkerd.io/federated': 'member' }), [], []],
  ['no member on purpose', service('web', {}, { 'mirror.linkerd.io/federated': 'false' }), [], []],
  [
    'another word than member',
    service('web', {}, { 'mirror.linkerd.io/federated': 'true' }),
    [],
    [
      `${mirrored} with mirror.linkerd.io/federated: true it joins no federated Service, unless a Link asks for this value`,
    ],
  ],
  [
    'before there was federation',
    service('web', {}, { 'mirror.linkerd.io/federated': 'true' }),
    [],
    [],
    version('2.16'),
  ],
  [
    'a headless member',
    service('web', { clusterIP: 'None' }, { 'mirror.linkerd.io/federated': 'member' }),
    [],
    [`${mirrored} it is headless (clusterIP: None), and a headless Service cannot join a federated Service`],
  ],
  ['by discovery', service('web', {}, { 'mirror.linkerd.io/exported': 'remote-discovery' }), [], []],
  [
    'another word than true',
    service('web', {}, { 'mirror.linkerd.io/exported': 'enabled' }),
    [],
    [
      `${mirrored} with mirror.linkerd.io/exported: enabled it is mirrored into no cluster, unless a Link asks for this value`,
    ],
  ],
  [
    'a mirror',
    service('web', {}, { 'mirror.linkerd.io/mirrored-service': 'true', 'mirror.linkerd.io/exported': 'x' }),
    [],
    [],
  ],
];

t.test('what Linkerd makes of routes, rate limits and labels for other clusters', (t) => {
  for (const [name, judged, among, expected, judging = {}] of cases) {
    const set = judging.set ?? conventions({});
    const lines = told('mesh/', judged, { ...judging, set, among: [...among, ...(judging.among ?? [])] });
    t.same(
      lines.filter((line) =>
        /^mesh\/(route-parent|route-backend|rate-limit-ignored|mirror-label) /.test(line),
      ),
      expected,
      name,
    );
  }
  t.end();
});

t.test('a convention may ask for it at admission', (t) => {
  const set = conventions({ rules: { 'mesh/route-parent': 'warn' } });
  t.same(
    told('mesh/route-parent', route(toService('wbe')), { among: [service('web')], set, operation: 'CREATE' }),
    [`${parent()} there is no Service "shop/wbe", so the route has no effect on it`],
  );
  t.end();
});
