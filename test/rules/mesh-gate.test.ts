import { loadAll } from 'js-yaml';
import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
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

t.test('where a NetworkPolicy cannot help, mesh/control-plane-blocked says what would', async (t) => {
  const admin: KubernetesObject = {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'deny' },
    spec: {
      tier: 'Admin',
      priority: 10,
      subject: { namespaces: {} },
      egress: [{ action: 'Deny', to: [{ networks: ['0.0.0.0/0', '::/0'] }, { namespaces: {} }] }],
    },
  };
  const [finding] = findingsOf(rule, web, { among: [admin] });
  t.match(
    finding?.expected,
    /^a rule that allows egress to port 53 of k8s-app == "kube-dns" in kube-system, .*, before the one that denies it$/,
  );
});
