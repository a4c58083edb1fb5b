import t from 'tap';
import type { RuleId } from '../../src/conventions/document/action.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { findingsAmong, told } from '../support/findings.ts';
import {
  deployment,
  globalNetworkPolicy,
  globalNetworkSet,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
  networkSet,
} from '../support/objects.ts';

/** What nothing reaches, told where what was meant is there, and left alone where nothing tells. */
interface Case {
  readonly name: string;
  readonly policy: KubernetesObject;
  readonly among: readonly KubernetesObject[];
  readonly says?: string;
}

const shop = namespace('shop');
const till = namespace('till');
const web = deployment('web', 'shop', {}, { containers: [container('web', 8080)] });
const guest = deployment('guest', 'till', { labels: { team: 'guests' } });
const onNode = deployment('agent', 'shop', { labels: { team: 'guests' } }, { hostNetwork: true });
const set = globalNetworkSet('guests', { from: 'guests' }, ['192.0.2.0/24']);
const ownSet = networkSet('guests', 'till', { from: 'guests' }, ['192.0.2.0/24']);
const operated: KubernetesObject = {
  apiVersion: 'example.com/v1',
  kind: 'Cache',
  metadata: { name: 'cache', namespace: 'shop' },
};

function container(name: string, ...ports: readonly number[]) {
  return { name, image: 'example/app:1', ports: ports.map((containerPort) => ({ containerPort })) };
}

function from(source: object, selector = 'all()'): KubernetesObject {
  return networkPolicy('p', 'shop', { selector, types: ['Ingress'], ingress: [{ action: 'Deny', source }] });
}

function fromGlobally(source: object): KubernetesObject {
  return globalNetworkPolicy('p', { types: ['Ingress'], ingress: [{ action: 'Deny', source }] });
}

function service(spec: object, name = 'web', inNamespace = 'shop'): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: inNamespace }, spec };
}

function check(rule: RuleId, cases: readonly Case[]): void {
  for (const { name, policy, among, says } of cases) {
    t.test(`${rule}: ${name}`, async (t) => {
      t.same(told(findingsAmong(rule, [...among, policy])), says === undefined ? [] : [says]);
    });
  }
}

const asksTeam = { selector: 'team == "guests"' };
const asksSet = { selector: 'from == "guests"' };

