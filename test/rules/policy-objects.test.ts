import t from 'tap';
import { denies } from '../../src/engine/judgement.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { valueAt } from '../../src/kubernetes/json-pointer.ts';
import { findingsAmong, findingsAtAdmission, told } from '../support/findings.ts';
import { ownedBy } from '../support/made-by.ts';
import {
  deployment,
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  networkPolicy,
  pod,
} from '../support/objects.ts';

const allow = { action: 'Allow' };
const tier = (name: string, spec: object = {}): KubernetesObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name },
  spec,
});
const stored = (object: KubernetesObject, annotations = {}): KubernetesObject => ({
  ...object,
  apiVersion: 'crd.projectcalico.org/v1',
  metadata: { ...object.metadata, annotations },
});
const apiServer = { username: 'system:serviceaccount:calico-apiserver:calico-apiserver', groups: [] };
const ada = { username: 'ada', groups: ['developers'] };

t.test(
  'policy/invalid says where, what and what instead, and leaves selectors to another rule',
  async (t) => {
    const found = findingsAmong('policy/invalid', [
      networkPolicy('web', 'shop', {
        selector: 'app = web',
        types: ['Ingress'],
        ingress: [
          allow,
          {
            action: 'Allow',
            protocol: 'tcp',
            source: { nets: ['10.1.2.3/16'] },
            destination: { ports: [0] },
          },
        ],
      }),
      { ...tier('platform'), spec: { order: '100' } },
      kubernetesNetworkPolicy('web', 'shop', { podSelector: 7 }),
    ]);
    t.same(told(found), [
      '/spec/ingress/1/protocol | NetworkPolicy "shop/web": in ingress rule 2, protocol is "tcp" | TCP',
      '/spec/ingress/1/source/nets/0 | NetworkPolicy "shop/web": in ingress rule 2, nets[0] is "10.1.2.3/16", which has bits behind its mask | 10.1.0.0/16',
      '/spec/ingress/1/destination/ports/0 | NetworkPolicy "shop/web": in ingress rule 2, ports[0] is 0 | a port from 1 to 65535, a range like "8000:8080", or the name of a container port',
      '/spec/order | Tier "platform": order is "100" | a number without quotes: 100',
      '/spec/podSelector | NetworkPolicy "shop/web": podSelector is 7 | an object',
    ]);
    t.ok(found.every(denies));
    t.same(
      found.map(({ found }) => found),
      ['tcp', '10.1.2.3/16', '0', '100', '7'],
    );
  },
);

t.test("what Calico's API server stores was asked about before", async (t) => {
  const object = stored(networkPolicy('web', 'shop', { tier: 'none', selector: 'a = b', types: ['Both'] }));
  for (const rule of [
    'policy/invalid',
    'policy/selector-syntax',
    'policy/raw-group',
    'policy/tier-missing',
  ] as const) {
    const calico = { mode: 'apiserver' } as const;
    const byCalico = { operation: 'CREATE', object, user: apiServer } as const;
    t.same(findingsAtAdmission(rule, byCalico, [], { calico }), [], rule);
    const byAda = { operation: 'CREATE', object, user: ada } as const;
    t.equal(findingsAtAdmission(rule, byAda, [], { calico }).length, 1, `${rule}, by somebody else`);
    const elsewhere = { username: 'system:serviceaccount:shop:calico-apiserver', groups: [] };
    const byImpostor = { operation: 'CREATE', object, user: elsewhere } as const;
    t.equal(findingsAtAdmission(rule, byImpostor, [], { calico }).length, 1, `${rule}, by a namesake`);
  }
});

