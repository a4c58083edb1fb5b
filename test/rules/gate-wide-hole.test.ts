import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { findingsAmong, findingsAtAdmission, told } from '../support/findings.ts';
import {
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
} from '../support/objects.ts';

const shop = namespace('shop');
const till = namespace('till');
const closed = globalNetworkPolicy('default-deny', { types: ['Ingress', 'Egress'] });
const open = (ingress: object) => networkPolicy('web', 'shop', { types: ['Ingress'], ingress: [ingress] });

/** What a rule allows, and whether that is wide. */
const rules: readonly (readonly [object, string?])[] = [
  [{ protocol: 'TCP' }, 'anywhere by TCP'],
  [{ source: { namespaceSelector: 'all()' } }, 'all pods and network sets in all namespaces'],
  [{ protocol: 'TCP', source: { nets: ['0.0.0.0/1'] } }, '0.0.0.0/1 by TCP'],
  [{ protocol: 'TCP', destination: { ports: [8080] } }],
  [{ source: { namespaceSelector: 'team == "web"' } }],
  [{ source: { selector: 'app == "gateway"' } }],
  [{ source: { nets: ['10.0.0.0/9'] } }],
  [{ source: { nets: ['10.0.0.0/8'] } }, '10.0.0.0/8'],
  [{ protocol: 'TCP', source: { nets: ['10.0.0.0/9', '10.128.0.0/9'] } }, '10.0.0.0/9, 10.128.0.0/9 by TCP'],
  [
    { source: { namespaceSelector: 'has(kubernetes.io/metadata.name)' } },
    'all pods and network sets in namespaces has(kubernetes.io/metadata.name)',
  ],
  [{ protocol: 'ICMP' }],
];

for (const [rule, opens] of rules) {
  t.test(`gate/wide-hole: ${JSON.stringify(rule)}`, async (t) => {
    const found = findingsAmong('gate/wide-hole', [shop, closed, open({ action: 'Allow', ...rule })]);
    if (opens === undefined) {
      t.same(found, []);
      return;
    }
    t.same(told(found), [
      'shop | namespace "shop": ingress is wide open by rule 1 of NetworkPolicy "shop/web" (tier "default") | rules that name their peers and ports',
    ]);
    t.same(
      found.map(({ found }) => found),
      [opens],
    );
  });
}

t.test('gate/wide-hole counts the rules of a Kubernetes policy as they are written', async (t) => {
  const policy = kubernetesNetworkPolicy('web', 'shop', {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/9' } }] },
      { ports: [{ protocol: 'TCP' }] },
    ],
  });
  t.same(told(findingsAmong('gate/wide-hole', [shop, closed, policy])), [
    'shop | namespace "shop": ingress is wide open by rule 2 of NetworkPolicy "shop/web" (tier "default") | rules that name their peers and ports',
  ]);
});

t.test('gate/wide-hole tells a rule of Kubernetes once, in the words of its writer', async (t) => {
  const policy = kubernetesNetworkPolicy('web', 'shop', {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ namespaceSelector: {} }, { namespaceSelector: {}, podSelector: {} }] }],
  });
  const found = findingsAmong('gate/wide-hole', [shop, closed, policy]);
  t.same(
    found.map((finding) => finding.found),
    ['all pods in all namespaces'],
  );
  t.same(
    told(findingsAtAdmission('gate/wide-hole', { operation: 'CREATE', object: policy }, [shop, closed])),
    [
      '/spec/ingress/0 | NetworkPolicy "shop/web" (tier "default"): ingress rule 1 opens namespace "shop" wide | rules that name their peers and ports',
    ],
  );
});

t.test('gate/wide-hole is not about namespaces that are open anyway, unknown, or not governed', async (t) => {
  const wide = open({ action: 'Allow', protocol: 'TCP' });
  t.same(findingsAmong('gate/wide-hole', [shop, open({ action: 'Allow' })]), []);
  t.same(
    findingsAmong('gate/wide-hole', [shop, closed, wide], { gaps: [{ what: 'tiers', why: 'forbidden' }] }),
    [],
  );
  const system = { ...wide, metadata: { name: 'web', namespace: 'kube-system' } };
  t.same(findingsAmong('gate/wide-hole', [namespace('kube-system'), closed, system]), []);
  const terminating = { ...shop, status: { phase: 'Terminating' } };
  t.same(findingsAmong('gate/wide-hole', [terminating, closed, wide]), []);
});

