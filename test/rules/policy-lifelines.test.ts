import t from 'tap';
import { conventions } from '../support/conventions.ts';
import { findingsAmong, findingsAtAdmission } from '../support/findings.ts';
import { deployment, globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

const rule = 'policy/lifeline-blocked';

function service(name: string, at: string, port: number, targetPort: number | string): KubernetesObject {
  const spec = { selector: { app: name }, ports: [{ port, targetPort }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: at }, spec };
}

function webhook(name: string, at: string, of: string, kind = 'Validating'): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [{ name, clientConfig: { service: { namespace: at, name: of } } }],
  };
}

function apiService(name: string, at: string, of: string): KubernetesObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: { service: { namespace: at, name: of } },
  };
}

const ports = { containers: [{ name: 'app', ports: [{ name: 'https', containerPort: 8443 }] }] };
const control = (name: string) =>
  deployment(name, 'linkerd', { labels: { 'linkerd.io/control-plane-component': name } });

/** A cluster in which everything runs that others live on, where no convention governs. */
const cluster: readonly KubernetesObject[] = [
  ...['kube-system', 'gate', 'cert-manager', 'linkerd', 'calico-system', 'calico-apiserver', 'shop'].map(
    (name) => namespace(name),
  ),
  deployment('coredns', 'kube-system', { labels: { 'k8s-app': 'kube-dns' } }),
  deployment('gate', 'gate', {}, ports),
  service('gate', 'gate', 443, 'https'),
  webhook('validate.tollgate.dev', 'gate', 'gate'),
  deployment('hook', 'cert-manager', {}, ports),
  service('hook', 'cert-manager', 443, 10250),
  webhook('webhook.cert-manager.io', 'cert-manager', 'hook', 'Mutating'),
  deployment('metrics', 'kube-system', {}, ports),
  service('metrics', 'kube-system', 443, 'https'),
  apiService('v1beta1.metrics.k8s.io', 'kube-system', 'metrics'),
  deployment('calico-apiserver', 'calico-apiserver', { labels: { 'k8s-app': 'calico-apiserver' } }),
  deployment('typha', 'calico-system', { labels: { 'k8s-app': 'calico-typha' } }),
  control('identity'),
  control('destination'),
];
const both = { types: ['Ingress', 'Egress'] };
const denyAll = globalNetworkPolicy('deny-all', { selector: 'all()', ...both });

const dns = { ports: [53] };
const opened = [
  networkPolicy('coredns', 'kube-system', {
    ...both,
    selector: 'k8s-app == "kube-dns"',
    ingress: ['UDP', 'TCP'].map((protocol) => ({ action: 'Allow', protocol, destination: dns })),
    egress: [{ action: 'Allow' }],
  }),
  networkPolicy('gate', 'gate', {
    ...both,
    ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [8443] } }],
    egress: [{ action: 'Allow', destination: { services: { name: 'kubernetes', namespace: 'default' } } }],
  }),
];

t.test('a policy that closes everything names what it cuts off', async (t) => {
  const request = { operation: 'CREATE', object: denyAll } as const;
  const [vital, ...more] = findingsAtAdmission(rule, request, cluster);
  t.same(more, []);
  t.equal(vital?.action, 'deny');
  t.equal(
    vital?.message,
    'GlobalNetworkPolicy "deny-all": it cuts off the name server in "kube-system" (UDP 53 from pods, TCP 53 from pods and TCP to the API server), tollgate itself in "gate" (TCP 8443 from the API server and TCP to the API server), the webhook "webhook.cert-manager.io" in "cert-manager" (TCP 10250 from the API server), the API v1beta1.metrics.k8s.io in "kube-system" (TCP 8443 from the API server) and 4 more',
  );
  const [others] = findingsAtAdmission(rule, request, [...cluster, ...opened]);
  t.equal(others?.action, 'warn');
  t.match(
    others?.message,
    /Linkerd's identity controller in "linkerd" \(TCP 8080 from pods and TCP to the API server\).* and 2 more/,
  );
  const inFiles = findingsAmong(rule, [...cluster, denyAll]);
  t.same(
    inFiles.map(({ action, object }) => `${action} ${object.name}`),
    ['warn deny-all'],
    'files seldom hold every policy',
  );
});

