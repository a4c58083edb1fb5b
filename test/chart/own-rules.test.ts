import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { createPolicyWorld, evaluateFlow, judgeCoverage, validatePolicy } from '../../src/calico/index.ts';
import { judge } from '../../src/engine/judge.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { type GoldenSet, goldenFile, goldenObjects, theOnly } from './golden-objects.ts';

const namespace = (name: string, labels: Record<string, string> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
});
const pod = (inNamespace: string, labels: Record<string, string>, ip: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: Object.values(labels).join('-'), namespace: inNamespace, labels },
  spec: { containers: [{ name: 'main', image: 'main' }] },
  status: { podIP: ip },
});
const closedLabels = { 'tollgate.dev/default-deny': 'enforced' };
const surroundings = [
  namespace('kube-system'),
  namespace('linkerd'),
  namespace('monitoring'),
  namespace('shop', closedLabels),
  namespace('yard'),
  namespace('calico-apiserver'),
];
const ends = {
  dns: pod('kube-system', { 'k8s-app': 'kube-dns' }, '10.0.0.2'),
  identity: pod('linkerd', { 'linkerd.io/control-plane-component': 'identity' }, '10.0.0.3'),
  destination: pod('linkerd', { 'linkerd.io/control-plane-component': 'destination' }, '10.0.0.4'),
  prometheus: pod('monitoring', { app: 'prometheus' }, '10.0.0.5'),
  calicoApiServer: pod('calico-apiserver', { apiserver: 'true' }, '10.0.0.7'),
  stranger: pod('yard', { app: 'stranger' }, '10.0.0.6'),
};

const deny = theOnly(goldenObjects('born-closed'), 'GlobalNetworkPolicy');

t.test('the default-deny of the chart is what Calico takes', async (t) => {
  t.same(validatePolicy(deny), []);
});

t.test('a namespace with the label is closed from its first second, but for DNS and Linkerd', async (t) => {
  const world = createPolicyWorld([...surroundings, deny], { mode: 'v3crd' });
  const { directions } = judgeCoverage(world, { name: 'shop', labels: { ...closedLabels } });
  t.same(
    directions.map(({ direction, verdict }) => `${direction} ${verdict}`),
    ['Ingress deny', 'Egress deny'],
  );
  t.same(
    directions.flatMap(({ holes }) => holes.map(({ direction, opens, wide }) => [direction, opens, wide])),
    [
      [
        'Egress',
        'k8s-app == "kube-dns" in namespaces projectcalico.org/name == "kube-system" on 53/UDP',
        false,
      ],
      [
        'Egress',
        'k8s-app == "kube-dns" in namespaces projectcalico.org/name == "kube-system" on 53/TCP',
        false,
      ],
      [
        'Egress',
        'linkerd.io/control-plane-component == "destination" in namespaces projectcalico.org/name == "linkerd" on 8086/TCP, 8090/TCP',
        false,
      ],
      [
        'Egress',
        'linkerd.io/control-plane-component == "identity" in namespaces projectcalico.org/name == "linkerd" on 8080/TCP',
        false,
      ],
    ],
  );
});

t.test('a namespace without the label is not touched', async (t) => {
  const world = createPolicyWorld([...surroundings, deny], { mode: 'v3crd' });
  const { directions } = judgeCoverage(world, { name: 'yard', labels: {} });
  t.same(
    directions.map(({ verdict }) => verdict),
    ['allow', 'allow'],
  );
});

const verdictsOf = (objects: readonly KubernetesObject[], source: KubernetesObject) => {
  const world = createPolicyWorld([...surroundings, ...Object.values(ends), ...objects], { mode: 'v3crd' });
  return (destination: KubernetesObject | string, protocol: string, destinationPort: number) =>
    evaluateFlow(world, {
      source: { pod: source },
      destination: typeof destination === 'string' ? { ip: destination } : { pod: destination },
      protocol,
      destinationPort,
    }).verdict;
};

t.test('a closed pod reaches what its proxy needs to get ready, and nothing beside it', async (t) => {
  const verdict = verdictsOf([deny], pod('shop', { app: 'car' }, '10.0.1.1'));
  t.equal(verdict(ends.dns, 'UDP', 53), 'allow');
  t.equal(verdict(ends.dns, 'TCP', 53), 'allow');
  t.equal(verdict(ends.identity, 'TCP', 8080), 'allow');
  t.equal(verdict(ends.destination, 'TCP', 8086), 'allow');
  t.equal(verdict(ends.destination, 'TCP', 8090), 'allow');
  t.equal(verdict(ends.dns, 'TCP', 443), 'deny');
  t.equal(verdict(ends.identity, 'TCP', 8090), 'deny');
  t.equal(verdict(ends.destination, 'TCP', 8080), 'deny');
  t.equal(verdict(ends.stranger, 'TCP', 4143), 'deny');
  t.equal(verdict('192.0.2.1', 'TCP', 443), 'deny');
  t.equal(verdict('2001:db8::1', 'UDP', 53), 'deny');
});

