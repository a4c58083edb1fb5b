import { loadAll } from 'js-yaml';
import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { applyEdits } from '../../src/manifests/edit/apply-edits.ts';
import type { Finding } from '../../src/facts/finding.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, type Judging } from '../support/judged.ts';
import {
  deployment,
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
} from '../support/objects.ts';

const enabled = { annotations: { 'linkerd.io/inject': 'enabled' } };
const web = deployment('web', 'shop', enabled);

/** The policies that a finding asks for, as they would be applied. */
function policiesIn(expected = ''): readonly KubernetesObject[] {
  return loadAll(expected.slice(expected.indexOf('\n') + 1)) as KubernetesObject[];
}

const rule = 'mesh/control-plane-blocked';
const dnsAndLinkerd = [
  { action: 'Allow', protocol: 'UDP', destination: { ports: [53] } },
  { action: 'Allow', protocol: 'TCP', destination: { ports: [53, 8080, 8086, 8090] } },
];
const without = (port: number) => [
  { action: 'Allow', protocol: 'UDP', destination: { ports: [53] } },
  {
    action: 'Allow',
    protocol: 'TCP',
    destination: { ports: [53, 8080, 8086, 8090].filter((other) => other !== port) },
  },
];
const egress = (rules: readonly object[], spec: object = {}) =>
  networkPolicy('gate', 'shop', { types: ['Egress'], egress: rules, ...spec });
const toIdentity = (destination: object) => [
  ...without(8080),
  { action: 'Allow', protocol: 'TCP', destination: { ports: [8080], ...destination } },
];

t.test('mesh/control-plane-blocked names what is out of reach', async (t) => {
  const everything =
    "kube-dns (UDP and TCP 53), Linkerd's identity controller (8080) and Linkerd's destination controller (8086 and 8090)";
  const identity = "Linkerd's identity controller (8080)";
  const cases: readonly (readonly [string, readonly KubernetesObject[], string | undefined, Judging?])[] = [
    ['no policy', [], undefined],
    ['a policy for ingress', [networkPolicy('gate', 'shop', { types: ['Ingress'] })], undefined],
    ['a policy for others', [egress([], { selector: 'app == "db"' })], undefined],
    ['a default-deny', [egress([])], everything],
    [
      'a Kubernetes default-deny',
      [kubernetesNetworkPolicy('deny', 'shop', { podSelector: {}, policyTypes: ['Egress'] })],
      everything,
    ],
    ['all that is needed', [egress(dnsAndLinkerd)], undefined],
    ['no TCP for DNS', [egress(without(53))], undefined],
    [
      'no TCP for DNS, and no identity',
      [
        egress([
          { action: 'Allow', protocol: 'UDP', destination: { ports: [53] } },
          { action: 'Allow', protocol: 'TCP', destination: { ports: [8086, 8090] } },
        ]),
      ],
      `kube-dns (TCP 53) and ${identity}`,
    ],
    ['no identity', [egress(without(8080))], identity],
    ['no discovery', [egress(without(8086))], "Linkerd's destination controller (8086)"],
    ['no policies', [egress(without(8090))], "Linkerd's destination controller (8090)"],
    [
      'the control plane by name',
      [egress(toIdentity({ namespaceSelector: 'kubernetes.io/metadata.name == "linkerd"' }))],
      undefined,
    ],
    [
      'another namespace by name',
      [egress(toIdentity({ namespaceSelector: 'kubernetes.io/metadata.name == "linkerd2"' }))],
      identity,
    ],
    [
      'its own namespace',
      [egress(toIdentity({ selector: 'linkerd.io/control-plane-component == "identity"' }))],
      identity,
    ],
    ['labels nobody knows', [egress(toIdentity({ namespaceSelector: 'mesh == "linkerd"' }))], undefined],
    [
      'labels that are known',
      [egress(toIdentity({ namespaceSelector: 'mesh == "linkerd"' })), namespace('linkerd')],
      identity,
    ],
    ['addresses', [egress(toIdentity({ nets: ['10.0.0.0/8'] }))], undefined],
    [
      'another component',
      [
        egress(
          toIdentity({
            namespaceSelector: 'all()',
            selector: 'linkerd.io/control-plane-component == "destination"',
          }),
        ),
      ],
      identity,
    ],
    [
      'a label it may have',
      [egress(toIdentity({ namespaceSelector: 'all()', selector: 'team == "mesh"' }))],
      undefined,
    ],
    [
      'a label it does not have',
      [
        egress(toIdentity({ namespaceSelector: 'all()', selector: 'team == "mesh"' })),
        deployment('linkerd-identity', 'linkerd', {
          labels: { 'linkerd.io/control-plane-component': 'identity' },
        }),
      ],
      identity,
    ],
    [
      'another place',
      [egress(toIdentity({ namespaceSelector: 'kubernetes.io/metadata.name == "mesh"' }))],
      undefined,
      { set: conventions({ mesh: { linkerd: { namespace: 'mesh' } } }), among: [egress(dnsAndLinkerd)] },
    ],
  ];
  for (const [name, policies, missing, judging] of cases) {
    const findings = findingsOf(rule, web, { ...judging, among: judging?.among ?? policies });
    t.same(
      findings.map(({ message }) => message),
      missing === undefined ? [] : [`Deployment "shop/web": its proxy cannot reach ${missing}`],
      name,
    );
  }
  const outside = deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'disabled' } });
  t.same(findingsOf(rule, outside, { among: [egress([])] }), [], 'without a proxy nothing is needed');
  const [finding] = findingsOf(rule, web, { among: [egress(without(8090))] });
  t.equal(
    finding?.witness,
    'the end of tier "default" denies; without 8090: the pod gets ready, but no Server and no AuthorizationPolicy is enforced on it',
  );
});

