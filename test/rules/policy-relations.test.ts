import t from 'tap';
import { conventions } from '../support/conventions.ts';
import { findingsAmong, findingsAtAdmission, told } from '../support/findings.ts';
import {
  deployment,
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
  pod,
} from '../support/objects.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

const allow = { action: 'Allow' };
const deny = { action: 'Deny' };
const shop = namespace('shop');
const tier = (name: string, order: number, defaultAction = 'Deny'): KubernetesObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name },
  spec: { order, defaultAction },
});
const adminPolicy = (kind: string, spec: object): KubernetesObject => ({
  apiVersion: `policy.networking.k8s.io/${kind === 'ClusterNetworkPolicy' ? 'v1alpha2' : 'v1alpha1'}`,
  kind,
  metadata: { name: 'p' },
  spec,
});

t.test('policy/ineffective: fields that Calico does not know', async (t) => {
  const policy = networkPolicy('p', 'shop', {
    types: ['Ingress'],
    podSelector: {},
    ingress: [{ action: 'Allow', from: [], source: { nests: ['10.0.0.0/8'] } }],
  });
  const found = findingsAmong('policy/ineffective', [policy]);
  t.same(told(found), [
    '/spec/podSelector | NetworkPolicy "shop/p": "podSelector" is no field of the spec of a NetworkPolicy, so Calico drops it | selector',
    '/spec/ingress/0/from | NetworkPolicy "shop/p": in ingress rule 1, "from" is no field of a rule, so Calico drops it | source',
    '/spec/ingress/0/source/nests | NetworkPolicy "shop/p": in ingress rule 1, "nests" is no field of a source or destination, so Calico drops it | nets',
  ]);
  t.same(
    found.map(({ witness }) => witness),
    [
      undefined,
      ...Array.from({ length: 2 }, () => 'a rule without the condition it was to have matches more'),
    ],
  );
});

/** An object, and what policy/ineffective says of it in the newest Calico. */
const ineffective: readonly (readonly [string, KubernetesObject, readonly string[]])[] = [
  [
    'rules of a direction that is not governed',
    networkPolicy('p', 'shop', { types: ['Ingress'], egress: [allow, deny] }),
    [
      '/spec/egress | NetworkPolicy "shop/p": its 2 egress rules count for nothing, types is [Ingress] | types: [Ingress, Egress], or no egress rules',
    ],
  ],
  [
    'the same in Kubernetes',
    kubernetesNetworkPolicy('p', 'shop', { podSelector: {}, policyTypes: ['Egress'], ingress: [{}] }),
    [
      '/spec/ingress | NetworkPolicy "shop/p": its ingress rule counts for nothing, policyTypes is [Egress] | policyTypes: [Ingress, Egress], or no ingress rules',
    ],
  ],
  [
    'a namespace of what is in none',
    { ...globalNetworkPolicy('p', { types: ['Ingress'] }), metadata: { name: 'p', namespace: 'shop' } },
    [
      '/metadata/namespace | GlobalNetworkPolicy "shop/p": its namespace counts for nothing, a GlobalNetworkPolicy is of the whole cluster | no namespace, or a NetworkPolicy of namespace "shop"',
    ],
  ],
  [
    'a namespace of a tier',
    { ...tier('p', 10), metadata: { name: 'p', namespace: 'shop' } },
    [
      '/metadata/namespace | Tier "shop/p": its namespace counts for nothing, a Tier is of the whole cluster | no namespace',
    ],
  ],
  ['types left out', networkPolicy('p', 'shop', { egress: [allow] }), []],
  [
    'a selector of blanks',
    networkPolicy('p', 'shop', { types: ['Ingress'], selector: '  ' }),
    [
      '/spec/selector | NetworkPolicy "shop/p": Calico drops it: a selector of blanks does not parse beside others | all()',
    ],
  ],
  ['a selector of blanks alone', globalNetworkPolicy('p', { types: ['Ingress'], selector: '  ' }), []],
  [
    'a kind of the past',
    adminPolicy('AdminNetworkPolicy', { priority: 1, subject: { namespaces: {} } }),
    [
      '/kind | AdminNetworkPolicy "p": Calico from 3.32 on does not read kind AdminNetworkPolicy | ClusterNetworkPolicy, or a GlobalNetworkPolicy',
    ],
  ],
  [
    'a tier that Calico does not know',
    adminPolicy('ClusterNetworkPolicy', { tier: 'Other', priority: 1, subject: { namespaces: {} } }),
    ['/spec | ClusterNetworkPolicy "p": it says no tier or no subject that Calico knows, so Calico drops it'],
  ],
  [
    'a peer that Calico does not know',
    adminPolicy('ClusterNetworkPolicy', {
      tier: 'Admin',
      priority: 1,
      subject: { namespaces: {} },
      egress: [{ action: 'Deny', to: [{ domainNames: ['example.com'] }] }],
    }),
    [
      '/spec | ClusterNetworkPolicy "p": Calico cannot read one of its rules and leaves it out, or denies everything where it would deny or pass | peers by namespaces, pods or networks, and ports by number',
    ],
  ],
];