check('policy/peer-elsewhere', [
  {
    name: 'pods of another namespace',
    policy: from(asksTeam),
    among: [shop, till, web, guest],
    says: '/spec/ingress/0 | NetworkPolicy "shop/p": its ingress rule 1 finds nobody, what it asks for is carried by Deployment "till/guest", which is in another namespace | namespaceSelector: kubernetes.io/metadata.name == "till" beside it',
  },
  {
    name: 'the same in Kubernetes, although the namespaces are not in the files',
    policy: kubernetesNetworkPolicy('p', 'shop', {
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector: { matchLabels: { team: 'guests' } } }], ports: [{ port: 80 }, { port: 81 }] },
      ],
    }),
    among: [web, guest],
    says: '/spec/ingress/0 | NetworkPolicy "shop/p": its ingress rule 1 finds nobody, what it asks for is carried by Deployment "till/guest", which is in another namespace | namespaceSelector: kubernetes.io/metadata.name == "till" beside it',
  },
  {
    name: 'pods of the own namespace',
    policy: from(asksTeam),
    among: [shop, till, web, guest, onNode, deployment('own', 'shop', { labels: { team: 'guests' } })],
  },
  { name: 'nobody anywhere', policy: from(asksTeam), among: [shop, web] },
  { name: 'nothing known of the own namespace', policy: from(asksTeam), among: [shop, till, guest] },
  { name: 'what an operator may make', policy: from(asksTeam), among: [shop, till, web, guest, operated] },
  {
    name: 'a policy that selects nothing yet',
    policy: from(asksTeam, 'app == "later"'),
    among: [web, guest],
  },
  { name: 'whoever is not so labelled', policy: from({ selector: 'team != "guests"' }), among: [web, guest] },
  {
    name: 'a namespace that is named',
    policy: from({ ...asksTeam, namespaceSelector: 'a == "b"' }),
    among: [web, guest],
  },
  { name: 'every namespace', policy: from({ ...asksTeam, namespaceSelector: 'all()' }), among: [web, guest] },
  { name: 'the whole cluster', policy: fromGlobally(asksTeam), among: [web, guest] },
  {
    name: 'pods on the network of their node',
    policy: fromGlobally(asksTeam),
    among: [shop, web, onNode],
    says: '/spec/ingress/0 | GlobalNetworkPolicy "p": its ingress rule 1 finds nobody, Deployment "shop/agent" uses the network of its node | nets with the addresses of the nodes, or the labels of their host endpoints',
  },
  {
    name: 'some pods on the network of their node',
    policy: fromGlobally(asksTeam),
    among: [web, onNode, guest],
  },
  {
    name: 'a set of no namespace',
    policy: from(asksSet),
    among: [shop, set],
    says: '/spec/ingress/0 | NetworkPolicy "shop/p": its ingress rule 1 finds nobody, what it asks for is carried by GlobalNetworkSet "guests", where it does not look | namespaceSelector: global()',
  },
  {
    name: 'a set of no namespace, asked of every namespace',
    policy: fromGlobally({ ...asksSet, namespaceSelector: 'all()' }),
    among: [shop, set],
    says: '/spec/ingress/0 | GlobalNetworkPolicy "p": its ingress rule 1 finds nobody, what it asks for is carried by GlobalNetworkSet "guests", where it does not look | namespaceSelector: global()',
  },
  {
    name: 'a set of a namespace, asked of none',
    policy: fromGlobally({ ...asksSet, namespaceSelector: 'global()' }),
    among: [till, ownSet],
    says: '/spec/ingress/0 | GlobalNetworkPolicy "p": its ingress rule 1 finds nobody, what it asks for is carried by NetworkSet "till/guests", where it does not look | namespaceSelector: kubernetes.io/metadata.name == "till" beside it',
  },
  { name: 'a set, found', policy: fromGlobally(asksSet), among: [till, ownSet, set] },
  {
    name: 'a set of no namespace, found',
    policy: from({ ...asksSet, namespaceSelector: 'global()' }),
    among: [set],
  },
  {
    name: 'a set by its name',
    policy: fromGlobally({ selector: 'set == "guests"', namespaceSelector: 'global()' }),
    among: [shop, web, set],
    says: '/spec/ingress/0 | GlobalNetworkPolicy "p": its ingress rule 1 finds nobody, GlobalNetworkSet "guests" has no label set: guests | metadata.labels of the set: { set: guests }',
  },
  {
    name: 'a set by its label with a letter wrong',
    policy: fromGlobally({ selector: 'from == "gests"' }),
    among: [shop, web, set],
    says: '/spec/ingress/0 | GlobalNetworkPolicy "p": its ingress rule 1 finds nobody, GlobalNetworkSet "guests" has from: guests, not gests | from == "guests"',
  },
  {
    name: 'a set with a label of the same key',
    policy: fromGlobally({ selector: 'from == "office"' }),
    among: [shop, web, set],
  },
  {
    name: 'a namespace in which all pods are on the network of their node',
    policy: from({ namespaceSelector: 'kubernetes.io/metadata.name == "edge"' }),
    among: [shop, namespace('edge'), deployment('edge', 'edge', {}, { hostNetwork: true })],
    says: '/spec/ingress/0 | NetworkPolicy "shop/p": its ingress rule 1 finds nobody, Deployment "edge/edge" uses the network of its node | nets with the addresses of the nodes, or the labels of their host endpoints',
  },
  {
    name: 'a namespace of which the files need not know all',
    policy: from({ namespaceSelector: 'kubernetes.io/metadata.name == "edge"' }),
    among: [shop, deployment('edge', 'edge', {}, { hostNetwork: true })],
  },
  {
    name: 'a namespace in which some pods are on the network of their node',
    policy: from({ namespaceSelector: 'kubernetes.io/metadata.name == "till"' }),
    among: [shop, till, guest, deployment('edge', 'till', {}, { hostNetwork: true })],
  },
  {
    name: 'a set that has the name of pods to come',
    policy: fromGlobally({ selector: 'app == "guests"' }),
    among: [web, set],
  },
]);