t.test('what mesh/control-plane-blocked asks for is enough', async (t) => {
  const security = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata: { name: 'security' },
    spec: { order: 10 },
  };
  const cases: Readonly<Record<string, readonly KubernetesObject[]>> = {
    'a default-deny of the namespace': [egress([])],
    'of Kubernetes': [kubernetesNetworkPolicy('deny', 'shop', { podSelector: {}, policyTypes: ['Egress'] })],
    'of Kubernetes, for some pods': [
      kubernetesNetworkPolicy('deny', 'shop', {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Egress'],
      }),
    ],
    'of the cluster': [
      globalNetworkPolicy('deny', {
        namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
        types: ['Egress'],
      }),
    ],
    'a rule that denies': [egress([{ action: 'Deny' }], { order: 20 })],
    'a rule that denies, without order': [egress([{ action: 'Deny' }])],
    'a rule that denies some': [
      egress([{ action: 'Deny', protocol: 'TCP', destination: { ports: [8090] } }, { action: 'Allow' }], {
        order: 5,
      }),
    ],
    'a tier of its own': [
      security,
      networkPolicy('security.gate', 'shop', { tier: 'security', types: ['Egress'], egress: [] }),
    ],
    'a service account': [egress([], { serviceAccountSelector: 'projectcalico.org/name == "default"' })],
  };
  for (const [name, policies] of Object.entries(cases)) {
    const [finding] = findingsOf(rule, web, { among: policies });
    t.ok(finding?.expected?.startsWith('this policy beside the others\n'), name);
    const remedy = policiesIn(finding?.expected);
    t.equal(remedy.length, 1, `${name}: one policy`);
    t.same(findingsOf(rule, web, { among: [...policies, ...remedy] }), [], `${name}: enough`);
    t.same(
      remedy.flatMap((policy) => findingsOf('policy/invalid', policy, { among: policies })),
      [],
      `${name}: Calico takes it`,
    );
  }
});

