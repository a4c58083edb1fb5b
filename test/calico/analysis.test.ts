import t from 'tap';
import { coversRule } from '../../src/calico/analysis/rule-cover.ts';
import { createImplications } from '../../src/calico/analysis/implication.ts';
import { readRules } from '../../src/calico/policy/read-rule.ts';
import {
  createPolicyWorld,
  asksForNames,
  judgeNameLookup,
  type NameServers,
  evaluateFlow,
  findOneFamilyDenies,
  findOrderTies,
  findPassToProfile,
  findPolicy,
  findUnreachableRules,
  hostEndpointsSelectedBy,
  parseSelector,
  remarkedSelectors,
  repairSelector,
  type Selector,
} from '../../src/calico/index.ts';
import { referenceOf, type KubernetesObject } from '../../src/kubernetes/object.ts';
import {
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
  pod,
} from '../support/objects.ts';

/** What somebody writes, and what it must have been meant as; null where that can't be told. */
const repairs: readonly (readonly [string, string | null])[] = [
  ['app = "web"', 'app == "web"'],
  ['app = web', 'app == "web"'],
  ['app === "web" & has(b)', 'app == "web" && has(b)'],
  ['a == "b" | c == "d" or e != "f" AND g == "h"', 'a == "b" || c == "d" || e != "f" && g == "h"'],
  ['app in {web, "store"}', 'app in {"web", "store"}'],
  ['app == “web”', 'app == "web"'],
  ['app\u00a0== "web"', 'app == "web"'],
  ['app == "web" ||\n  app == "store"\n', 'app == "web" || app == "store"'],
  ['app == "web"', null],
  ['has(a, b)', null],
  ['app like "web"', null],
  ['(app = "web"', null],
  ['= '.repeat(2_000), null],
];

t.test('selectors are mended where only their signs are wrong', async (t) => {
  for (const [written, meant] of repairs)
    t.equal(repairSelector(written) ?? null, meant, written.slice(0, 60));
});

/** An inner selector, an outer one, whether the first implies the second, and whether they overlap. */
const relations: readonly (readonly [string, string, boolean, boolean])[] = [
  ['a == "x"', 'has(a)', true, true],
  ['has(a)', 'a == "x"', false, true],
  ['a == "x"', 'a != "x"', false, false],
  ['a in {"x"}', 'a == "x" || a == "y"', true, true],
  ['all()', 'has(a) || !has(a)', true, true],
  ['all()', 'has(a)', false, true],
  ['a == "x" && a == "y"', 'b == "z"', true, false],
  ['a starts with "xy"', 'a starts with "x"', true, true],
  ['a == "x" && b == "y"', 'all()', true, true],
];

t.test('selectors imply and overlap each other', async (t) => {
  const { implies, overlap } = createImplications();
  for (const [inner, outer, implied, overlaps] of relations) {
    t.equal(implies(selector(inner), selector(outer)), implied, `${inner} → ${outer}`);
    t.equal(overlap(selector(inner), selector(outer)), overlaps, `${inner} ∩ ${outer}`);
  }
  const known = new Map([['a', 'x']]);
  t.ok(implies(selector('all()'), selector('a == "x"'), known));
  t.notOk(overlap(selector('all()'), selector('a == "y"'), known));
});