for (const [name, object, expected] of ineffective) {
  t.test(`policy/ineffective: ${name}`, async (t) => {
    t.same(told(findingsAmong('policy/ineffective', [shop, object])), expected);
  });
}

t.test('policy/ineffective: what an older Calico reads otherwise', async (t) => {
  const calico = { mode: 'apiserver', version: '3.31' } as const;
  const old = adminPolicy('AdminNetworkPolicy', { priority: 1, subject: { namespaces: {} } });
  t.same(findingsAmong('policy/ineffective', [old], { calico }), []);
  const coming = adminPolicy('ClusterNetworkPolicy', {
    tier: 'Admin',
    priority: 1,
    subject: { namespaces: {} },
  });
  t.same(told(findingsAmong('policy/ineffective', [coming], { calico })), [
    '/kind | ClusterNetworkPolicy "p": Calico reads ClusterNetworkPolicies from 3.32 on, this version does not | AdminNetworkPolicy, or a GlobalNetworkPolicy',
  ]);
  const misnamed = globalNetworkPolicy('quarantine', { tier: 'security', types: ['Ingress'] });
  t.same(told(findingsAmong('policy/ineffective', [tier('security', 1), misnamed], { calico })), [
    '/spec/tier | GlobalNetworkPolicy "quarantine": Calico until 3.31 does not accept this name, which has to begin with the tier "security" | metadata.name: security.quarantine',
  ]);
  t.same(
    findingsAmong('policy/ineffective', [tier('security', 1), misnamed]),
    [],
    'since 3.32 it is where it says',
  );
});

