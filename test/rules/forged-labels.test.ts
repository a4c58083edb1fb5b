import t from 'tap';
import { type CalicoMode, createPolicyWorld, evaluateFlow } from '../../src/calico/index.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { findingsOf } from '../support/judged.ts';
import {
  deployment,
  globalNetworkSet,
  namespace,
  networkPolicy,
  networkSet,
  pod,
} from '../support/objects.ts';

const hostEndpoint = (labels: StringMap) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  metadata: { name: 'node', labels },
  spec: { node: 'a', expectedIPs: ['192.0.2.1'] },
});
const set = (labels: StringMap, where = 'shop') => networkSet('set', where, labels, ['192.0.2.0/24']);
const globalSet = (labels: StringMap) => globalNetworkSet('set', labels, ['192.0.2.0/24']);
/** As Calico's API server stores it. */
const stored = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'GlobalNetworkSet',
  metadata: {
    name: 'set',
    annotations: { 'projectcalico.org/metadata': JSON.stringify({ labels: { 'pcns.team': 'x' } }) },
  },
  spec: { nets: ['192.0.2.0/24'] },
};

/** Of what is written through Calico's API server it takes the place of the labels. */
const hiding = { annotations: { 'projectcalico.org/metadata': '{"labels":{"pcns.team":"x"}}' } };

const cases: readonly (readonly [string, KubernetesObject, readonly string[], CalicoMode?])[] = [
  ['a set with a label of another namespace', set({ 'pcns.team': 'x' }), ['deny']],
  ['a set with a label of a service account', set({ 'pcsa.role': 'x' }), ['deny']],
  ['a set with the name of a service account', set({ 'projectcalico.org/serviceaccount': 'x' }), ['deny']],
  ['a set that claims to be a pod', set({ 'projectcalico.org/orchestrator': 'k8s' }), ['deny']],
  ['a set of a namespace that nobody governs', set({ 'pcns.team': 'x' }, 'kube-public'), ['deny']],
  ['a set with a label that Calico overwrites', set({ 'projectcalico.org/namespace': 'x' }), ['warn']],
  ['a set of the whole cluster', globalSet({ 'projectcalico.org/namespace': 'x' }), ['deny']],
  ['a stored set', stored, ['deny']],
  [
    'a set that hides its labels',
    { ...set({}), metadata: { ...set({}).metadata, ...hiding } },
    ['deny', 'deny'],
    'apiserver',
  ],
  ['a host endpoint', hostEndpoint({ 'pcns.team': 'x' }), ['deny']],
  ['a host endpoint that Calico made', hostEndpoint({ 'projectcalico.org/created-by': 'x' }), []],
  [
    'a set with an annotation that nobody reads',
    { ...set({}), metadata: { ...set({}).metadata, ...hiding } },
    [],
  ],
  ['a set with labels of its own', set({ team: 'x', 'projectcalico.org/name': 'x' }), []],
];

for (const [what, object, actions, mode = 'v3crd'] of cases) {
  t.test(`policy/forged-peer: ${what}`, async (t) => {
    const among = [namespace('shop'), namespace('kube-public')];
    const found = findingsOf('policy/forged-peer', object, { among, mode, operation: 'CREATE' });
    t.same(
      found.map(({ action }) => action),
      actions,
    );
  });
}

t.test('a pod with such a label is told that it has no effect, and deceives no policy', async (t) => {
  const labels = { 'pcns.team': 'payments', 'pcsa.role': 'till' };
  const found = findingsOf('label/reserved', deployment('web', 'shop', { labels }), {
    among: [namespace('shop')],
  });
  t.same(
    found.map(({ action, message }) => [action, message]),
    Object.keys(labels).map((key) => [
      'warn',
      `Deployment "shop/web": the label ${key} of the pod template has no effect`,
    ]),
  );
  const flowFrom = (from: StringMap) => {
    const world = createPolicyWorld(
      [
        namespace('shop', { team: 'web' }),
        namespace('till', {}),
        pod('web', 'shop', { labels: from }),
        pod('db', 'till', { labels: {} }),
        networkPolicy('peers', 'till', {
          types: ['Ingress'],
          ingress: [{ action: 'Allow', source: { namespaceSelector: 'team == "payments"' } }],
        }),
      ],
      { mode: 'v3crd' },
    );
    const ends = { source: { pod: 'shop/web' }, destination: { pod: 'till/db' } };
    return evaluateFlow(world, { ...ends, protocol: 'TCP', destinationPort: 80 }).verdict;
  };
  t.equal(flowFrom({}), 'deny');
  t.equal(flowFrom(labels), 'deny');
});