t.test('the gate of the control plane counts where it is seen', async (t) => {
  const linkerd = namespace('linkerd', { 'linkerd.io/is-control-plane': 'true' });
  const component = (name: string) =>
    deployment(`linkerd-${name}`, 'linkerd', {
      labels: { 'linkerd.io/control-plane-component': name, 'linkerd.io/control-plane-ns': 'linkerd' },
    });
  const plane = [linkerd, component('identity'), component('destination')];
  const denyAll = networkPolicy('default-deny', 'linkerd', { types: ['Ingress'] });
  const dns = [
    namespace('kube-system'),
    deployment('coredns', 'kube-system', { labels: { 'k8s-app': 'kube-dns' } }),
    networkPolicy('default-deny', 'kube-system', { types: ['Ingress'] }),
  ];
  const forShop = (ports: readonly number[]) =>
    networkPolicy('proxies', 'linkerd', {
      types: ['Ingress'],
      ingress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          source: { namespaceSelector: 'kubernetes.io/metadata.name == "shop"' },
          destination: { ports },
        },
      ],
    });
  const cases: readonly (readonly [string, readonly KubernetesObject[], string?])[] = [
    ['no gate', plane],
    [
      'a default-deny',
      [...plane, denyAll],
      "Linkerd's identity controller (8080) and Linkerd's destination controller (8086 and 8090)",
    ],
    [
      'one for pods that are there',
      [...plane, { ...denyAll, spec: { types: ['Ingress'], selector: 'has(mesh)' } }],
    ],
    ['rules for all that is needed', [...plane, denyAll, forShop([8080, 8086, 8090])]],
    [
      'rules for some of it',
      [...plane, denyAll, forShop([8080, 8086])],
      "Linkerd's destination controller (8090)",
    ],
    ['pods that nobody sees', [linkerd, denyAll]],
    ['a namespace that nobody sees', [...plane.slice(1), denyAll]],
    ['the name server', dns, 'kube-dns (UDP and TCP 53)'],
    [
      'both ends',
      [...plane, denyAll, egress(without(8080))],
      "Linkerd's identity controller (8080) and Linkerd's destination controller (8086 and 8090)",
    ],
  ];
  for (const [name, among, missing] of cases) {
    const findings = findingsOf(rule, web, { among });
    t.same(
      findings.map(({ message }) => message),
      missing === undefined ? [] : [`Deployment "shop/web": its proxy cannot reach ${missing}`],
      name,
    );
    if (missing === undefined) continue;
    const remedy = policiesIn(findings[0]?.expected);
    t.same(
      findingsOf(rule, web, { among: [...among, ...remedy] }),
      [],
      `${name}: what it asks for is enough`,
    );
    for (const policy of remedy) t.same(findingsOf('policy/invalid', policy, { among }), [], name);
  }
  const [finding] = findingsOf(rule, web, { among: [...plane, denyAll] });
  t.match(
    finding?.witness,
    /^at the gate of namespace "linkerd" the end of tier "default" denies; without 8080: /,
  );
  t.equal(
    finding?.expected,
    `this policy beside the others
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: allow-linkerd-proxies-of-shop
  namespace: linkerd
spec:
  selector: all()
  types:
    - Ingress
  ingress:
    - {action: Allow, protocol: TCP, source: {namespaceSelector: kubernetes.io/metadata.name == "shop"}, destination: {ports: [8080, 8086, 8090]}}`,
  );
});

t.test('the name server may be another', async (t) => {
  const nameServer = {
    namespace: 'openshift-dns',
    podLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    port: 5353,
  };
  const set = conventions({ nameServer });
  const open = (...ports: readonly number[]) =>
    egress([
      { action: 'Allow', protocol: 'UDP', destination: { ports } },
      { action: 'Allow', protocol: 'TCP', destination: { ports: [...ports, 8080, 8086, 8090] } },
    ]);
  t.same(findingsOf(rule, web, { set, among: [open(5353)] }), []);
  const [finding] = findingsOf(rule, web, { set, among: [open(53)] });
  t.equal(
    finding?.message,
    'Deployment "shop/web": its proxy cannot reach the name server in openshift-dns (UDP and TCP 5353)',
  );
  const remedy = policiesIn(finding?.expected);
  t.same(findingsOf(rule, web, { set, among: [open(53), ...remedy] }), []);
});

