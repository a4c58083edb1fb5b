import t from 'tap';
import {
  createPolicyWorld,
  evaluateFlow,
  judgeSupposedFlow,
  openingRules,
  printStep,
  type SupposedFlow,
} from '../../src/calico/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

function pod(namespace: string, labels: Record<string, string>, more: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'supposed', namespace, labels }, ...more };
}

function egressPolicy(...egress: readonly object[]): KubernetesObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'gate', namespace: 'shop' },
    spec: {
      types: ['Egress'],
      egress: egress.map((rule) => ({ action: 'Allow', protocol: 'TCP', ...rule })),
    },
  };
}

function worldWith(...objects: readonly KubernetesObject[]) {
  return createPolicyWorld(
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, ...objects],
    { mode: 'v3crd' },
  );
}

const database: SupposedFlow = {
  pod: pod('shop', { app: 'web' }),
  direction: 'Egress',
  peer: { pod: pod('data', { app: 'postgres' }) },
  protocol: 'TCP',
  port: 5432,
};

function verdictOf(rules: readonly object[], flow: Partial<SupposedFlow> = {}) {
  return judgeSupposedFlow(worldWith(egressPolicy(...rules)), { ...database, ...flow }).verdict;
}

t.test('a connection between pods that do not exist', async (t) => {
  const toDatabase = {
    destination: {
      namespaceSelector: 'kubernetes.io/metadata.name == "data"',
      selector: 'app == "postgres"',
      ports: [5432],
    },
  };
  t.equal(judgeSupposedFlow(worldWith(), database).verdict, 'allow', 'no policy');
  t.equal(verdictOf([toDatabase]), 'allow');
  t.equal(verdictOf([toDatabase], { port: 5433 }), 'deny');
  t.equal(verdictOf([toDatabase], { peer: { pod: pod('data', { app: 'mongo' }) } }), 'deny');
  t.equal(verdictOf([toDatabase], { pod: pod('shop', {}, { spec: { hostNetwork: true } }) }), 'allow');

  const { decidedBy, trail } = judgeSupposedFlow(worldWith(egressPolicy()), database);
  t.equal(decidedBy?.name, 'gate');
  t.same(trail.map(printStep), ['default|NetworkPolicy|shop/gate|-1|D']);
});

t.test('what is not known of a peer makes a denial doubtful, what is known does not', async (t) => {
  const cases: readonly (readonly [string, object, 'deny' | 'unknown'])[] = [
    ['its address', { destination: { nets: ['10.0.0.0/8'], ports: [5432] } }, 'unknown'],
    ['its address, at another port', { destination: { nets: ['10.0.0.0/8'], ports: [5433] } }, 'deny'],
    ['its Service', { destination: { services: { name: 'pg', namespace: 'data' } } }, 'unknown'],
    [
      'the name of its port',
      { destination: { selector: 'all()', namespaceSelector: 'all()', ports: ['pg'] } },
      'unknown',
    ],
    ['labels of its namespace', { destination: { namespaceSelector: 'team == "data"' } }, 'unknown'],
    [
      'labels of its account',
      { destination: { namespaceSelector: 'all()', serviceAccounts: { selector: 'a == "b"' } } },
      'unknown',
    ],
    [
      'the name of its namespace',
      { destination: { namespaceSelector: 'kubernetes.io/metadata.name == "other"' } },
      'deny',
    ],
    ['its labels', { destination: { namespaceSelector: 'all()', selector: 'tier == "data"' } }, 'deny'],
  ];
  for (const [name, rule, expected] of cases) t.equal(verdictOf([rule]), expected, name);
  const byTier = { destination: { namespaceSelector: 'all()', selector: 'tier == "data"' } };
  t.equal(verdictOf([byTier], { peerKnown: 'labels' }), 'unknown', 'a label it may have');
  const named = {
    destination: { namespaceSelector: 'kubernetes.io/metadata.name == "other"', ports: [5432] },
  };
  t.equal(verdictOf([named], { peerKnown: 'labels' }), 'deny');
  t.equal(verdictOf([named], { peerKnown: 'nothing' }), 'unknown', 'it may be anywhere');
  t.equal(
    verdictOf([{ ...named, action: 'Deny' }], { peerKnown: 'nothing' }),
    'deny',
    'a rule that closes opens nothing',
  );
  t.equal(
    verdictOf([{ destination: { ports: [5433] } }], { peerKnown: 'nothing' }),
    'deny',
    'the port is known all the same',
  );
});