/** Policies, and what policy/unreachable-rule says of them. */
const unreachable: readonly (readonly [string, readonly KubernetesObject[], readonly string[]])[] = [
  [
    'in one policy',
    [
      networkPolicy('p', 'shop', {
        types: ['Ingress'],
        ingress: [
          deny,
          { action: 'Allow', protocol: 'TCP' },
          { action: 'Deny', protocol: 'UDP' },
          { action: 'Log' },
        ],
      }),
    ],
    [
      '/spec/ingress/1 | NetworkPolicy "shop/p": ingress rules 2 and 4 are never reached, its ingress rule 1 denies first | ingress rule 2 before rule 1',
    ],
  ],
  [
    'in the tier, of a Kubernetes policy',
    [
      globalNetworkPolicy('deny-web', { order: 20, selector: 'has(app)', types: ['Egress'], egress: [deny] }),
      kubernetesNetworkPolicy('web', 'shop', {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Egress'],
        egress: [
          { to: [{ podSelector: {} }, { namespaceSelector: {} }] },
          { ports: [{ port: 53, protocol: 'UDP' }] },
        ],
      }),
    ],
    [
      '/spec/egress/0 | NetworkPolicy "shop/web": egress rules 1 and 2 are never reached, GlobalNetworkPolicy "deny-web" (tier "default") denies by its egress rule 1 first | an order below 20',
    ],
  ],
  [
    'behind the end of a tier',
    [
      tier('security', 100),
      globalNetworkPolicy('base', {
        tier: 'security',
        namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
        types: ['Ingress'],
        ingress: [{ action: 'Allow', protocol: 'UDP' }],
      }),
      networkPolicy('web', 'shop', { types: ['Ingress'], ingress: [{ action: 'Allow', protocol: 'TCP' }] }),
    ],
    [
      '/spec/ingress/0 | NetworkPolicy "shop/web": ingress rule 1 is never reached, the end of tier "security" denies for GlobalNetworkPolicy "base" first | a rule in tier "security" that allows or passes it',
    ],
  ],
  [
    'behind a tier that passes',
    [
      tier('security', 100),
      globalNetworkPolicy('base', {
        tier: 'security',
        types: ['Ingress'],
        ingress: [{ action: 'Pass', protocol: 'TCP' }],
      }),
      networkPolicy('web', 'shop', { types: ['Ingress'], ingress: [{ action: 'Allow', protocol: 'TCP' }] }),
    ],
    [],
  ],
  [
    'behind a tier with a policy for other pods',
    [
      tier('security', 100),
      globalNetworkPolicy('base', { tier: 'security', selector: 'app == "store"', types: ['Ingress'] }),
      networkPolicy('web', 'shop', { selector: 'has(app)', types: ['Ingress'], ingress: [allow] }),
    ],
    [],
  ],
  [
    'behind a policy that is staged, or for host endpoints alone',
    [
      {
        ...globalNetworkPolicy('staged', { order: 1, types: ['Ingress'], ingress: [deny] }),
        kind: 'StagedGlobalNetworkPolicy',
      },
      globalNetworkPolicy('untracked', {
        order: 1,
        doNotTrack: true,
        applyOnForward: true,
        types: ['Ingress'],
        ingress: [deny],
      }),
      networkPolicy('web', 'shop', { types: ['Ingress'], ingress: [allow] }),
    ],
    [],
  ],
  [
    'for what is forwarded',
    [
      globalNetworkPolicy('deny', { order: 1, types: ['Ingress'], ingress: [deny] }),
      globalNetworkPolicy('hosts', { order: 2, applyOnForward: true, types: ['Ingress'], ingress: [allow] }),
    ],
    [],
  ],
  [
    'behind the default-deny at its side',
    [
      networkPolicy('default-deny', 'shop', { order: 1, types: ['Ingress'] }),
      networkPolicy('web', 'shop', { order: 2, types: ['Ingress'], ingress: [allow] }),
    ],
    [],
  ],
  [
    'decided already, in the same way',
    [
      networkPolicy('web', 'shop', { order: 1, types: ['Ingress'], ingress: [allow] }),
      networkPolicy('deny', 'shop', {
        order: 2,
        types: ['Ingress'],
        ingress: [deny, { action: 'Allow', protocol: 'TCP' }],
      }),
    ],
    [
      '/spec/ingress/0 | NetworkPolicy "shop/deny": ingress rule 1 is never reached, NetworkPolicy "shop/web" (tier "default") allows by its ingress rule 1 first | an order below 1',
    ],
  ],
];

for (const [name, objects, expected] of unreachable) {
  t.test(`policy/unreachable-rule: ${name}`, async (t) => {
    t.same(told(findingsAmong('policy/unreachable-rule', [shop, ...objects])), expected);
  });
}