const own = (set: GoldenSet) =>
  theOnly(goldenObjects(set), 'Deployment').spec as {
    template: { metadata: { labels: Record<string, string> } };
  };

for (const set of ['default', 'network-policy-of-calico'] as const) {
  t.test(
    `the gate’s own pods, ${set}: the API server both ways, DNS, Linkerd, metrics, and no more`,
    async (t) => {
      const objects = goldenObjects(set).filter(({ kind }) => kind === 'NetworkPolicy');
      const gate = pod('tollgate-system', own(set).template.metadata.labels, '10.0.2.1');
      (gate.spec as { containers: object[] }).containers = [
        {
          name: 'tollgate',
          ports: [
            { name: 'https', containerPort: 8443, protocol: 'TCP' },
            { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
          ],
        },
      ];
      const apiServer = [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'kubernetes', namespace: 'default' },
          spec: { ports: [{ port: 443, targetPort: 6443, protocol: 'TCP' }] },
        },
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            name: 'kubernetes',
            namespace: 'default',
            labels: { 'kubernetes.io/service-name': 'kubernetes' },
          },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['192.0.2.10'] }],
          ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
        },
      ];
      const place = [namespace('tollgate-system'), namespace('default'), gate, ...apiServer];
      const from = verdictsOf([...objects, ...place], gate);
      t.equal(from('192.0.2.10', 'TCP', 6443), 'allow');
      t.equal(from(ends.dns, 'UDP', 53), 'allow');
      t.equal(from(ends.identity, 'TCP', 8080), 'allow');
      t.equal(from(ends.destination, 'TCP', 8090), 'allow');
      t.equal(from(ends.stranger, 'TCP', 8080), 'deny');
      t.equal(from('192.0.2.10', 'TCP', 22), 'deny');

      const world = createPolicyWorld([...surroundings, ...Object.values(ends), ...objects, ...place], {
        mode: 'v3crd',
      });
      const to = (source: { ip: string } | { pod: KubernetesObject }, destinationPort: number) =>
        evaluateFlow(world, { source, destination: { pod: gate }, protocol: 'TCP', destinationPort }).verdict;
      t.equal(to({ ip: '192.0.2.10' }, 8443), 'allow', 'the API server, wherever it is');
      t.equal(to({ pod: ends.calicoApiServer }, 8443), 'allow', 'Calico’s API server asks too');
      const strangers = set === 'default' ? 'allow' : 'deny';
      t.equal(to({ pod: ends.stranger }, 8443), strangers, 'pods of others, where they can be told');
      t.equal(to({ pod: ends.prometheus }, 9090), 'allow');
      t.equal(to({ pod: ends.prometheus }, 4191), 'allow', 'what the proxy counts');
      t.equal(to({ pod: ends.prometheus }, 4143), 'deny', 'it leads to every port');
      t.equal(to({ pod: ends.stranger }, 9090), 'deny');
      t.equal(to({ ip: '192.0.2.10' }, 4143), 'deny');
    },
  );
}

t.test(
  'our own rules find in the release, in a namespace that they govern, what is meant to be so',
  async (t) => {
    // In its own namespace nothing is ever judged, so that the gate can be repaired.
    const text = readFileSync(goldenFile('born-closed'), 'utf8').replaceAll('tollgate-system', 'gate-house');
    const documents = parseAllDocuments(text);
    const release = (Array.isArray(documents) ? documents : [])
      .map((document) => document.toJS() as KubernetesObject)
      .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
    const house = namespace('gate-house', closedLabels);
    const { inventory } = createInventoryStore({ mode: 'v3crd' }, [...surroundings, house, ...release]);
    const now = new Date('2026-11-21T00:00:00Z');
    for (const point of ['ci', 'audit'] as const) {
      const judged = [house, ...release].map((object) => ({
        kind: object.kind,
        ...judge({ operation: 'STATE', object }, inventory, conventions({}), now, point),
      }));
      t.same(
        judged.flatMap(({ findings }) => findings.map(({ rule, found }) => `${rule}: ${found}`)),
        // API servers are not meshed, reviews have TLS of their own, and the gate must see who connects.
        ['mesh/bypass: config.linkerd.io/skip-inbound-ports: "8443"'],
        point,
      );
      const governed = new Set(
        judged.filter(({ convention }) => convention === 'baseline').map(({ kind }) => kind),
      );
      for (const kind of ['Namespace', 'Deployment', 'GlobalNetworkPolicy', 'NetworkPolicy']) {
        t.ok(governed.has(kind), `${point}: ${kind} was judged`);
      }
    }
  },
);