t.test(
  'policy/selector-syntax names the field, the character and the remedy, and what Calico does',
  async (t) => {
    const found = findingsAmong('policy/selector-syntax', [
      globalNetworkPolicy('deny', {
        namespaceSelector: 'kubernetes.io/metadata.name = "shop"',
        selector: 'has(a, b)',
        types: ['Ingress'],
        ingress: [
          { action: 'Allow', source: { selector: 'all()', namespaceSelector: 'team == web and has(app)\n' } },
          { action: 'Allow', source: { serviceAccounts: { selector: 'a == ' } } },
        ],
      }),
    ]);
    t.same(told(found), [
      '/spec/namespaceSelector | GlobalNetworkPolicy "deny": the namespaceSelector does not parse: "=" is not an operator (character 29) | kubernetes.io/metadata.name == "shop"',
      '/spec/selector | GlobalNetworkPolicy "deny": the selector does not parse: has() takes one label name without quotes (character 1) | has(a) && has(b)',
      '/spec/ingress/0/source/namespaceSelector | GlobalNetworkPolicy "deny": source.namespaceSelector of ingress rule 1 does not parse: the value web is not in quotes (character 9) | team == "web" && has(app)',
      '/spec/ingress/1/source/serviceAccounts/selector | GlobalNetworkPolicy "deny": source.serviceAccounts.selector of ingress rule 2 does not parse: the end where a string in quotes is expected after "==" (character 6)',
    ]);
    t.same(
      found.map(({ witness }) => witness),
      [
        'Calico leaves a selector like this out, so that the policy applies to more than it says',
        'Calico drops a policy with a selector like this, as if there were none',
        'Calico leaves a selector like this out, so that the rule applies to more than it says',
        'Calico leaves a selector like this out, so that the rule applies to more than it says',
      ],
    );
    t.same(
      found.map(({ fix }) => fix),
      [
        [{ pointer: '/spec/namespaceSelector', value: 'kubernetes.io/metadata.name == "shop"' }],
        undefined,
        [{ pointer: '/spec/ingress/0/source/namespaceSelector', value: 'team == "web" && has(app)' }],
        undefined,
      ],
    );
    t.ok(found.every(denies));
  },
);

/** A spec, and what policy/selector-never-matches says of a NetworkPolicy in namespace shop with it. */
const selectors: readonly (readonly [string, object, readonly string[]])[] = [
  ['nothing wrong', { selector: 'app == "web" || !has(app)' }, []],
  [
    'a contradiction',
    { selector: 'app == "web" && app == "store"' },
    [
      '/spec/selector | NetworkPolicy "shop/p": the selector: it matches nothing: no set of labels fulfils it',
    ],
  ],
  [
    'a value that no label has',
    { serviceAccountSelector: 'team == "web team"' },
    [
      '/spec/serviceAccountSelector | NetworkPolicy "shop/p": the serviceAccountSelector: team is never "web team": a label value holds only letters, digits, "-", "_" and "."',
    ],
  ],
  [
    "a label of Calico's where it does not exist",
    { ingress: [{ action: 'Allow', source: { selector: 'projectcalico.org/name == "gateway"' } }] },
    [
      '/spec/ingress/0/source/selector | NetworkPolicy "shop/p": source.selector of ingress rule 1: pods have no label projectcalico.org/name: Calico adds it to namespaces and service accounts only | projectcalico.org/namespace == "gateway", or put projectcalico.org/name == "gateway" into namespaceSelector',
    ],
  ],
  [
    'another namespace than its own',
    { selector: 'projectcalico.org/namespace == "till"' },
    ['/spec/selector | NetworkPolicy "shop/p": the selector: no pod of namespace shop fulfils it'],
  ],
  [
    'a peer in another namespace, by selector alone',
    { egress: [{ action: 'Allow', destination: { selector: 'projectcalico.org/namespace == "till"' } }] },
    [
      '/spec/egress/0/destination/selector | NetworkPolicy "shop/p": destination.selector of egress rule 1: it matches nothing: without a namespaceSelector the destination is in namespace shop | put the namespace into namespaceSelector',
    ],
  ],
  [
    'a peer that takes back what it says',
    { egress: [{ action: 'Allow', destination: { selector: 'app == "a"', notSelector: 'has(app)' } }] },
    [
      '/spec/egress/0/destination/selector | NetworkPolicy "shop/p": destination.selector of egress rule 1: with the other conditions of the destination it matches nothing',
    ],
  ],
];

for (const [name, spec, expected] of selectors) {
  t.test(`policy/selector-never-matches: ${name}`, async (t) => {
    t.same(
      told(findingsAmong('policy/selector-never-matches', [networkPolicy('p', 'shop', spec)])),
      expected,
    );
  });
}