t.test('policy/order-tie', async (t) => {
  const first = globalNetworkPolicy('m-deny', {
    types: ['Ingress'],
    ingress: [{ action: 'Deny', source: { selector: 'trust == "none"' } }],
  });
  const second = networkPolicy('allow-web', 'shop', {
    selector: 'app == "web"',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [8080] } }],
  });
  const [found, ...more] = findingsAmong('policy/order-tie', [shop, first, second]);
  t.same(more, [], 'a pair is told once');
  t.match(found, {
    pointer: '/spec/order',
    message:
      'NetworkPolicy "shop/allow-web" and GlobalNetworkPolicy "m-deny" both have no order in tier "default", Calico 3.32 and 3.31 decide otherwise',
    found: 'no order',
    witness:
      'TCP 8080 from an endpoint {trust: none} to pod {app: web} of namespace "shop": from 3.32 on NetworkPolicy "shop/allow-web" (tier "default") allows by its ingress rule 1, until 3.31 GlobalNetworkPolicy "m-deny" (tier "default") denies by its ingress rule 1',
    action: 'warn',
  });
  for (const [incoming, other] of [[first, second] as const, [second, first] as const]) {
    const request = { operation: 'CREATE', object: incoming } as const;
    t.equal(
      findingsAtAdmission('policy/order-tie', request, [shop, other]).length,
      1,
      'whichever comes second',
    );
  }
});

t.test('policy/pass-to-profile', async (t) => {
  const pass = { action: 'Pass', protocol: 'TCP' };
  const policy = networkPolicy('web', 'shop', {
    selector: 'app == "web"',
    types: ['Ingress', 'Egress'],
    ingress: [pass],
    egress: [pass],
  });
  const after = adminPolicy('ClusterNetworkPolicy', {
    tier: 'Baseline',
    priority: 1,
    subject: { namespaces: {} },
    ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }],
  });
  const [ingress, egress] = [
    '/spec/ingress/0/action | NetworkPolicy "shop/web": what ingress rule 1 passes on is allowed, no tier after "default" has a policy for its pods | the policy in a tier before "default", with a default-deny in "default", or no such rule',
    '/spec/egress/0/action | NetworkPolicy "shop/web": what egress rule 1 passes on is allowed, no tier after "default" has a policy for its pods | the policy in a tier before "default", with a default-deny in "default", or no such rule',
  ];
  t.same(told(findingsAmong('policy/pass-to-profile', [shop, policy])), [ingress, egress]);
  t.same(
    told(findingsAmong('policy/pass-to-profile', [shop, policy, after])),
    [egress],
    'one direction is taken up',
  );
  const hosts = globalNetworkPolicy('hosts', {
    selector: 'role == "node"',
    types: ['Ingress'],
    ingress: [pass],
  });
  const host: KubernetesObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'node-1', labels: { role: 'node' } },
    spec: { node: 'node-1', interfaceName: '*' },
  };
  t.same(findingsAmong('policy/pass-to-profile', [hosts, host]), [], 'hosts have no such profile');
  const early = globalNetworkPolicy('early', { tier: 'security', types: ['Ingress'], ingress: [pass] });
  t.same(findingsAmong('policy/pass-to-profile', [shop, tier('security', 1), early]), []);
});

t.test('policy/one-family-only', async (t) => {
  const policy = networkPolicy('p', 'shop', {
    types: ['Ingress'],
    ingress: [
      { action: 'Deny', protocol: 'TCP', source: { nets: ['0.0.0.0/0'] }, destination: { ports: [23] } },
      allow,
    ],
  });
  const [found, ...more] = findingsAmong('policy/one-family-only', [shop, policy]);
  t.same(more, []);
  t.match(found, {
    pointer: '/spec/ingress/0',
    message:
      'NetworkPolicy "shop/p": ingress rule 1 denies everybody over IPv4 only, the same is allowed over IPv6',
    expected: 'the same rule for ::/0, or one without addresses',
    witness:
      'TCP 23 from 2001:db8:ffff::77 to pod {} of namespace "shop": NetworkPolicy "shop/p" (tier "default") allows by its ingress rule 2',
  });
  const singleStack = conventions({ defaultDeny: { families: ['IPv4'] } });
  t.same(findingsAmong('policy/one-family-only', [shop, policy], { conventions: singleStack }), []);
});

