import * as fc from 'fast-check';
import t from 'tap';
import { defaultConventions, createInventory } from '../../src/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { askConnections } from '../../src/questions/connections/ask-connections.ts';
import { askFlow } from '../../src/questions/flow/ask-flow.ts';
import { holds } from '../support/law.ts';

const conventions = defaultConventions();
const now = new Date('2026-11-20T12:00:00Z');

const list = fc.constantFrom('80', '5432', '80,8000-8080', '4143', '1-100', '25,5432');
const anyWorkload = (name: string) =>
  fc
    .record(
      {
        'config.linkerd.io/skip-inbound-ports': list,
        'config.linkerd.io/skip-outbound-ports': list,
        'config.linkerd.io/opaque-ports': list,
        'config.linkerd.io/proxy-require-identity-inbound-ports': list,
        'config.linkerd.io/default-inbound-policy': fc.constantFrom(
          'deny',
          'all-authenticated',
          'cluster-unauthenticated',
        ),
        'linkerd.io/inject': fc.constantFrom('enabled', 'disabled'),
      },
      { requiredKeys: [] },
    )
    .map((annotations): KubernetesObject => {
      const ports = [
        { name: 'main', containerPort: 5432 },
        { name: 'http', containerPort: 80 },
      ];
      const spec = { serviceAccountName: name, containers: [{ name, ports }] };
      const labels = { app: name };
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace: 'shop' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec } },
      };
    });

const anyRule = fc.record(
  {
    action: fc.constantFrom('Allow', 'Allow', 'Deny'),
    protocol: fc.constant('TCP'),
    source: fc.constantFrom({}, { selector: 'app == "web"' }, { nets: ['10.0.0.0/8'] }),
    destination: fc.constantFrom(
      {},
      { ports: [5432] },
      { ports: [4143] },
      { ports: ['main'] },
      { ports: ['1:4000'] },
    ),
  },
  { requiredKeys: ['action', 'protocol'] },
);
const anyPolicy = fc.record({
  selector: fc.constantFrom('all()', 'app == "db"'),
  types: fc.constantFrom(['Ingress'], ['Ingress', 'Egress']),
  ingress: fc.array(anyRule, { minLength: 1, maxLength: 3 }),
  egress: fc.constantFrom(
    [{ action: 'Allow' }],
    [],
    [{ action: 'Allow', protocol: 'TCP', destination: { ports: [4143] } }],
  ),
});

const policyOf = (spec: object): KubernetesObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { name: 'policy', namespace: 'shop' },
  spec,
});

const server = (port: string | number, more: object): KubernetesObject => ({
  apiVersion: 'policy.linkerd.io/v1beta3',
  kind: 'Server',
  metadata: { name: 'db', namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: 'db' } }, port, ...more },
});
const toWeb: readonly KubernetesObject[] = [
  {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'db' },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'web' }],
    },
  },
];
const networks: readonly KubernetesObject[] = [
  {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'office', namespace: 'shop' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'db' },
      requiredAuthenticationRefs: [
        { group: 'policy.linkerd.io', kind: 'NetworkAuthentication', name: 'office' },
      ],
    },
  },
  {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'NetworkAuthentication',
    metadata: { name: 'office', namespace: 'shop' },
    spec: { networks: [{ cidr: '192.0.2.0/24' }] },
  },
];
const anyLock = fc.constantFrom<readonly KubernetesObject[]>(
  [],
  [],
  [server('main', {})],
  [server(80, { proxyProtocol: 'opaque' }), ...toWeb],
  [server('main', {}), ...toWeb],
  [server('main', {}), ...networks],
  [server('main', { accessPolicy: 'all-unauthenticated' })],
);

const ports = [1, 25, 80, 100, 101, 4143, 4190, 4191, 5432, 8000, 8080, 8081, 65_535];
const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

t.test('each of all connections is what a question about it alone is answered', async (t) => {
  const counts = { allowed: 0, denied: 0, unknown: 0, encrypted: 0 };
  holds(
    t,
    'verdict and encryption, port by port',
    fc.property(anyWorkload('web'), anyWorkload('db'), anyPolicy, anyLock, (web, db, policy, lock) => {
      const inventory = createInventory([shop, web, db, policyOf(policy), ...lock], conventions);
      const question = { inventory, conventions, now };
      const { connections, ends } = askConnections(question);
      const endOf = (wanted: string) =>
        ends.find((end) => end.kind === 'workloads' && end.workloads.some(({ name }) => name === wanted))
          ?.id ?? '';
      for (const [from, source] of [
        [endOf('web'), { kind: 'object', namespace: 'shop', name: 'web' }],
        ['192.0.2.0/24', { kind: 'addresses', name: '192.0.2.7', net: net('192.0.2.7'), except: [] }],
        ['10.0.0.0/8', { kind: 'addresses', name: '10.1.2.3', net: net('10.1.2.3'), except: [] }],
      ] as const)
        for (const port of ports) {
          const destination = { kind: 'object', namespace: 'shop', name: 'db' } as const;
          const asked = askFlow({ source, destination, port: { port, protocol: 'TCP' } }, question);
          const answer = 'answers' in asked ? asked.answers[0] : undefined;
          const blocks = askConnections(question, { from: [source], port: { port } }).connections;
          const own = source.kind === 'object' ? connections.filter((one) => one.from === from) : blocks;
          const found = own.filter(
            (one) =>
              one.to === endOf('db') &&
              one.protocol === 'TCP' &&
              one.family === 'IPv4' &&
              one.ports.some(([first, last]) => first <= port && port <= last),
          );
          const verdict = found[0]?.verdict ?? 'denied';
          if (found.length > 1 || answer?.verdict !== verdict)
            throw new Error(`${from} ${port}: ${answer?.verdict} by itself, ${verdict} of ${found.length}`);
          counts[verdict] += 1;
          const encryption = { yes: 'encrypted', no: 'plaintext', unknown: 'unknown' }[
            answer.mesh?.encrypted ?? 'no'
          ];
          if (found[0] && found[0].encryption !== encryption)
            throw new Error(`${from} ${port}: ${encryption} by itself, ${found[0].encryption}`);
          if (encryption === 'encrypted') counts.encrypted += 1;
        }
    }),
    50,
  );
  for (const [what, count] of Object.entries(counts)) t.ok(count > 20, `${what}: ${count}`);
});

function net(ip: string) {
  const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
  return { family: 4, address: BigInt(((a * 256 + b) * 256 + c) * 256 + d), length: 32 } as const;
}