t.test('gate/wide-hole is told of the policy that brings it', async (t) => {
  const create = (object: KubernetesObject, ...before: KubernetesObject[]) =>
    told(findingsAtAdmission('gate/wide-hole', { operation: 'CREATE', object }, before));
  t.same(create(open({ action: 'Allow', protocol: 'TCP' }), shop, till, closed), [
    '/spec/ingress/0 | NetworkPolicy "shop/web" (tier "default"): ingress rule 1 opens namespace "shop" wide | rules that name their peers and ports',
  ]);
  const everywhere = globalNetworkPolicy('open', {
    types: ['Egress'],
    egress: [
      { action: 'Allow', destination: { nets: ['10.0.0.0/9'] } },
      { action: 'Allow', protocol: 'UDP' },
    ],
  });
  t.same(create(everywhere, shop, till, namespace('kube-public'), closed), [
    '/spec/egress/1 | GlobalNetworkPolicy "open" (tier "default"): egress rule 2 opens namespaces "shop" and "till" wide | rules that name their peers and ports',
  ]);
  t.same(create(closed, shop, open({ action: 'Allow', protocol: 'TCP' })), [], 'it is not this one');
});

const tcp = { action: 'Allow', protocol: 'TCP' };
const udp = { action: 'Allow', protocol: 'UDP' };
const everywhere = ['0.0.0.0/0'];
const halves = ['0.0.0.0/1', '128.0.0.0/1'];
const ingress = (rules: readonly object[], rest: object = {}) =>
  networkPolicy('open', 'shop', { types: ['Ingress'], ingress: rules, ...rest });
const ports = (...list: readonly (number | string)[]) => ({ destination: { ports: list } });
const from = (nets: readonly string[]) => ({ source: { nets } });

/** Both protocols from some networks and not from the rest, so that no address is left that no rule names. */
const sixtyFourth = (denied: string, ...allowed: readonly string[]) => {
  const others = ['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3', '224.0.0.0/4', '240.0.0.0/5', denied];
  return [
    ingress([
      { action: 'Deny', ...from(others) },
      ...allowed.flatMap((net) =>
        [tcp, udp].map((rule) => ({ ...rule, ...ports('1:60000'), ...from([net]) })),
      ),
    ]),
  ];
};

/** All of IPv4 but for the last block of so many bits below 224.0.0.0. */
const allBut = (bits: number): readonly string[] => {
  const left = 2 ** 32 - 2 ** 29 - 2 ** (32 - bits);
  return [
    '224.0.0.0/3',
    ...Array.from({ length: bits }, (_, index) => index + 1).flatMap((length) => {
      const size = 2 ** (32 - length);
      const before = Math.floor(left / (2 * size)) * 2 * size;
      const isPart = Math.floor(left / size) % 2 === 1;
      const net = [24, 16, 8, 0].map((shift) => Math.floor(before / 2 ** shift) & 255).join('.');
      return isPart ? [`${net}/${length}`] : [];
    }),
  ];
};
const unicast = Array.from({ length: 223 }, (_, index) => `${index + 1}.0.0.0/8`);