const sets = (selector: string) => globalNetworkPolicy('p', { selector, types: ['Ingress'] });

check('policy/selects-nothing', [
  {
    name: 'a set',
    policy: sets('from == "guests"'),
    among: [shop, web, set],
    says: '/spec/selector | GlobalNetworkPolicy "p": it selects no pod, what it asks for is carried by GlobalNetworkSet "guests" alone | the selector in source or destination of a rule, in a policy of the pods that connect',
  },
  {
    name: 'a set and pods',
    policy: sets('from == "guests"'),
    among: [set, deployment('web', 'shop', { labels: { from: 'guests' } })],
  },
  { name: 'a set, where no pod is known', policy: sets('from == "guests"'), among: [shop, set] },
  {
    name: 'a set and a host endpoint',
    policy: sets('from == "guests"'),
    among: [
      web,
      set,
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'HostEndpoint',
        metadata: { name: 'h', labels: { from: 'guests' } },
        spec: { node: 'n', interfaceName: '*' },
      },
    ],
  },
  {
    name: 'pods on the network of their node',
    policy: kubernetesNetworkPolicy('p', 'shop', { podSelector: { matchLabels: { team: 'guests' } } }),
    among: [shop, web, onNode],
    says: '/spec/podSelector | NetworkPolicy "shop/p": it selects nothing, Deployment "shop/agent" uses the network of its node | no hostNetwork, or a policy for the host endpoint of the node',
  },
  {
    name: 'pods of another namespace',
    policy: from({}, 'team == "guests"'),
    among: [shop, web, guest],
    says: '/spec/selector | NetworkPolicy "shop/p": it selects no pod, what it asks for is carried by Deployment "till/guest", which is in another namespace | metadata.namespace: till',
  },
  { name: 'pods that may come', policy: from({}, 'team == "guests"'), among: [shop, guest] },
  { name: 'pods of an operator', policy: from({}, 'team == "guests"'), among: [shop, web, operated, guest] },
  { name: 'nothing yet', policy: from({}, 'team == "guests"'), among: [shop, web] },
  { name: 'everything', policy: from({}), among: [shop, onNode] },
]);

const front = service({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
const toPort = (...ports: readonly (number | string)[]) =>
  networkPolicy('p', 'shop', {
    selector: 'app == "web"',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports } }],
  });
const named = (port: number, from: string) =>
  `/spec/ingress/0 | NetworkPolicy "shop/p": its ingress rule 1 names TCP ${port}, where nothing listens: Deployment "${from}" does on 8080 | 8080`;

check('policy/service-port', [
  { name: 'the port of a Service', policy: toPort(80), among: [web, front], says: named(80, 'shop/web') },
  {
    name: 'the port of the nodes',
    policy: toPort(30080),
    among: [web, front],
    says: named(30080, 'shop/web'),
  },
  {
    name: 'the ports of the nodes',
    policy: toPort('30000:32767'),
    among: [web, front],
    says: named(30080, 'shop/web'),
  },
  {
    name: 'a target by name',
    policy: toPort(80),
    among: [
      deployment(
        'web',
        'shop',
        {},
        { containers: [{ ...container('web'), ports: [{ name: 'http', containerPort: 8080 }] }] },
      ),
      service({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] }),
    ],
    says: named(80, 'shop/web'),
  },
  { name: 'both ports', policy: toPort(80, 8080), among: [web, front] },
  { name: 'the port of the pods', policy: toPort(8080), among: [web, front] },
  { name: 'a port of neither', policy: toPort(9090), among: [web, front] },
  { name: 'pods that declare nothing', policy: toPort(80), among: [deployment('web', 'shop'), front] },
  {
    name: 'other pods that declare nothing',
    policy: toPort(80),
    among: [web, front, deployment('web-2', 'shop', { labels: { app: 'web' } })],
  },
  {
    name: 'pods that declare both',
    policy: toPort(80),
    among: [
      deployment('web', 'shop', {}, { containers: [container('web', 8080), container('front', 80)] }),
      front,
    ],
  },
  { name: 'no Service', policy: toPort(80), among: [web] },
  {
    name: 'the Service of others',
    policy: toPort(80),
    among: [web, service({ selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8080 }] })],
  },
  {
    name: 'another protocol',
    policy: toPort(80),
    among: [
      web,
      service({ selector: { app: 'web' }, ports: [{ port: 80, protocol: 'UDP', targetPort: 8080 }] }),
    ],
  },
  {
    name: 'a policy for host endpoints',
    policy: globalNetworkPolicy('p', {
      preDNAT: true,
      applyOnForward: true,
      types: ['Ingress'],
      ingress: [{ action: 'Deny', protocol: 'TCP', destination: { ports: [30080] } }],
    }),
    among: [web, front],
  },
  {
    name: 'egress to pods of another namespace',
    policy: networkPolicy('p', 'till', {
      types: ['Egress'],
      egress: [
        {
          action: 'Allow',
          protocol: 'TCP',
          destination: {
            selector: 'app == "web"',
            namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
            ports: [80],
          },
        },
      ],
    }),
    among: [web, front],
    says: '/spec/egress/0 | NetworkPolicy "till/p": its egress rule 1 names TCP 80, where nothing listens: Deployment "shop/web" does on 8080 | 8080',
  },
]);