/** Rules without their action: the outer, the inner, and whether the outer covers the inner. */
const covers: readonly (readonly [object, object, boolean])[] = [
  [{}, { protocol: 'TCP', destination: { ports: [80] } }, true],
  [{ protocol: 'TCP' }, { destination: { nets: ['10.0.0.0/8'] } }, false],
  [{ protocol: 'TCP' }, { protocol: 6 }, true],
  [{ notProtocol: 'UDP' }, { protocol: 'TCP' }, true],
  [{ notProtocol: 'UDP' }, { protocol: 'UDP' }, false],
  [{ notProtocol: 'UDP' }, {}, false],
  [{ ipVersion: 4 }, {}, false],
  [{ ipVersion: 4 }, { source: { nets: ['10.0.0.0/8'] } }, true],
  [{ source: { nets: ['0.0.0.0/0'] } }, { source: { nets: ['10.0.0.0/8'] } }, true],
  [{ source: { nets: ['0.0.0.0/0'] } }, { source: { selector: 'has(a)' } }, false],
  [{ source: { nets: ['0.0.0.0/1', '128.0.0.0/1'] } }, { ipVersion: 4 }, true],
  [{ source: { nets: ['10.0.0.0/9', '10.128.0.0/9'] } }, { source: { nets: ['10.0.0.0/8'] } }, true],
  [{ source: { notNets: ['10.0.0.0/8'] } }, { source: { nets: ['192.0.2.0/24'] } }, true],
  [{ source: { notNets: ['10.0.0.0/8'] } }, { source: { nets: ['10.1.0.0/16'] } }, false],
  [{ source: { notNets: ['10.1.0.0/16'] } }, { source: { notNets: ['10.0.0.0/8'] } }, true],
  [{ source: { selector: 'has(a)' } }, { source: { selector: 'a == "x"' } }, true],
  [{ source: { selector: 'has(a)' } }, {}, false],
  [{ source: { notSelector: 'a == "x"' } }, { source: { notSelector: 'has(a)' } }, true],
  [{ source: { notSelector: 'has(a)' } }, { source: { notSelector: 'a == "x"' } }, false],
  [
    { protocol: 'TCP', destination: { ports: ['80:90'] } },
    { protocol: 'TCP', destination: { ports: [80, '85:88'] } },
    true,
  ],
  [{ protocol: 'TCP', destination: { ports: [80] } }, { protocol: 'TCP' }, false],
  [{ destination: { ports: ['http'] } }, { protocol: 'TCP', destination: { ports: ['http'] } }, true],
  [
    { protocol: 'TCP', destination: { ports: ['http'] } },
    { protocol: 'TCP', destination: { ports: [80] } },
    false,
  ],
  [
    { protocol: 'TCP', destination: { notPorts: [22] } },
    { protocol: 'TCP', destination: { ports: [80] } },
    true,
  ],
  [
    { protocol: 'TCP', destination: { notPorts: [22] } },
    { protocol: 'TCP', destination: { ports: ['http'] } },
    false,
  ],
  [{ protocol: 'ICMP', icmp: { type: 8 } }, { protocol: 'ICMP', icmp: { type: 8, code: 0 } }, true],
  [{ protocol: 'ICMP', icmp: { type: 8 } }, { protocol: 'ICMP' }, false],
  [{ http: { methods: ['GET'] } }, { http: { methods: ['GET'] } }, false],
  [{ destination: { services: { name: 'a', namespace: 'b' } } }, {}, false],
];

t.test('a rule covers another', async (t) => {
  for (const [outer, inner, expected] of covers) {
    const [left, right] =
      readRules(
        [
          { action: 'Deny', ...outer },
          { action: 'Allow', ...inner },
        ],
        '',
      ) ?? [];
    if (!left || !right) throw new Error('not a rule');
    t.equal(
      coversRule(left, right, createImplications()),
      expected,
      `${JSON.stringify(outer)} ⊇ ${JSON.stringify(inner)}`,
    );
  }
});

t.test('a tie is resolved by each version as its witness says', async (t) => {
  const policies = [
    globalNetworkPolicy('m-deny', {
      order: 5,
      types: ['Ingress'],
      ingress: [{ action: 'Deny', source: { selector: 'color == "blue"' } }],
    }),
    networkPolicy('a-allow', 'shop', {
      order: 5,
      types: ['Ingress'],
      ingress: [{ action: 'Allow', protocol: 'TCP' }],
    }),
  ];
  const objects = [
    namespace('shop'),
    ...policies,
    { ...pod('blue', 'shop', { labels: { color: 'blue' } }), status: { podIP: '10.0.0.1' } },
    { ...pod('web', 'shop'), status: { podIP: '10.0.0.2' } },
  ];
  const verdictIn = (version: string) =>
    evaluateFlow(createPolicyWorld(objects, { mode: 'v3crd', version }), {
      source: { pod: 'shop/blue' },
      destination: { pod: 'shop/web' },
      protocol: 'TCP',
      destinationPort: 80,
    }).verdict;
  t.same(['3.32', '3.31'].map(verdictIn), ['allow', 'deny']);
  for (const version of ['3.32', '3.31']) {
    const world = createPolicyWorld(objects, { mode: 'v3crd', version });
    for (const object of policies) {
      const policy = findPolicy(world, referenceOf(object));
      const [tie, ...more] = policy ? findOrderTies(world, policy) : [];
      t.same(more, []);
      t.same(
        tie?.verdicts.map(({ verdict }) => verdict),
        ['allow', 'deny'],
        `${version} ${object.kind}`,
      );
    }
  }
});