/** Whether rules together, beside a default-deny, are none any more. */
const together: readonly (readonly [string, readonly KubernetesObject[], boolean])[] = [
  ['both protocols', [ingress([tcp, udp])], true],
  ['one protocol', [ingress([tcp])], false],
  [
    'the other one',
    [ingress([udp, { action: 'Allow', protocol: 'ICMP' }, { action: 'Allow', protocol: 'SCTP' }])],
    false,
  ],
  [
    'both from everywhere by name',
    [
      ingress([
        { ...tcp, ...from(everywhere) },
        { ...udp, ...from(everywhere) },
      ]),
    ],
    true,
  ],
  [
    'both from halves of the addresses',
    [ingress([...halves.map((net) => ({ ...tcp, ...from([net]) })), { ...udp, ...from(halves) }])],
    true,
  ],
  [
    'both from one network',
    [
      ingress([
        { ...tcp, ...from(['203.0.113.0/24']) },
        { ...udp, ...from(['203.0.113.0/24']) },
      ]),
    ],
    false,
  ],
  [
    'both from one half',
    [
      ingress([
        { ...tcp, ...from(['0.0.0.0/1']) },
        { ...udp, ...from(['0.0.0.0/1']) },
      ]),
    ],
    false,
  ],
  [
    'halves of the ports',
    [
      ingress(
        [tcp, udp].flatMap((rule) => [
          { ...rule, ...ports('1:32767') },
          { ...rule, ...ports('32768:65535') },
        ]),
      ),
    ],
    true,
  ],
  [
    'many parts of the ports',
    [
      ingress(
        [tcp, udp].flatMap((rule) =>
          Array.from({ length: 64 }, (_, part) => ({
            ...rule,
            ...ports(`${part * 1023 + 1}:${part * 1023 + 1000}`),
          })),
        ),
      ),
    ],
    true,
  ],
  [
    'all ports but one',
    [ingress([tcp, udp].map((rule) => ({ ...rule, destination: { notPorts: [22] } })))],
    true,
  ],
  [
    'some ports of both',
    [ingress([tcp, udp].map((rule) => ({ ...rule, ...ports('30000:32767', 53) })))],
    false,
  ],
  [
    'all, and of one protocol just more than half of the ports',
    [ingress([tcp, { ...udp, ...ports('1:32768') }])],
    true,
  ],
  ['all, and of one protocol just less than half', [ingress([tcp, { ...udp, ...ports('1:32767') }])], false],
  ['both from a sixty-fourth of the addresses', sixtyFourth('248.0.0.0/6', '252.0.0.0/6'), false],
  ['both from all but one address', [ingress([{ action: 'Allow', ...from(allBut(32)) }])], true],
  [
    'both from all but some, in parts',
    [ingress(allBut(7).flatMap((net) => [tcp, udp].map((rule) => ({ ...rule, ...from([net]) }))))],
    true,
  ],
  ['both from all but a thirty-second', [ingress([{ action: 'Allow', ...from(allBut(5)) }])], false],
  ['both from every address there can be', [ingress([{ action: 'Allow', ...from(unicast) }])], true],
  ['both from all of the internet by IPv6', [ingress([{ action: 'Allow', ...from(['2000::/3']) }])], true],
  ['both from a half of it', [ingress([{ action: 'Allow', ...from(['2000::/4']) }])], false],
  ['one protocol from all but one address', [ingress([{ ...tcp, ...from(allBut(32)) }])], false],
  [
    'all but one address, and a denial of most of them',
    [
      ingress([
        { action: 'Deny', ...from(['0.0.0.0/2', '64.0.0.0/2']) },
        { action: 'Allow', ...from(allBut(32)) },
      ]),
    ],
    false,
  ],
  ['both from more than a sixty-fourth', sixtyFourth('248.0.0.0/7', '252.0.0.0/6', '250.0.0.0/7'), true],
  ['a quarter of the ports of one', [ingress([tcp, { ...udp, ...ports('10000:20000') }])], false],
  [
    'two policies',
    [ingress([tcp]), { ...ingress([udp]), metadata: { name: 'other', namespace: 'shop' } }],
    true,
  ],
  [
    'two policies for the same pods',
    [
      ingress([tcp], { selector: 'app == "a"' }),
      networkPolicy('b', 'shop', { selector: 'has(app)', types: ['Ingress'], ingress: [udp] }),
    ],
    true,
  ],
  [
    'two policies for different pods',
    [
      ingress([tcp], { selector: 'app == "a"' }),
      networkPolicy('b', 'shop', { selector: 'app == "b"', types: ['Ingress'], ingress: [udp] }),
    ],
    false,
  ],
  [
    'both passed on to where they are denied',
    [
      { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'first' }, spec: { order: 1 } },
      networkPolicy('first.open', 'shop', {
        tier: 'first',
        types: ['Ingress'],
        ingress: [
          { ...tcp, action: 'Pass' },
          { ...udp, action: 'Pass' },
        ],
      }),
    ],
    false,
  ],
  [
    'both behind a denial',
    [
      networkPolicy('first', 'shop', { order: 1, types: ['Ingress'], ingress: [{ action: 'Deny' }] }),
      ingress([tcp, udp], { order: 2 }),
    ],
    false,
  ],
  [
    'both behind a denial of one',
    [
      networkPolicy('first', 'shop', {
        order: 1,
        types: ['Ingress'],
        ingress: [{ action: 'Deny', protocol: 'TCP' }],
      }),
      ingress([tcp, udp], { order: 2 }),
    ],
    false,
  ],
  [
    'both behind a denial for some pods',
    [
      networkPolicy('first', 'shop', {
        order: 1,
        selector: 'has(quiet)',
        types: ['Ingress'],
        ingress: [{ action: 'Deny' }],
      }),
      ingress([tcp, udp], { order: 2 }),
    ],
    true,
  ],
  [
    'both from all pods of the cluster',
    [ingress([tcp, udp].map((rule) => ({ ...rule, source: { namespaceSelector: 'all()' } })))],
    false,
  ],
  ['both of one family', [ingress([tcp, udp].map((rule) => ({ ...rule, ipVersion: 6 })))], true],
  [
    'a policy of Kubernetes',
    [
      kubernetesNetworkPolicy('open', 'shop', {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }] }],
      }),
    ],
    true,
  ],
  [
    'a policy of the whole cluster, outwards',
    [globalNetworkPolicy('open', { types: ['Egress'], egress: [tcp, udp] })],
    true,
  ],
  [
    'both from source ports that one may choose',
    [
      ingress(
        [tcp, udp].flatMap((rule) =>
          ['1:20000', '20001:40000', '40001:65535'].map((list) => ({ ...rule, source: { ports: [list] } })),
        ),
      ),
    ],
    true,
  ],
];