t.test('a change of a policy that cuts a proxy off is told of once', async (t) => {
  const shop = namespace('shop');
  const told = (
    object: KubernetesObject,
    among: readonly KubernetesObject[],
    operation = 'CREATE' as const,
    set = conventions({}),
  ) =>
    findingsOf('', object, { among, operation, set })
      .filter((finding) => [rule, 'policy/dns-blocked'].includes(finding.rule))
      .map((finding) => `${finding.rule}: ${finding.message}`);
  const everything =
    "kube-dns (UDP and TCP 53), Linkerd's identity controller (8080) and Linkerd's destination controller (8086 and 8090)";
  t.same(told(egress([]), [shop, web]), [
    `${rule}: NetworkPolicy "shop/gate": with it the proxy of Deployment "shop/web" cannot reach ${everything}`,
  ]);
  t.same(told(egress(dnsAndLinkerd), [shop, web]), []);
  t.same(told(egress(without(53)), [shop, web]), [], 'over TCP names are seldom asked for');
  const names = { ...egress(without(8090)), metadata: { name: 'names', namespace: 'shop' } };
  t.same(told(egress([]), [shop, web, names]), [], 'what was out of reach before is nobody’s doing');
  t.same(told(egress([], { selector: 'app == "db"' }), [shop, web]), [], 'it is for others');
  t.same(told(networkPolicy('in', 'shop', { types: ['Ingress'] }), [shop, web]), []);
  const outside = deployment('web', 'shop', { annotations: { 'linkerd.io/inject': 'disabled' } });
  t.same(told(egress([]), [shop, outside]), [
    'policy/dns-blocked: NetworkPolicy "shop/gate": with it pods of namespace "shop" cannot look up names, egress to UDP 53 is denied',
  ]);
  const closeAll = globalNetworkPolicy('close', {
    namespaceSelector: 'kubernetes.io/metadata.name == "linkerd"',
    types: ['Ingress'],
  });
  const plane = [
    namespace('linkerd'),
    deployment('linkerd-identity', 'linkerd', {
      labels: { 'linkerd.io/control-plane-component': 'identity' },
    }),
  ];
  const noIdentity = [
    `${rule}: GlobalNetworkPolicy "close": with it the proxy of Deployment "shop/web" cannot reach Linkerd's identity controller (8080)`,
  ];
  t.same(told(closeAll, [shop, web, ...plane]), noIdentity);
  const besides = conventions(
    {},
    {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'ConventionPolicy',
      metadata: { name: 'plain' },
      spec: {
        priority: 1,
        namespaces: { selector: { matchLabels: { plain: 'yes' } } },
        labels: [{ key: 'team', required: true }],
      },
    },
  );
  const plain = [namespace('plain', { plain: 'yes' }), deployment('web', 'plain', enabled)];
  t.same(
    told(closeAll, [...plain, shop, web, ...plane], 'CREATE', besides),
    noIdentity,
    'a convention without a mesh has no control plane',
  );
});