t.test('ties are looked for to a limit, and up to it', async (t) => {
  const deny = (rules: readonly object[]) =>
    globalNetworkPolicy('m-deny', { order: 5, types: ['Ingress'], ingress: rules });
  const allow = (name: string, rule: object) =>
    networkPolicy(name, 'shop', { order: 5, types: ['Ingress'], ingress: [{ action: 'Allow', ...rule }] });
  const tiesOf = (object: KubernetesObject, ...others: readonly KubernetesObject[]) => {
    const world = createPolicyWorld([namespace('shop'), object, ...others], { mode: 'v3crd' });
    const policy = findPolicy(world, referenceOf(object));
    return policy ? findOrderTies(world, policy).length : undefined;
  };
  const blue = { action: 'Deny', source: { selector: 'color == "blue"' } };
  const onPort = (port: number) => allow(`a-${port}`, { protocol: 'TCP', destination: { ports: [port] } });
  t.equal(tiesOf(deny([blue]), ...[1, 2, 3, 4, 5].map(onPort)), 5);
  t.equal(tiesOf(deny([blue]), ...[1, 2, 3, 4, 5, 6].map(onPort)), 5, 'of more nobody reads');
  // Two connections are tried for each pair of rules, and the last of them alone shows a difference.
  const behind = (count: number) => [
    ...Array.from({ length: count }, () => ({ ...blue, protocol: 'UDP' })),
    { ...blue, protocol: 'TCP', ipVersion: 6 },
  ];
  t.equal(tiesOf(deny(behind(49)), allow('a', { protocol: 'TCP' })), 1, 'the hundredth connection');
  t.equal(tiesOf(deny(behind(50)), allow('a', { protocol: 'TCP' })), 0, 'and no further one');
});

t.test('no tie where it makes no difference', async (t) => {
  const deny = (name: string, spec: object) =>
    globalNetworkPolicy(name, {
      order: 5,
      types: ['Ingress'],
      ingress: [{ action: 'Deny', source: { selector: 'color == "blue"' } }],
      ...spec,
    });
  const allow = (spec: object) =>
    networkPolicy('a-allow', 'shop', {
      order: 5,
      types: ['Ingress'],
      ingress: [{ action: 'Allow', protocol: 'TCP' }],
      ...spec,
    });
  const cases: readonly (readonly [string, readonly KubernetesObject[]])[] = [
    ['both versions agree', [deny('0-deny', {}), allow({})]],
    ['another order', [deny('m-deny', { order: 4 }), allow({})]],
    ['another tier', [deny('m-deny', { tier: 'kube-admin' }), allow({})]],
    ['other pods', [deny('m-deny', { selector: 'app == "store"' }), allow({ selector: 'app == "web"' })]],
    [
      'other connections',
      [deny('m-deny', {}), allow({ ingress: [{ action: 'Allow', source: { selector: 'color == "red"' } }] })],
    ],
    [
      'decided before',
      [
        deny('m-deny', {}),
        allow({}),
        globalNetworkPolicy('first', { order: 1, types: ['Ingress'], ingress: [{ action: 'Deny' }] }),
      ],
    ],
    [
      'decided before for the account that is not named',
      [
        deny('m-deny', {}),
        allow({}),
        globalNetworkPolicy('first', {
          order: 1,
          selector: 'projectcalico.org/serviceaccount == "default"',
          types: ['Ingress'],
          ingress: [{ action: 'Deny' }],
        }),
      ],
    ],
    ['staged', [{ ...deny('m-deny', {}), kind: 'StagedGlobalNetworkPolicy' }, allow({})]],
    [
      'Kubernetes allows only',
      [kubernetesNetworkPolicy('a', 'shop', { podSelector: {}, ingress: [{}] }), allow({ order: 1000 })],
    ],
  ];
  for (const [name, policies] of cases) {
    const world = createPolicyWorld([namespace('shop'), ...policies], { mode: 'v3crd' });
    for (const object of policies) {
      const policy = findPolicy(world, referenceOf(object));
      t.same(policy ? findOrderTies(world, policy) : undefined, [], `${name}: ${object.metadata.name ?? ''}`);
    }
  }
});