const dns = service(
  { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' }, ports: [{ port: 53 }] },
  'dns',
  'kube-system',
);
const api = service(
  { clusterIP: '10.96.0.1', ports: [{ port: 443, targetPort: 6443 }] },
  'kubernetes',
  'default',
);
const cache = (args: readonly string[]) =>
  deployment(
    'cache',
    'kube-system',
    {},
    { hostNetwork: true, containers: [{ ...container('cache'), args }] },
  );
const toNets = (...nets: readonly string[]) =>
  networkPolicy('p', 'shop', { types: ['Egress'], egress: [{ action: 'Allow', destination: { nets } }] });
const toBlock = (cidr: string) =>
  kubernetesNetworkPolicy('p', 'shop', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ ipBlock: { cidr } }] }],
  });

check('policy/service-address', [
  {
    name: 'of Calico',
    policy: toNets('192.0.2.7/32', '10.96.0.10/32'),
    among: [dns],
    says: '/spec/egress/0 | NetworkPolicy "shop/p": its egress rule 1 names 10.96.0.10, the address of Service "kube-system/dns", which no policy sees | destination: { services: { name: dns, namespace: kube-system } }',
  },
  {
    name: 'of Kubernetes',
    policy: toBlock('10.96.0.10/32'),
    among: [dns],
    says: '/spec/egress/0 | NetworkPolicy "shop/p": its egress rule 1 names 10.96.0.10, the address of Service "kube-system/dns", which no policy sees | the labels of its pods, and their namespace "kube-system"',
  },
  {
    name: 'without pods',
    policy: toBlock('10.96.0.1/32'),
    among: [api],
    says: '/spec/egress/0 | NetworkPolicy "shop/p": its egress rule 1 names 10.96.0.1, the address of Service "default/kubernetes", which no policy sees | the addresses and ports behind it',
  },
  { name: 'a network', policy: toBlock('10.96.0.0/12'), among: [dns, api] },
  { name: 'an address of nobody', policy: toBlock('10.96.0.11/32'), among: [dns, api] },
  { name: 'a headless Service', policy: toBlock('10.96.0.11/32'), among: [service({ clusterIP: 'None' })] },
  {
    name: 'a cache on the node',
    policy: toNets('10.96.0.10/32'),
    among: [dns, cache(['-localip', '169.254.20.10,10.96.0.10'])],
  },
  {
    name: 'a cache on the node for another address',
    policy: toNets('10.96.0.10/32'),
    among: [dns, cache(['-localip', '169.254.20.10,10.96.0.101'])],
    says: '/spec/egress/0 | NetworkPolicy "shop/p": its egress rule 1 names 10.96.0.10, the address of Service "kube-system/dns", which no policy sees | destination: { services: { name: dns, namespace: kube-system } }',
  },
]);