t.test('policy/host-endpoints', async (t) => {
  const negative = 'kubernetes.io/metadata.name not in {"kube-system"}';
  const both = ['Ingress', 'Egress'];
  const host: KubernetesObject = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name: 'node-1', labels: { role: 'node' } },
    spec: { node: 'node-1', interfaceName: '*' },
  };
  const judge = (spec: object, ...more: KubernetesObject[]) =>
    told(
      findingsAmong('policy/host-endpoints', [globalNetworkPolicy('p', { types: both, ...spec }), ...more]),
    );
  t.same(judge({ namespaceSelector: negative }), [
    `/spec/namespaceSelector | GlobalNetworkPolicy "p": it also selects every host endpoint, which has no namespace | namespaceSelector: has(projectcalico.org/name) && (${negative})`,
  ]);
  t.same(judge({ selector: 'all()' }, host), [
    '/spec/selector | GlobalNetworkPolicy "p": it also selects host endpoint "node-1", which has no namespace | namespaceSelector: all() beside it, for pods alone',
  ]);
  t.same(judge({ selector: 'all()' }), [], 'no host endpoints');
  t.same(judge({ selector: 'role == "node"' }, host), [], 'meant for hosts');
  t.same(judge({ selector: 'all()', applyOnForward: true }, host), [], 'meant for hosts');
  t.same(judge({ namespaceSelector: `has(projectcalico.org/name) && ${negative}` }, host), []);
  t.same(
    judge({ selector: 'all()', namespaceSelector: negative }, host),
    [],
    'Calico makes a guard of all()',
  );
  t.same(
    judge({ namespaceSelector: negative, tier: 'soft' }, tier('soft', 1, 'Pass'), host),
    [],
    'nothing is denied',
  );
  t.equal(
    judge({ namespaceSelector: negative, tier: 'soft', egress: [deny] }, tier('soft', 1, 'Pass')).length,
    1,
  );
});

const unmeshed = { annotations: { 'linkerd.io/inject': 'disabled' } };
const web = deployment('web', 'shop', unmeshed);
const job = deployment('job', 'shop', unmeshed, { dnsPolicy: 'None' });
const closed = networkPolicy('default-deny', 'shop', { types: ['Ingress', 'Egress'] });
const names = globalNetworkPolicy('allow-names', {
  types: ['Egress'],
  egress: [
    { action: 'Allow', protocol: 'UDP', destination: { selector: 'k8s-app == "kube-dns"', ports: [53] } },
  ],
});

t.test('policy/dns-blocked is told of a namespace once', async (t) => {
  const [found, ...more] = findingsAmong('policy/dns-blocked', [
    shop,
    closed,
    web,
    job,
    deployment('store', 'shop', unmeshed),
    deployment('meshed', 'shop'),
  ]);
  t.same(more, []);
  t.match(found, {
    object: { kind: 'Namespace', name: 'shop' },
    pointer: '',
    message:
      'namespace "shop": the pods of "web" and "store" cannot look up names, egress to UDP 53 is denied',
    witness: 'the end of tier "default" denies',
    action: 'warn',
  });
  t.same(findingsAmong('policy/dns-blocked', [shop, closed, names, web]), []);
  t.same(findingsAmong('policy/dns-blocked', [shop, closed]), [], 'nobody to ask for names');
  const owned = pod('web-1', 'shop', {
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: '1', controller: true }],
  });
  t.same(
    [
      findingsAmong('policy/dns-blocked', [shop, closed, owned]).length,
      findingsAmong('mesh/control-plane-blocked', [shop, closed, owned]).length,
    ],
    [0, 1],
    'of a pod without its workload the rule about its proxy tells',
  );
  t.same(findingsAmong('policy/dns-blocked', [shop, web]), []);
  t.same(
    findingsAmong('policy/dns-blocked', [
      namespace('kube-system'),
      deployment('web', 'kube-system'),
      networkPolicy('deny', 'kube-system', { types: ['Egress'] }),
    ]),
    [],
  );
});