t.test('a change of a policy is held against forty workloads', async (t) => {
  /** Workloads of which only the last is cut off: before the change all others are let through by name. */
  const workloads = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      deployment(`w${index}`, 'shop', {
        ...enabled,
        labels: { place: index === count - 1 ? 'last' : 'before' },
      }),
    );
  const found = (object: KubernetesObject, ...among: readonly KubernetesObject[]) =>
    findingsOf(rule, object, { among: [namespace('shop'), ...among], operation: 'CREATE' })
      .map(({ message }) => message)
      .join();
  const isCutOff = /with it the proxy of Deployment "shop\/w39" cannot reach/;
  const unknown = 'only 40 workloads were looked at';
  const wayOut = egress([{ action: 'Allow' }], { order: 1, selector: 'place == "before"' });
  const shut = networkPolicy('shut', 'shop', { order: 2, types: ['Egress'] });
  t.match(found(shut, wayOut, ...workloads(40)), isCutOff);
  t.match(found(shut, wayOut, ...workloads(41)), unknown);
  const plane = [
    namespace('linkerd'),
    deployment('linkerd-identity', 'linkerd', {
      labels: { 'linkerd.io/control-plane-component': 'identity' },
    }),
  ];
  const forSome = globalNetworkPolicy('gate', {
    namespaceSelector: 'kubernetes.io/metadata.name == "linkerd"',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', source: { namespaceSelector: 'all()', selector: 'place == "before"' } }],
  });
  t.match(found(forSome, ...workloads(40), ...plane), isCutOff, 'at the gate of the control plane');
  t.match(found(forSome, ...workloads(41), ...plane), unknown);
});

/** A policy before all NetworkPolicies, so that none of them can open what it closes. */
function adminPolicy(rules: Readonly<Record<string, unknown>>): KubernetesObject {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'deny' },
    spec: { tier: 'Admin', priority: 10, subject: { namespaces: {} }, ...rules },
  };
}

t.test('where a NetworkPolicy cannot help, mesh/control-plane-blocked says what would', async (t) => {
  const admin = adminPolicy({
    egress: [{ action: 'Deny', to: [{ networks: ['0.0.0.0/0', '::/0'] }, { namespaces: {} }] }],
  });
  const [finding] = findingsOf(rule, web, { among: [admin] });
  t.match(
    finding?.expected,
    /^a rule that allows egress to port 53 of k8s-app == "kube-dns" in kube-system, .*, before the one that denies it$/,
  );
});

const applied = (object: KubernetesObject, { fix = [] }: Pick<Finding, 'fix'>) =>
  applyEdits(object, fix) as KubernetesObject;
const db = deployment('db', 'data', enabled, {
  containers: [{ name: 'db', image: 'example/db:1', ports: [{ name: 'sql', containerPort: 7777 }] }],
});
const policies = ['mesh/proxy-port-blocked', 'mesh/dead-port-rule'] as const;
const fromWeb = { namespaceSelector: 'kubernetes.io/metadata.name == "shop"', selector: 'app == "web"' };
const toDb = { namespaceSelector: 'kubernetes.io/metadata.name == "data"', selector: 'app == "db"' };
const allow = (rest: object) => ({ action: 'Allow', protocol: 'TCP', ...rest });
const ingress = (...rules: readonly object[]) =>
  networkPolicy('db', 'data', { selector: 'app == "db"', types: ['Ingress'], ingress: rules });
const proxyPort = networkPolicy('proxy', 'data', {
  types: ['Ingress'],
  ingress: [allow({ source: fromWeb, destination: { ports: [4143] } })],
});

function portRules(policy: KubernetesObject, judging: Judging = {}): readonly string[] {
  const among = [web, db, ...(judging.among ?? [])];
  return policies.flatMap((id) =>
    findingsOf(id, policy, { ...judging, among }).map(({ pointer, rule: found }) => `${found} ${pointer}`),
  );
}