/** What is opened to tollgate itself where its namespace is closed, and whether that is enough. */
const gates: readonly (readonly [string, object, boolean])[] = [
  ['nobody', { action: 'Deny' }, false],
  ['its port', { action: 'Allow', protocol: 'TCP', destination: { ports: [8443] } }, true],
  ['another port', { action: 'Allow', protocol: 'TCP', destination: { ports: [443] } }, false],
  ['addresses that may be the API server', { action: 'Allow', source: { nets: ['10.0.0.0/24'] } }, true],
  ['everybody but some', { action: 'Allow', source: { notNets: ['10.0.0.0/24'] } }, true],
  ['its own namespace', { action: 'Allow', source: { selector: 'all()' } }, false],
  ['all namespaces', { action: 'Allow', source: { namespaceSelector: 'all()' } }, true],
  [
    'pods of another namespace',
    { action: 'Allow', source: { namespaceSelector: 'projectcalico.org/name == "shop"' } },
    false,
  ],
  [
    'the pods by which the API server reaches nodes',
    {
      action: 'Allow',
      source: { namespaceSelector: 'projectcalico.org/name == "kube-system"', selector: 'has(k8s-app)' },
    },
    true,
  ],
  ['host endpoints', { action: 'Allow', source: { namespaceSelector: 'global()' } }, true],
];

for (const [name, ingress, isEnough] of gates) {
  t.test(`the gate opened to ${name}`, async (t) => {
    const object = networkPolicy('gate', 'gate', { types: ['Ingress'], ingress: [ingress] });
    const found = findingsAtAdmission(rule, { operation: 'CREATE', object }, cluster);
    t.same(
      found.map(({ action }) => action),
      isEnough ? [] : ['deny'],
    );
  });
}

t.test('whoever leaves them out, or opens to them, is told nothing', async (t) => {
  const guarded = globalNetworkPolicy('closed', {
    namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
    ...both,
  });
  t.same(findingsAmong(rule, [...cluster, guarded]), []);
  const request = { operation: 'CREATE', object: denyAll } as const;
  t.same(
    findingsAtAdmission(rule, request, [...cluster, ...opened]).map(({ action }) => action),
    ['warn'],
    'the vital ones are open',
  );
  t.same(findingsAtAdmission(rule, request, [namespace('shop')]), [], 'only what exists counts');
  const inNodes = [namespace('gate'), deployment('gate', 'gate', {}, { ...ports, hostNetwork: true })];
  const called = [service('gate', 'gate', 443, 8443), webhook('validate.tollgate.dev', 'gate', 'gate')];
  t.same(findingsAtAdmission(rule, request, [...inNodes, ...called]), [], 'no policy reaches nodes');
});

t.test('only the change that cuts off is told of', async (t) => {
  const [, opensGate] = opened;
  const closed = [...cluster, ...opened, denyAll];
  const more = globalNetworkPolicy('more', { selector: 'all()', ...both });
  t.same(findingsAtAdmission(rule, { operation: 'CREATE', object: more }, closed), []);
  if (!opensGate) return;
  const [lost] = findingsAtAdmission(rule, { operation: 'DELETE', object: opensGate }, closed);
  t.match(lost?.message, /"gate\/gate": without it policies cut off tollgate itself in "gate"/);
  t.same(findingsAtAdmission(rule, { operation: 'DELETE', object: denyAll }, closed), []);
  const labelled = globalNetworkPolicy('some', { namespaceSelector: 'closed == "yes"', ...both });
  const object = namespace('gate', { closed: 'yes' });
  const relabel = { operation: 'UPDATE', object, oldObject: namespace('gate') } as const;
  const [cut] = findingsAtAdmission(rule, relabel, [...cluster, labelled]);
  t.match(cut?.message, /with these labels policies cut off tollgate itself/);
  t.equal(cut?.action, 'deny');
});

t.test('a convention says what becomes of it', async (t) => {
  const request = { operation: 'CREATE', object: denyAll } as const;
  const off = conventions({ rules: { [rule]: 'off' } });
  t.same(findingsAtAdmission(rule, request, cluster, { conventions: off }), []);
  const gaps = [{ what: 'policies', why: 'they could not be read' }];
  t.same(findingsAtAdmission(rule, request, cluster, { gaps }), [], 'what is missing may open');
});