t.test('a rule for names that misses the name server opens nothing, meshed or not', async (t) => {
  const kubeDns = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] },
  };
  const args = ['-localip', '169.254.20.10,10.96.0.10', '-conf', '/etc/Corefile'];
  const containers = [{ name: 'node-cache', image: 'k8s-dns-node-cache', args }];
  const cache = deployment('node-local-dns', 'kube-system', {}, { hostNetwork: true, containers });
  const cases: readonly (readonly [string, object, readonly KubernetesObject[], RegExp | undefined])[] = [
    ['the Service', { nets: ['10.96.0.10/32'] }, [kubeDns], /and not the Service's address 10\.96\.0\.10/],
    ['the Service behind a cache', { nets: ['10.96.0.10/32'] }, [kubeDns, cache], undefined],
    ['the pods behind a cache', { selector: 'k8s-app == "kube-dns"' }, [cache], /169\.254\.20\.10/],
    ['its own namespace', { selector: 'k8s-app == "kube-dns"' }, [], /no rule for that port finds/],
  ];
  for (const [name, peer, around, witness] of cases) {
    const destination = { ...peer, ports: [53] };
    const rules = ['UDP', 'TCP'].map((protocol) => ({ action: 'Allow', protocol, destination }));
    const policy = networkPolicy('names', 'shop', { types: ['Egress'], egress: rules });
    const found = findingsAmong('policy/dns-blocked', [shop, policy, web, ...around]);
    t.same(found.length, witness ? 1 : 0, name);
    if (witness) t.match(found[0]?.witness, witness, name);
    const meshed = findingsAmong('mesh/control-plane-blocked', [
      shop,
      policy,
      deployment('web', 'shop'),
      ...around,
    ]);
    if (name === 'the pods behind a cache')
      t.match(meshed[0]?.expected, /nets: \[169\.254\.20\.10\/32, 10\.96\.0\.10\/32\], ports: \[53\]/);
    t.equal(
      meshed[0]?.message.includes('kube-dns (UDP and TCP 53)'),
      witness !== undefined,
      `${name}, meshed`,
    );
  }
});

t.test('that TCP is missing is told where a rule means to open it', async (t) => {
  const right = { namespaceSelector: 'projectcalico.org/name == "kube-system"', ports: [53] };
  const udp = { action: 'Allow', protocol: 'UDP', destination: right };
  const wrong = { selector: 'k8s-app == "kube-dns"', ports: [53] };
  const messages = (...egress: readonly object[]) =>
    findingsAmong('policy/dns-blocked', [
      shop,
      web,
      networkPolicy('names', 'shop', { types: ['Egress'], egress }),
    ]).map(({ message }) => message);
  t.same(messages(udp), []);
  t.match(messages(udp, { action: 'Allow', protocol: 'TCP', destination: wrong }), [/egress to TCP 53 is/]);
});

t.test('policy/dns-blocked is told of the change that takes names away', async (t) => {
  const till = [namespace('till'), deployment('till', 'till', unmeshed)];
  const denyAll = globalNetworkPolicy('deny', { types: ['Egress'] });
  const create = (object: KubernetesObject, ...before: KubernetesObject[]) =>
    told(findingsAtAdmission('policy/dns-blocked', { operation: 'CREATE', object }, before));
  t.match(create(denyAll, shop, web, ...till), [
    /^deny \| GlobalNetworkPolicy "deny": with it pods of namespaces "shop" and "till" cannot look up names, egress to UDP 53 is denied \| /,
  ]);
  t.match(create(closed, shop, web, ...till), [
    /^default-deny \| NetworkPolicy "shop\/default-deny": with it pods of namespace "shop" cannot look up names, /,
  ]);
  t.same(create(closed, shop, web, names), []);
  t.same(
    create(networkPolicy('more', 'shop', { types: ['Egress'] }), shop, web, closed),
    [],
    'they could not before',
  );
  t.same(create(networkPolicy('in', 'shop', { types: ['Ingress'] }), shop, web), []);
  const remove = { operation: 'DELETE', object: names } as const;
  t.match(told(findingsAtAdmission('policy/dns-blocked', remove, [shop, web, closed, names])), [
    /^allow-names \| GlobalNetworkPolicy "allow-names": without it pods of namespace "shop" cannot look up names, /,
  ]);
});