t.test('a Deny of one family is told only with a connection of the other that gets through', async (t) => {
  const first = { action: 'Deny', source: { nets: ['0.0.0.0/0'] } };
  const openIn = (...ingress: object[]) => {
    const object = networkPolicy('p', 'shop', { types: ['Ingress'], ingress });
    const world = createPolicyWorld([namespace('shop'), object], { mode: 'v3crd' });
    const policy = findPolicy(world, referenceOf(object));
    return policy ? findOneFamilyDenies(world, policy).map(({ open, rule }) => `${rule} ${open}`) : [];
  };
  t.same(openIn(first, { action: 'Allow' }), ['0 IPv6']);
  t.same(openIn({ action: 'Deny', ipVersion: 6 }, { action: 'Allow' }), ['0 IPv4']);
  t.same(openIn(first), [], 'the tier ends in a deny for both');
  t.same(openIn(first, { action: 'Deny', source: { nets: ['::/0'] } }, { action: 'Allow' }), []);
  t.same(openIn({ ...first, protocol: 'TCP' }, { action: 'Allow', protocol: 'UDP' }), []);
  t.same(
    openIn({ action: 'Deny', source: { nets: ['10.0.0.0/8'] } }, { action: 'Allow' }),
    [],
    'not everybody',
  );
  t.same(openIn({ action: 'Deny', protocol: 'ICMP' }, { action: 'Allow' }), [], 'ICMP has one family');
});

t.test('host endpoints that a policy selects', async (t) => {
  const host = (name: string, labels: object) =>
    ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'HostEndpoint',
      metadata: { name, labels },
      spec: { node: name, interfaceName: '*' },
    }) as KubernetesObject;
  const policy = globalNetworkPolicy('p', { selector: '!has(role)', types: ['Ingress'] });
  const world = createPolicyWorld([policy, host('b', {}), host('a', {}), host('c', { role: 'x' })], {
    mode: 'v3crd',
  });
  const found = findPolicy(world, referenceOf(policy));
  t.same(found && hostEndpointsSelectedBy(world, found), ['a', 'b']);
});

/** Egress rules of a policy for all pods, and whether a pod can look up names. */
const lookups: readonly (readonly [string, object, boolean])[] = [
  ['nothing opened', {}, false],
  [
    'UDP 53 to kube-dns',
    { egress: [udp({ selector: 'k8s-app == "kube-dns"', namespaceSelector: 'all()', ports: [53] })] },
    true,
  ],
  [
    'any port of kube-system',
    {
      egress: [
        { action: 'Allow', destination: { namespaceSelector: 'projectcalico.org/name == "kube-system"' } },
      ],
    },
    true,
  ],
  [
    'a network that may hold it',
    { egress: [{ action: 'Allow', destination: { nets: ['10.0.0.0/8'] } }] },
    true,
  ],
  [
    'a service that may be it',
    {
      egress: [
        { action: 'Allow', destination: { services: { name: 'kube-dns', namespace: 'kube-system' } } },
      ],
    },
    true,
  ],
  [
    'another name server',
    { egress: [udp({ namespaceSelector: 'kubernetes.io/metadata.name == "openshift-dns"', ports: [5353] })] },
    true,
  ],
  ['another peer', { egress: [{ action: 'Allow', destination: { selector: 'app == "db"' } }] }, false],
  ['TCP alone', { egress: [{ action: 'Allow', protocol: 'TCP' }] }, false],
  ['ingress alone', { types: ['Ingress'] }, true],
  ['a Pass to what allows', { egress: [{ action: 'Pass', protocol: 'UDP' }] }, true],
];

const kubeDns = {
  pod: pod('coredns', 'kube-system', { labels: { 'k8s-app': 'kube-dns' } }),
  podKnown: 'labels' as const,
  port: 53,
  caches: [],
  serviceAddresses: ['10.96.0.10'],
  others: () => [],
};

for (const [name, spec, expected] of lookups) {
  t.test(`names: ${name}`, async (t) => {
    const policy = networkPolicy('p', 'shop', { types: ['Egress'], ...spec });
    const world = createPolicyWorld([namespace('shop'), policy], { mode: 'v3crd' });
    t.equal(judgeNameLookup(world, pod('web', 'shop'), kubeDns, 'UDP').verdict !== 'deny', expected);
  });
}

const kubeSystem = (name: string, selector: string) => ({
  namespaceSelector: `kubernetes.io/metadata.name == "${name}"`,
  selector,
  ports: [53],
});
const named = (labels: Record<string, string>) => [pod('own', 'shop', { labels })];

