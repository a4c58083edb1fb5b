import t from 'tap';
import { validatePolicy } from '../../src/calico/index.ts';
import { kubernetesNetworkPolicy } from '../support/objects.ts';

const told = (spec: object) =>
  validatePolicy(kubernetesNetworkPolicy('web', 'shop', spec)).map(
    ({ code, pointer }) => `${code} ${pointer}`,
  );
const ingress = (rule: object) => told({ podSelector: {}, ingress: [rule] });

t.test('what the API server takes of a NetworkPolicy is right', async (t) => {
  for (const spec of [
    {},
    { podSelector: {}, policyTypes: [] },
    { podSelector: null, policyTypes: null },
    { podSelector: {}, policyTypes: ['Ingress'], egress: [{ to: [{ podSelector: {} }] }] },
    { podSelector: {}, policyTypes: ['Ingress', 'Ingress'] },
    { podSelector: {}, ingress: [{ from: [], ports: [] }, {}] },
    {
      podSelector: {
        matchExpressions: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'DoesNotExist', values: [] },
        ],
      },
    },
    { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1/8', except: ['10.1.0.0/16'] } }] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: '010.0.0.0/8' } }] }] },
    {
      ingress: [
        { ports: [{ port: 80, endPort: 80, protocol: 'SCTP' }, { port: 'http' }, { protocol: 'UDP' }] },
      ],
    },
  ]) {
    t.same(told(spec), [], JSON.stringify(spec));
  }
});

t.test('what it refuses is told at its field', async (t) => {
  t.same(told({ policyTypes: ['Inbound'] }), ['value-unknown /spec/policyTypes/0']);
  t.same(told({ policyTypes: ['Ingress', 'Egress', 'Ingress'] }), ['too-many /spec/policyTypes']);
  t.same(told({ podselector: {} }), ['field-unknown /spec/podselector']);
  t.same(told({ podSelector: { matchExpressions: [{ key: 'app', operator: 'Equals', values: ['a'] }] } }), [
    'value-unknown /spec/podSelector/matchExpressions/0/operator',
  ]);
  t.same(told({ podSelector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }), [
    'values-missing /spec/podSelector/matchExpressions/0',
  ]);
  t.same(told({ podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['a'] }] } }), [
    'values-forbidden /spec/podSelector/matchExpressions/0/values',
  ]);
  t.same(told({ podSelector: { matchLabels: { app: 'not valid!' } } }), [
    'label-invalid /spec/podSelector/matchLabels/app',
  ]);
  t.same(ingress({ from: [{}] }), ['peer-empty /spec/ingress/0/from/0']);
  t.same(ingress({ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }), [
    'peer-both /spec/ingress/0/from/0',
  ]);
  t.same(ingress({ to: [] }), ['field-unknown /spec/ingress/0/to']);
  t.same(ingress({ from: [{ ipBlock: { cidr: '10.0.0.1' } }] }), [
    'net-invalid /spec/ingress/0/from/0/ipBlock/cidr',
  ]);
  t.same(ingress({ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }] }), [
    'net-outside /spec/ingress/0/from/0/ipBlock/except/0',
  ]);
  for (const [port, code, field] of [
    [{ port: 0 }, 'out-of-range', 'port'],
    [{ port: '80' }, 'port-invalid', 'port'],
    [{ port: 'a-very-long-port-name' }, 'port-invalid', 'port'],
    [{ port: 80, protocol: 'tcp' }, 'value-unknown', 'protocol'],
    [{ endPort: 90 }, 'port-range', 'endPort'],
    [{ port: 'http', endPort: 90 }, 'port-range', 'endPort'],
    [{ port: 90, endPort: 80 }, 'port-range', 'endPort'],
  ] as const) {
    t.same(ingress({ ports: [port] }), [`${code} /spec/ingress/0/ports/0/${field}`]);
  }
});

const clusterPolicy = (kind: string, spec: object, name = 'p') =>
  validatePolicy({
    apiVersion: `policy.networking.k8s.io/${kind === 'ClusterNetworkPolicy' ? 'v1alpha2' : 'v1alpha1'}`,
    kind,
    metadata: { name },
    spec,
  }).map(({ code, pointer }) => `${code} ${pointer}`);
const subject = { namespaces: {} };
const head = { tier: 'Admin', priority: 1, subject };

t.test('cluster-wide policies are held to their custom resources', async (t) => {
  const cluster = (more: object) => clusterPolicy('ClusterNetworkPolicy', { ...head, ...more });
  const rule = { action: 'Deny', from: [{ namespaces: {} }] };
  t.same(cluster({ ingress: [{ ...rule, protocols: [{ tcp: { destinationPort: { number: 80 } } }] }] }), []);
  t.same(cluster({ egress: [{ action: 'Accept', to: [{ nodes: {} }, { networks: ['10.0.0.0/8'] }] }] }), []);
  t.same(cluster({ subject: { pods: { podSelector: {} } } }), []);
  t.same(cluster({ subject: {} }), ['field-count /spec/subject']);
  t.same(cluster({ priority: undefined }), ['missing-field /spec']);
  t.same(cluster({ tier: 'Default' }), ['value-unknown /spec/tier']);
  t.same(cluster({ ingress: [{ ...rule, ports: [] }] }), ['field-unknown /spec/ingress/0/ports']);
  t.same(cluster({ ingress: [{ ...rule, from: [] }] }), ['too-few /spec/ingress/0/from']);
  t.same(cluster({ ingress: [{ ...rule, protocols: [{}] }] }), ['field-count /spec/ingress/0/protocols/0']);
  t.same(cluster({ egress: [{ action: 'Deny', to: [{ networks: ['10.0.0.0/8', '10.0.0.0/8'] }] }] }), [
    'duplicate /spec/egress/0/to/0/networks/1',
  ]);
  const admin = (more: object) => clusterPolicy('AdminNetworkPolicy', { priority: 1, subject, ...more });
  t.same(
    admin({
      ingress: [{ action: 'Allow', from: [{ namespaces: {} }], ports: [{ portNumber: { port: 80 } }] }],
    }),
    [],
  );
  t.same(admin({ subject: { pods: { podSelector: {} } } }), ['missing-field /spec/subject/pods']);
  t.same(admin({ ingress: [{ action: 'Accept', from: [{ namespaces: {} }] }] }), [
    'value-unknown /spec/ingress/0/action',
  ]);
  t.same(clusterPolicy('BaselineAdminNetworkPolicy', { subject }, 'mine'), ['name-invalid /metadata/name']);
  t.same(clusterPolicy('BaselineAdminNetworkPolicy', { subject }, 'default'), []);
});