t.test('port rules between meshed workloads', async (t) => {
  const blocked = ['mesh/proxy-port-blocked /spec/ingress/0'];
  const dead = ['mesh/dead-port-rule /spec/ingress/0'];
  const byPort = (ports: readonly unknown[]) => ingress(allow({ source: fromWeb, destination: { ports } }));
  const withAnnotations = (name: string, namespaceName: string, annotations: object) =>
    deployment(name, namespaceName, { annotations: { 'linkerd.io/inject': 'enabled', ...annotations } });
  const version = (version: string): Judging => ({ set: conventions({ mesh: { linkerd: { version } } }) });
  const cases: readonly (readonly [string, KubernetesObject, readonly string[], Judging?])[] = [
    ['the port of the application', byPort([7777]), blocked],
    ['by its name', byPort(['sql']), blocked],
    ['a range', byPort(['7000:8000']), blocked],
    ['a range that holds the port of the proxy', byPort(['4000:8000']), []],
    ['both ports', byPort([7777, 4143]), []],
    ['the metrics of the proxy', byPort([4191]), []],
    ['every port', ingress(allow({ source: fromWeb })), []],
    [
      'UDP',
      ingress({ action: 'Allow', protocol: 'UDP', source: fromWeb, destination: { ports: [7777] } }),
      [],
    ],
    [
      'a rule that denies',
      ingress({ ...allow({ source: fromWeb, destination: { ports: [7777] } }), action: 'Deny' }),
      [],
    ],
    ['everybody', ingress(allow({ destination: { ports: [7777] } })), []],
    ['addresses', ingress(allow({ source: { nets: ['10.0.0.0/8'] }, destination: { ports: [7777] } })), []],
    [
      'namespaces by label',
      ingress(allow({ source: { namespaceSelector: 'team == "shop"' }, destination: { ports: [7777] } })),
      [],
    ],
    [
      'a namespace outside the mesh',
      ingress(
        allow({
          source: { namespaceSelector: 'kubernetes.io/metadata.name == "kube-system"' },
          destination: { ports: [7777] },
        }),
      ),
      [],
    ],
    [
      'pods that nobody has seen',
      ingress(allow({ source: { ...fromWeb, selector: 'app == "other"' }, destination: { ports: [7777] } })),
      [],
    ],
    [
      'its own namespace, with nobody else in it',
      ingress(allow({ source: { selector: 'all()' }, destination: { ports: [7777] } })),
      [],
    ],
    [
      'a client outside the mesh besides',
      ingress(
        allow({ source: { namespaceSelector: fromWeb.namespaceSelector }, destination: { ports: [7777] } }),
      ),
      [],
      { among: [withAnnotations('out', 'shop', { 'linkerd.io/inject': 'disabled' })] },
    ],
    ['the port of the proxy in another policy', byPort([7777]), dead, { among: [proxyPort] }],
    ['a policy that is staged', { ...byPort([7777]), kind: 'StagedNetworkPolicy' }, []],
    ['before 2.18', byPort([7777]), [], version('2.17')],
    [
      'transparent',
      byPort([7777]),
      [],
      { set: conventions({ mesh: { linkerd: { outboundTransportMode: 'transparent' } } }) },
    ],
  ];
  for (const [name, policy, expected, judging] of cases) t.same(portRules(policy, judging), expected, name);

  const moved = withAnnotations('db', 'data', { 'config.linkerd.io/inbound-port': '5143' });
  const [finding] = findingsOf('mesh/proxy-port-blocked', byPort([7777]), { among: [web, moved] });
  t.match(finding?.message, / but both are meshed and connect on port 5143, which is denied$/);
  const skipping = withAnnotations('db', 'data', { 'config.linkerd.io/skip-inbound-ports': '7777' });
  t.same(
    findingsOf('mesh/proxy-port-blocked', byPort([7777]), { among: [web, skipping] }),
    [],
    'the server skips it',
  );
  const shy = withAnnotations('web', 'shop', { 'config.linkerd.io/skip-outbound-ports': '7777' });
  t.same(
    findingsOf('mesh/proxy-port-blocked', byPort([7777]), { among: [shy, db] }),
    [],
    'the client skips it',
  );
  const opaque = withAnnotations('db', 'data', { 'config.linkerd.io/opaque-ports': '7777' });
  const [old] = findingsOf('mesh/proxy-port-blocked', byPort([7777]), {
    among: [web, opaque],
    ...version('2.17'),
  });
  t.ok(old, 'opaque ports went by the proxy before 2.18 as well');
});