/** A rule for port 53 that does not find the name server, and what is made of it. */
const misses: readonly (readonly [string, object, Partial<NameServers>, string])[] = [
  ['pods of its own namespace', udp({ selector: 'k8s-app == "kube-dns"', ports: [53] }), {}, 'deny'],
  [
    'a name server of its own namespace',
    udp({ selector: 'app == "unbound"', ports: [53] }),
    { others: (where) => (where === 'shop' ? named({ app: 'unbound' }) : []) },
    'unknown',
  ],
  ['other labels there', udp(kubeSystem('kube-system', 'k8s-app == "coredns"')), {}, 'deny'],
  ['labels that they may have', udp(kubeSystem('kube-system', 'app == "dns"')), {}, 'unknown'],
  [
    'labels that they do not have',
    udp(kubeSystem('kube-system', 'app == "dns"')),
    { podKnown: 'template' },
    'deny',
  ],
  ['its labels elsewhere', udp(kubeSystem('default', 'k8s-app == "kube-dns"')), {}, 'deny'],
  ['another one elsewhere', udp(kubeSystem('names', 'app == "unbound"')), {}, 'unknown'],
  ['the address of the Service', udp({ nets: ['10.96.0.10/32'], ports: [53] }), {}, 'deny'],
  ['its neighbours', udp({ nets: ['10.96.0.0/24'], ports: [53] }), {}, 'deny'],
  ['a block with room for pods', udp({ nets: ['10.96.0.0/12'], ports: [53] }), {}, 'unknown'],
  ['another address', udp({ nets: ['10.0.0.2/32'], ports: [53] }), {}, 'unknown'],
  [
    'an address where nobody knows the Service',
    udp({ nets: ['10.96.0.10/32'], ports: [53] }),
    { serviceAddresses: [] },
    'unknown',
  ],
  [
    'its pods, while a cache is asked',
    udp(kubeSystem('kube-system', 'k8s-app == "kube-dns"')),
    { caches: ['169.254.20.10', '10.96.0.10'] },
    'deny',
  ],
  [
    'one address of the cache',
    udp({ nets: ['169.254.20.10/32'], ports: [53] }),
    { caches: ['169.254.20.10', '10.96.0.10'] },
    'allow',
  ],
  [
    'the address of the Service, at which the cache answers',
    udp({ nets: ['10.96.0.10/32'], ports: [53] }),
    { caches: ['169.254.20.10', '10.96.0.10'] },
    'allow',
  ],
];

for (const [name, rule, servers, expected] of misses) {
  t.test(`port 53 opened to ${name}`, async (t) => {
    const policy = networkPolicy('p', 'shop', { types: ['Egress'], egress: [rule] });
    const world = createPolicyWorld([namespace('shop'), policy], { mode: 'v3crd' });
    const { verdict } = judgeNameLookup(world, pod('web', 'shop'), { ...kubeDns, ...servers }, 'UDP');
    t.equal(verdict, expected);
  });
}

t.test('who asks the name server of the cluster', async (t) => {
  t.equal(asksForNames(pod('web', 'shop')), true);
  for (const own of [{ hostNetwork: true }, { dnsPolicy: 'None' }, { dnsPolicy: 'Default' }])
    t.equal(asksForNames(pod('web', 'shop', {}, own)), false, JSON.stringify(own));
});

t.test('policies with long selectors and many rules are gone through', async (t) => {
  const long = (part: (index: number) => string) =>
    Array.from({ length: 200 }, (_, index) => part(index))
      .join(' && ')
      .slice(0, 1_000)
      .replace(/ && [^&]*$/, '');
  const selectors: readonly ((rule: number) => string)[] = [
    (rule) => long((index) => `k${index} in {"a${rule}", "b${index}"}`),
    (rule) => long((index) => `(l${index % 7} contains "a${index}b${rule}" || l${index % 5} ends with "c")`),
    (rule) => long((index) => `k${index % 3} != "v${index}-${rule}"`),
  ];
  for (const text of selectors) {
    const rules = (first: string, second: string) =>
      Array.from({ length: 200 }, (_, index) => ({
        action: index % 2 === 0 ? first : second,
        source: { selector: text(index) },
      }));
    const policies = [
      globalNetworkPolicy('m', { order: 1, types: ['Ingress'], ingress: rules('Allow', 'Deny') }),
      networkPolicy('a', 'shop', {
        order: 1,
        selector: text(0),
        types: ['Ingress'],
        ingress: rules('Deny', 'Pass'),
      }),
    ];
    const world = createPolicyWorld(policies, { mode: 'v3crd' });
    for (const object of policies) {
      const policy = findPolicy(world, referenceOf(object));
      if (!policy) throw new Error('no policy');
      const found = [
        findUnreachableRules(world, policy),
        findOrderTies(world, policy),
        findOneFamilyDenies(world, policy),
        findPassToProfile(world, policy),
        remarkedSelectors(policy),
      ];
      t.ok(
        found.every((list) => Array.isArray(list)),
        text(0).slice(0, 40),
      );
    }
  }
});

function udp(destination: object): object {
  return { action: 'Allow', protocol: 'UDP', destination };
}

function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if ('problem' in parsed) throw new Error(parsed.problem.message);
  return parsed.selector;
}