t.test('policy/selector-never-matches knows that a policy of the cluster may be for hosts', async (t) => {
  const judge = (spec: object) =>
    told(findingsAmong('policy/selector-never-matches', [globalNetworkPolicy('p', spec)]));
  t.same(judge({ selector: '!has(projectcalico.org/orchestrator) && has(role)' }), []);
  t.same(judge({ selector: 'app == "a"', namespaceSelector: 'team == "b"' }), []);
  t.same(judge({ selector: '!has(pcns.team)', namespaceSelector: 'has(team)' }), [
    '/spec/selector | GlobalNetworkPolicy "p": the selector: nothing fulfils all the selectors of the policy',
  ]);
});

t.test('policy/selector-never-matches leaves the language of Kubernetes alone', async (t) => {
  const podSelector = {
    matchExpressions: [
      { key: 'app', operator: 'In', values: ['a'] },
      { key: 'app', operator: 'DoesNotExist' },
    ],
  };
  t.same(
    findingsAmong('policy/selector-never-matches', [kubernetesNetworkPolicy('p', 'shop', { podSelector })]),
    [],
  );
});

t.test('policy/raw-group', async (t) => {
  const object = stored(networkPolicy('default.web', 'shop', { types: ['Ingress'] }));
  const [found, ...more] = findingsAmong('policy/raw-group', [object], { calico: { mode: 'raw' } });
  t.same(more, []);
  t.match(found, {
    pointer: '/apiVersion',
    message: `NetworkPolicy "shop/default.web" is written to crd.projectcalico.org, Calico's storage, where nothing checks or completes it`,
    found: 'crd.projectcalico.org/v1',
    expected: 'apiVersion: projectcalico.org/v3',
    action: 'warn',
  });
  const create = (mode: 'raw' | 'v3crd' | 'apiserver', written: KubernetesObject) =>
    findingsAtAdmission('policy/raw-group', { operation: 'CREATE', object: written, user: ada }, [], {
      calico: { mode },
    });
  t.match(create('v3crd', object), [
    { witness: 'Calico reads projectcalico.org/v3 in this cluster and nothing else' },
  ]);
  t.match(create('raw', object), [{ expected: 'apiVersion: projectcalico.org/v3, applied with calicoctl' }]);
  const packed = stored(object, { 'projectcalico.org/metadata': '{}' });
  t.same(create('raw', packed), [], 'calicoctl, which has checked it');
  t.equal(create('apiserver', packed).length, 1, 'an edit of what is stored');
  t.same(create('raw', networkPolicy('web', 'shop', {})), []);
});

t.test('policy/tier-missing', async (t) => {
  const policy = (tier: string) => globalNetworkPolicy('deny', { tier, types: ['Ingress'] });
  t.same(told(findingsAmong('policy/tier-missing', [policy('secuirty'), tier('security')])), [
    '/spec/tier | GlobalNetworkPolicy "deny": its tier "secuirty" does not exist | tier: security',
  ]);
  t.same(told(findingsAmong('policy/tier-missing', [policy('platform')])), [
    '/spec/tier | GlobalNetworkPolicy "deny": its tier "platform" does not exist | a Tier "platform", applied before',
  ]);
  for (const name of ['default', 'kube-admin', ''])
    t.same(findingsAmong('policy/tier-missing', [policy(name)]), [], name);
  t.same(
    findingsAmong('policy/tier-missing', [kubernetesNetworkPolicy('p', 'shop', { podSelector: {} })]),
    [],
  );
  const request = { operation: 'CREATE', object: policy('platform') } as const;
  t.ok(findingsAtAdmission('policy/tier-missing', request).every(denies));
  const gaps = [{ what: 'tiers', why: 'forbidden' }];
  t.notOk(findingsAtAdmission('policy/tier-missing', request, [], { gaps }).some(denies), 'nobody knows');
  const calico = { mode: 'apiserver', version: '3.31' } as const;
  const named = globalNetworkPolicy('security.deny', { tier: 'default', types: ['Ingress'] });
  t.same(told(findingsAmong('policy/tier-missing', [named], { calico })), [
    '/metadata/name | GlobalNetworkPolicy "security.deny": its tier "security" does not exist; Calico until 3.31 takes the tier from the name | a Tier "security", applied before',
  ]);
});