t.test('what mesh/proxy-port-blocked asks for is enough', async (t) => {
  const kubernetes = kubernetesNetworkPolicy('db', 'data', {
    podSelector: { matchLabels: { app: 'db' } },
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
            podSelector: { matchLabels: { app: 'web' } },
          },
        ],
        ports: [{ port: 7777 }],
      },
    ],
  });
  const egressPolicy = networkPolicy('web', 'shop', {
    selector: 'app == "web"',
    types: ['Egress'],
    egress: [allow({ destination: { ...toDb, ports: [7777] } })],
  });
  for (const policy of [
    ingress(allow({ source: fromWeb, destination: { ports: [7777] } })),
    kubernetes,
    egressPolicy,
  ]) {
    const [finding] = findingsOf('mesh/proxy-port-blocked', policy, { among: [web, db] });
    t.ok(finding?.fix, `${policy.apiVersion} has a remedy`);
    const mended = applied(policy, finding ?? {});
    t.same(portRules(mended), [], 'and with it there is nothing more to say');
    t.same(findingsOf('policy/invalid', mended), [], 'and Calico takes it');
  }
  const denying = ingress(allow({ source: fromWeb, destination: { ports: [7777] } }), {
    action: 'Deny',
    protocol: 'TCP',
    destination: { ports: [4143] },
  });
  const [finding] = findingsOf('mesh/proxy-port-blocked', denying, { among: [web, db] });
  t.equal(finding?.fix, undefined);
  t.match(finding?.expected, /^this policy beside the others, and a Server with an AuthorizationPolicy, /);
  const remedy = policiesIn(finding?.expected);
  t.same(
    findingsOf('mesh/proxy-port-blocked', denying, { among: [web, db, ...remedy] }),
    [],
    'a policy before the one that denies is enough',
  );
  for (const policy of remedy) t.same(findingsOf('policy/invalid', policy, { among: [denying] }), []);
  const admin = adminPolicy({ ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }] });
  const opening = ingress(allow({ source: fromWeb, destination: { ports: [7777] } }));
  t.equal(
    findingsOf('mesh/proxy-port-blocked', opening, { among: [web, db, admin] })[0]?.expected,
    'a rule that allows port 4143, before the one that denies it',
    'where no NetworkPolicy helps',
  );
});

t.test('port rules of dense namespaces are tried as far as a review may take', async (t) => {
  const many = Array.from({ length: 20 }, (_, index) => deployment(`w${index}`, 'shop', enabled));
  const gateFor = (...ports: readonly number[]) =>
    networkPolicy('all', 'shop', {
      types: ['Ingress'],
      ingress: [
        allow({ source: { selector: 'all()' }, destination: { ports: [8080] } }),
        ...ports.map((port) => allow({ destination: { ports: [port] } })),
      ],
    });
  const portFindings = (policy: KubernetesObject, judging: Judging) =>
    findingsOf('mesh/', policy, judging).filter((finding) => finding.rule.includes('port'));
  const rules = (policy: KubernetesObject, among: readonly KubernetesObject[]) =>
    portFindings(policy, { among }).map((finding) => finding.rule);
  const said = (policy: KubernetesObject, among: readonly KubernetesObject[]) =>
    portFindings(policy, { among, operation: 'CREATE' }).map(({ message }) =>
      message.replace(/^.* is unknown/, 'unknown'),
    );
  t.same(rules(gateFor(), many), ['mesh/proxy-port-blocked'], 'the first that is denied is enough');
  t.same(rules(gateFor(4143), many.slice(0, 5)), ['mesh/dead-port-rule']);
  t.same(rules(gateFor(4143), many), ['mesh/dead-port-rule'], 'all of 380 connections are tried in files');
  const unknown = 'unknown whether its rules let the proxies of meshed workloads connect';
  t.same(
    said(gateFor(4143), many),
    [`${unknown}, only 128 connections were looked at`],
    'and not in a review',
  );
  const crowd = Array.from({ length: 41 }, (_, index) => deployment(`w${index}`, 'shop', enabled));
  t.same(rules(gateFor(), crowd), ['mesh/proxy-port-blocked'], 'so are all of 41 workloads');
  t.same(said(gateFor(), crowd), [`${unknown}, only 40 workloads were looked at`]);
  t.notMatch(said(gateFor(), crowd.slice(1)).join(), 'workloads were looked at', 'but all of forty are');
  const byMesh = networkPolicy('mesh', 'shop', {
    selector: 'linkerd.io/proxy-deployment == "w1"',
    types: ['Ingress'],
    ingress: [allow({ source: { selector: 'app == "w2"' }, destination: { ports: [8080] } })],
  });
  t.same(rules(byMesh, crowd), ['mesh/proxy-port-blocked'], 'by a label that the injector adds');
});