for (const [what, policies, isOpen] of together) {
  t.test(`gate/wide-hole: ${what} ${isOpen ? 'are no default-deny' : 'are an exception'}`, async (t) => {
    const denials = (found: readonly { action: string }[]) =>
      found.filter(({ action }) => action === 'deny').length;
    const asIs = findingsAmong('gate/wide-hole', [shop, closed, ...policies]);
    t.equal(denials(asIs), isOpen ? 1 : 0, 'as it stands');
    const last = policies.at(-1) as KubernetesObject;
    const before = [shop, closed, ...policies.slice(0, -1)];
    const brought = findingsAtAdmission('gate/wide-hole', { operation: 'CREATE', object: last }, before);
    t.equal(denials(brought), isOpen ? 1 : 0, 'for the change that brings it');
    t.same(
      denials(
        findingsAtAdmission('gate/wide-hole', { operation: 'UPDATE', object: last, oldObject: last }, [
          ...before,
          last,
        ]),
      ),
      0,
      'not for one that leaves it as it is',
    );
  });
}

t.test('gate/wide-hole shows a pod that is open, and what opens it', async (t) => {
  const [found] = findingsAtAdmission(
    'gate/wide-hole',
    { operation: 'CREATE', object: ingress([udp], { selector: 'app == "a"' }) },
    [
      shop,
      closed,
      networkPolicy('web', 'shop', { selector: 'has(app)', types: ['Ingress'], ingress: [tcp] }),
    ],
  );
  t.equal(
    found?.message,
    'NetworkPolicy "shop/open": beside it, ingress rules together open TCP and UDP from anywhere in namespace "shop"',
  );
  t.equal(
    found?.witness,
    'in "shop": pod {app: a} with service account "default"; TCP: NetworkPolicy "shop/web" (tier "default") allows by its ingress rule 1; UDP: NetworkPolicy "shop/open" (tier "default") allows by its ingress rule 1',
  );
});

t.test('gate/wide-hole is refused for what takes the denial away that kept it closed', async (t) => {
  const first = networkPolicy('first', 'shop', {
    order: 1,
    types: ['Ingress'],
    ingress: [{ action: 'Deny', protocol: 'TCP' }],
  });
  const found = findingsAtAdmission('gate/wide-hole', { operation: 'DELETE', object: first }, [
    shop,
    closed,
    first,
    ingress([tcp, udp], { order: 2 }),
  ]);
  t.same(
    found.map(({ action }) => action),
    ['deny'],
  );
});

t.test('gate/wide-hole names its limit where the rules are too many', async (t) => {
  const many = ingress(
    [tcp, udp].flatMap((rule) =>
      Array.from({ length: 400 }, (_, part) => ({
        ...rule,
        ...ports(`${part * 160 + 1}:${part * 160 + 158}`),
      })),
    ),
  );
  const [found] = findingsAtAdmission('gate/wide-hole', { operation: 'CREATE', object: many }, [
    shop,
    closed,
  ]);
  t.match(found?.witness, 'it is taken for open: the rules tell more ports');
});