/** A policy, and what policy/types-implicit says of it; a third entry is the fix. */
const implicit: readonly (readonly [string, KubernetesObject, readonly string[], unknown?])[] = [
  ['ingress rules', networkPolicy('p', 'shop', { ingress: [allow] }), []],
  ['egress rules', networkPolicy('p', 'shop', { egress: [allow] }), []],
  ['both', networkPolicy('p', 'shop', { ingress: [allow], egress: [allow] }), []],
  ['written', networkPolicy('p', 'shop', { types: ['Ingress'], egress: [] }), []],
  [
    'no rules',
    globalNetworkPolicy('p', { selector: 'all()' }),
    [
      '/spec/types | GlobalNetworkPolicy "p": without types and rules it governs ingress alone, egress stays as it is | types: [Ingress, Egress], or types: [Ingress] if that is meant',
    ],
  ],
  [
    'an empty list of egress rules',
    networkPolicy('p', 'shop', { egress: [] }),
    [
      '/spec/types | NetworkPolicy "shop/p": without types an empty list of rules means egress to native v3 resources and ingress to Calico\'s API server | types: [Egress]',
    ],
    [{ pointer: '/spec/types', value: ['Egress'] }],
  ],
  [
    'an empty list beside egress rules',
    networkPolicy('p', 'shop', { ingress: [], egress: [allow] }),
    [
      '/spec/types | NetworkPolicy "shop/p": without types an empty list of rules means ingress and egress to native v3 resources and egress to Calico\'s API server | types: [Ingress, Egress]',
    ],
    [{ pointer: '/spec/types', value: ['Ingress', 'Egress'] }],
  ],
  [
    'two empty lists',
    networkPolicy('p', 'shop', { ingress: [], egress: [] }),
    [
      '/spec/types | NetworkPolicy "shop/p": without types an empty list of rules means ingress and egress to native v3 resources and ingress to Calico\'s API server | types: [Ingress, Egress]',
    ],
    [{ pointer: '/spec/types', value: ['Ingress', 'Egress'] }],
  ],
  [
    'an object of the storage',
    stored(networkPolicy('p', 'shop', { ingress: [allow] })),
    [
      '/spec/types | NetworkPolicy "shop/p": without types an object of crd.projectcalico.org governs both directions, so egress is denied as well | types: [Ingress], or types: [Ingress, Egress] if that is meant',
    ],
  ],
  [
    'both lists in the storage',
    stored(networkPolicy('p', 'shop', { ingress: [allow], egress: [allow] })),
    [],
  ],
  [
    'a Kubernetes policy of ingress',
    kubernetesNetworkPolicy('p', 'shop', { podSelector: {}, ingress: [{}] }),
    [],
  ],
  [
    'a Kubernetes policy of both',
    kubernetesNetworkPolicy('p', 'shop', { podSelector: {}, ingress: [], egress: [{}] }),
    [],
  ],
  [
    'a Kubernetes policy with an empty list',
    kubernetesNetworkPolicy('p', 'shop', { podSelector: {}, egress: [] }),
    [
      '/spec/policyTypes | NetworkPolicy "shop/p": without policyTypes an empty list of egress rules counts for nothing, egress stays as it is | policyTypes: [Ingress, Egress]',
    ],
  ],
  [
    'a Kubernetes policy of egress',
    kubernetesNetworkPolicy('p', 'shop', { podSelector: {}, egress: [{}] }),
    [
      '/spec/policyTypes | NetworkPolicy "shop/p": without policyTypes a policy with egress rules alone denies all ingress as well | policyTypes: [Egress], or policyTypes: [Ingress, Egress] if that is meant',
    ],
  ],
  [
    'a staged deletion',
    { ...networkPolicy('p', 'shop', { stagedAction: 'Delete' }), kind: 'StagedNetworkPolicy' },
    [],
  ],
];

for (const [name, object, expected, fix] of implicit) {
  t.test(`policy/types-implicit: ${name}`, async (t) => {
    const mode = object.apiVersion.startsWith('crd') ? 'raw' : 'v3crd';
    const found = findingsAmong('policy/types-implicit', [object], { calico: { mode } });
    t.same(told(found), expected);
    t.same(found[0]?.fix, fix);
  });
}