t.test('a workload that names no service account has the default one', async (t) => {
  const source = { ...fromWeb, serviceAccounts: { names: ['default'] } };
  const byAccount = ingress(allow({ source, destination: { ports: [7777] } }));
  const under = (serviceAccountName: string) => deployment('web', 'shop', enabled, { serviceAccountName });
  const blocked = (object: KubernetesObject, ...among: readonly KubernetesObject[]) =>
    findingsOf('mesh/', object, { among, operation: 'CREATE' }).map((finding) => finding.rule);
  t.same(blocked(byAccount, web, db), ['mesh/proxy-port-blocked']);
  t.same(blocked(byAccount, under('web'), db), []);
  const shut = egress([], { selector: 'projectcalico.org/serviceaccount == "default"' });
  t.same(blocked(shut, namespace('shop'), web), ['mesh/control-plane-blocked']);
  t.same(blocked(shut, namespace('shop'), under('web')), []);
});

t.test('mesh/port-4143-needs-authorization', async (t) => {
  const id = 'mesh/port-4143-needs-authorization';
  const opened = ingress(allow({ source: fromWeb, destination: { ports: [4143] } }));
  const server = (port: unknown, spec: object = {}): KubernetesObject => ({
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: 'db', namespace: 'data' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, port, ...spec },
  });
  const closed = namespace(
    'data',
    {},
    {
      metadata: { name: 'data', annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' } },
    },
  );
  const cases: readonly (readonly [string, readonly KubernetesObject[], number])[] = [
    ['no gate', [], 0],
    ['a gate for the port alone', [ingress(allow({ source: fromWeb, destination: { ports: [7777] } }))], 0],
    ['the port of the proxy', [opened], 1],
    ['every port', [ingress(allow({ source: fromWeb }))], 0],
    [
      'a gate that is closed before',
      [ingress({ action: 'Deny' }, allow({ destination: { ports: [4143] } }))],
      0,
    ],
    ['and a Server', [opened, server('sql')], 0],
    [
      'and a Server that lets everybody in',
      [opened, server(7777, { accessPolicy: 'all-unauthenticated' })],
      1,
    ],
    ['and a namespace that denies', [opened, closed], 0],
  ];
  for (const [name, among, count] of cases) t.equal(findingsOf(id, db, { among }).length, count, name);
  t.same(findingsOf(id, deployment('db', 'data', enabled), { among: [opened] }), [], 'pods without ports');

  const [finding] = findingsOf(id, db, { among: [opened] });
  const remedy = policiesIn(finding?.expected?.replace('<namespace>', 'shop').replace('<account>', 'web'));
  t.same(
    remedy.map(({ kind }) => kind),
    ['Server', 'AuthorizationPolicy'],
  );
  t.same(findingsOf(id, db, { among: [opened, ...remedy] }), [], 'what it asks for is enough');
  for (const object of remedy)
    t.same(
      findingsOf('mesh/', object, { among: [opened, db, ...remedy, namespace('shop')] }),
      [],
      `the ${object.kind} is right`,
    );
});