t.test(
  'a rule that may pass a connection on makes a denial as doubtful as one that may allow it',
  async (t) => {
    const first = { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'first' } };
    const inFirst = (action: string, destination: object): KubernetesObject => ({
      ...egressPolicy(),
      metadata: { name: 'first.gate', namespace: 'shop' },
      spec: { tier: 'first', types: ['Egress'], egress: [{ action, protocol: 'TCP', destination }] },
    });
    const verdictBy = (action: string, destination: object) =>
      judgeSupposedFlow(
        worldWith({ ...first, spec: { order: 1, defaultAction: 'Deny' } }, inFirst(action, destination)),
        database,
      ).verdict;
    t.equal(verdictBy('Pass', { nets: ['10.0.0.0/8'] }), 'unknown');
    t.equal(verdictBy('Pass', { nets: ['10.0.0.0/8'], ports: [5433] }), 'deny', 'at another port');
    t.equal(verdictBy('Log', { nets: ['10.0.0.0/8'] }), 'deny');
    t.equal(verdictBy('Deny', { nets: ['10.0.0.0/8'] }), 'deny');
  },
);

t.test('described ports and addresses are known', async (t) => {
  const described = pod(
    'data',
    { app: 'postgres' },
    {
      spec: { containers: [{ name: 'pg', ports: [{ name: 'pg', containerPort: 5432 }] }] },
      status: { podIP: '10.1.2.3' },
    },
  );
  const byName = { destination: { namespaceSelector: 'all()', ports: ['pg'] } };
  t.equal(verdictOf([byName], { peer: { pod: described } }), 'allow');
  t.equal(verdictOf([{ destination: { nets: ['10.1.0.0/16'] } }], { peer: { pod: described } }), 'allow');
  t.equal(verdictOf([{ destination: { nets: ['10.2.0.0/16'] } }], { peer: { pod: described } }), 'deny');
  t.equal(verdictOf([{ destination: { nets: ['192.0.2.0/24'] } }], { peer: { ip: '192.0.2.1' } }), 'allow');
});

t.test('a Pod need not be in the world to be an end of a flow', async (t) => {
  const web = pod('shop', { app: 'web' }, { status: { podIP: '10.9.9.9' } });
  const world = worldWith(egressPolicy({ destination: { selector: 'app == "web"', ports: [80] } }));
  const flow = { source: { pod: web }, destination: { pod: web }, protocol: 'TCP', destinationPort: 80 };
  t.equal(evaluateFlow(world, flow).verdict, 'allow', 'found by its labels although it has an address');
  t.equal(evaluateFlow(world, { ...flow, destinationPort: 81 }).verdict, 'deny');
});

t.test('the rules that open a port, whoever comes', async (t) => {
  const world = worldWith(
    egressPolicy(
      { destination: { selector: 'app == "a"', ports: [5432] } },
      { destination: { nets: ['10.0.0.0/8'], ports: ['5000:6000'] } },
      { destination: { ports: [5433] } },
      { action: 'Deny' },
      { protocol: 'UDP' },
    ),
  );
  const { peer: _, ...flow } = database;
  t.same(
    openingRules(world, flow).map(({ policy, rule }) => [policy.name, rule.index]),
    [
      ['gate', 0],
      ['gate', 1],
    ],
  );
  t.same(openingRules(world, { ...flow, direction: 'Ingress' }), []);
  t.equal(
    judgeSupposedFlow(
      worldWith(egressPolicy({ action: 'Deny' }, { destination: { ports: [5432] } })),
      database,
    ).verdict,
    'deny',
    'a rule that comes too late leaves no doubt',
  );
});