t.test('policy/service-namespace', async (t) => {
  const service = (services: object) => ({ action: 'Allow', destination: { services } });
  const policy = networkPolicy('web', 'shop', {
    types: ['Egress'],
    egress: [service({ name: 'store', namespace: 'shop' }), service({ name: 'store' })],
    ingress: [{ action: 'Allow', source: { services: { name: 'not-governed' } } }],
  });
  const found = findingsAmong('policy/service-namespace', [policy]);
  t.same(told(found), [
    '/spec/egress/1/destination/services/namespace | NetworkPolicy "shop/web": egress rule 2 matches nothing, service "store" has no namespace | namespace: shop',
  ]);
  t.same(found[0]?.fix, [{ pointer: '/spec/egress/1/destination/services/namespace', value: 'shop' }]);
});

t.test('policy/http-only-allow', async (t) => {
  const http = { methods: ['GET'] };
  const policy = globalNetworkPolicy('web', {
    types: ['Ingress'],
    ingress: [
      { action: 'Allow', http },
      { action: 'Allow', protocol: 'TCP', http },
      { action: 'Allow', protocol: 'TCP', http, destination: { ports: [80] } },
      { action: 'Allow', http, source: { namespaceSelector: 'all()' } },
    ],
  });
  t.same(told(findingsAmong('policy/http-only-allow', [policy])), [
    '/spec/ingress/0/http | GlobalNetworkPolicy "web": ingress rule 1 allows from anywhere, only its http says less | a source and destination.ports beside http',
    '/spec/ingress/1/http | GlobalNetworkPolicy "web": ingress rule 2 allows TCP from anywhere, only its http says less | a source and destination.ports beside http',
  ]);
});

t.test('gate/host-network', async (t) => {
  const agent = deployment('agent', 'shop', {}, { hostNetwork: true });
  t.same(told(findingsAmong('gate/host-network', [agent])), [
    '/spec/template/spec/hostNetwork | Deployment "shop/agent": its pods use the network of their node, where no policy of the namespace reaches them | hostNetwork: false, or a HostEndpoint and policies for the node',
  ]);
  const daemons = { ...agent, kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'shop', uid: '1' } };
  const made = pod(
    'agent-x',
    'shop',
    { labels: { app: 'agent' }, ...ownedBy('apps/v1', 'DaemonSet', 'agent', '1') },
    { hostNetwork: true },
  );
  const toldOf = (...objects: readonly KubernetesObject[]) =>
    findingsAmong('gate/host-network', objects).map(({ object: { kind } }) => kind);
  t.same(toldOf(daemons, made), ['DaemonSet'], 'its template has been judged');
  t.same(toldOf(made), ['Pod'], 'an owner that is not there has no template');
  const elsewhere = deployment('agent', 'kube-system', {}, { hostNetwork: true });
  t.same(findingsAmong('gate/host-network', [elsewhere, deployment('web', 'shop')]), []);
});

t.test('every fix makes its finding go away', async (t) => {
  const objects = [
    networkPolicy('a', 'shop', { selector: 'app = "web" & has(tier)', types: ['Ingress'] }),
    networkPolicy('b', 'shop', { egress: [] }),
    networkPolicy('c', 'shop', {
      types: ['Egress'],
      egress: [{ action: 'Allow', destination: { services: { name: 's' } } }],
    }),
  ];
  for (const object of objects) {
    for (const rule of [
      'policy/selector-syntax',
      'policy/types-implicit',
      'policy/service-namespace',
    ] as const) {
      const fixes = findingsAmong(rule, [object]).flatMap(({ fix = [] }) => fix);
      if (fixes.length === 0) continue;
      const fixed = structuredClone(object);
      for (const edit of fixes) {
        const end = edit.pointer.lastIndexOf('/');
        Object.assign(valueAt(fixed, edit.pointer.slice(0, end)) as object, {
          [edit.pointer.slice(end + 1)]: 'value' in edit ? edit.value : undefined,
        });
      }
      t.same(findingsAmong(rule, [fixed]), [], `${rule} of ${object.metadata.name ?? ''}`);
    }
  }
});
