import * as fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { convertKubernetesPolicy } from '../../src/calico/policy/conversion/convert.ts';
import {
  type DestinationPort,
  readDestinationPort,
  simplifyPorts,
} from '../../src/calico/policy/conversion/destination-ports.ts';
import {
  convertNamespaceSelector,
  convertPodSelector,
} from '../../src/calico/policy/conversion/label-selectors.ts';
import { evaluateSelector } from '../../src/calico/selector/evaluate.ts';
import { parseSelector } from '../../src/calico/selector/parse.ts';
import { valueAt } from '../../src/kubernetes/json-pointer.ts';
import { readLabelSelector, selectsLabels } from '../../src/kubernetes/label-selector.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

t.test('a NetworkPolicy', async (t) => {
  const { policy, conversionError, origins } = convertKubernetesPolicy(
    objectOf(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      `
      podSelector: {}
      policyTypes: [Egress]
      egress:
        - to: [{ podSelector: { matchLabels: { app: dns } }, namespaceSelector: {} }]
          ports: [{ protocol: UDP, port: 53 }, { port: 53 }, { protocol: tcp, port: 54 }]
        - to: [{ ipBlock: { cidr: 10.1.2.3/8, except: [10.2.0.0/16, nonsense, 10.3.0.0/16] } }]`,
    ),
  );
  const kubernetesPod = "projectcalico.org/orchestrator == 'k8s'";
  const dns = { selector: `${kubernetesPod} && app == 'dns'`, namespaceSelector: 'all()' };
  t.notOk(conversionError);
  t.strictSame(origins, { ingress: [], egress: [0, 0, 1] }, 'the written rule of each');
  t.strictSame(policy, {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      tier: 'default',
      order: 1000,
      selector: kubernetesPod,
      types: ['Egress'],
      egress: [
        { action: 'Allow', protocol: 'TCP', destination: { ...dns, ports: ['53:54'] } },
        { action: 'Allow', protocol: 'UDP', destination: { ...dns, ports: [53] } },
        { action: 'Allow', destination: { nets: ['10.0.0.0/8'], notNets: ['10.2.0.0/16'] } },
      ],
    },
  });
});

t.test('what goes wrong in a NetworkPolicy allows less, but for networks', async (t) => {
  const rulesOf = (ingress: string) => {
    const spec = `{ podSelector: {}, ingress: ${ingress} }`;
    const { policy, conversionError } = convertKubernetesPolicy(
      objectOf('networking.k8s.io/v1', 'NetworkPolicy', spec),
    );
    return { rules: valueAt(policy, '/spec/ingress'), conversionError };
  };
  t.strictSame(rulesOf('[{ ports: [{ port: 70000 }] }]'), { rules: undefined, conversionError: true });
  t.strictSame(rulesOf('[{ ports: [{ port: http, endPort: 90 }] }]'), {
    rules: undefined,
    conversionError: true,
  });
  t.strictSame(rulesOf('[{ from: [{ ipBlock: { cidr: 10.0.0/8 } }] }]'), {
    rules: [{ action: 'Allow' }],
    conversionError: false,
  });
  t.strictSame(rulesOf('[{}]'), { rules: [{ action: 'Allow' }], conversionError: false });
});

t.test('a ClusterNetworkPolicy', async (t) => {
  const convert = (spec: string) =>
    convertKubernetesPolicy(objectOf('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', spec));
  const subject = 'subject: { pods: { podSelector: { matchLabels: { app: web } } } }';
  const { policy } = convert(
    `{ tier: Baseline, priority: 7, ${subject}, ingress: [{ name: dns, action: Accept, from: [{ namespaces: {} }], protocols: [{ destinationNamedPort: dns }, { udp: {} }] }] }`,
  );
  t.strictSame(policy?.spec, {
    tier: 'kube-baseline',
    order: 7,
    selector: "projectcalico.org/orchestrator == 'k8s' && app == 'web'",
    namespaceSelector: 'all()',
    types: ['Ingress'],
    ingress: [
      {
        action: 'Allow',
        source: { namespaceSelector: 'all()' },
        destination: { ports: ['dns'] },
        metadata: { annotations: { name: 'dns' } },
      },
      {
        action: 'Allow',
        protocol: 'UDP',
        source: { namespaceSelector: 'all()' },
        metadata: { annotations: { name: 'dns' } },
      },
    ],
  });
  const failing = (action: string) =>
    convert(
      `{ tier: Admin, ${subject}, egress: [{ action: ${action}, to: [{ domainNames: [example.com] }] }] }`,
    );
  t.strictSame(valueAt(failing('Deny').policy, '/spec/egress'), [{ action: 'Deny' }], 'fails closed');
  t.strictSame(
    valueAt(failing('Pass').policy, '/spec/egress'),
    [{ action: 'Deny' }],
    'even where it would pass',
  );
  t.strictSame(valueAt(failing('Accept').policy, '/spec/egress'), undefined);
  t.ok(failing('Accept').conversionError);
  const nothing = { policy: null, conversionError: false, origins: { ingress: [], egress: [] } };
  t.strictSame(convert(`{ tier: Admin, subject: {} }`), nothing);
  t.strictSame(convert(`{ tier: Other, ${subject} }`), nothing);
});

t.test('its forerunners', async (t) => {
  const convert = (kind: string, spec: string) =>
    convertKubernetesPolicy(objectOf('policy.networking.k8s.io/v1alpha1', kind, spec)).policy?.spec;
  const rule =
    '{ action: Deny, from: [{ namespaces: {} }], ports: [{ portNumber: { port: 80 } }, { portRange: { protocol: UDP, start: 1, end: 9 } }] }';
  t.strictSame(
    convert('AdminNetworkPolicy', `{ priority: 5, subject: { namespaces: {} }, ingress: [${rule}] }`),
    {
      tier: 'adminnetworkpolicy',
      order: 5,
      selector: "projectcalico.org/orchestrator == 'k8s'",
      namespaceSelector: 'all()',
      types: ['Ingress'],
      ingress: [
        {
          action: 'Deny',
          protocol: 'TCP',
          source: { namespaceSelector: 'all()' },
          destination: { ports: [80] },
        },
        {
          action: 'Deny',
          protocol: 'UDP',
          source: { namespaceSelector: 'all()' },
          destination: { ports: ['1:9'] },
        },
      ],
    },
  );
  t.match(
    convert(
      'BaselineAdminNetworkPolicy',
      '{ subject: { namespaces: {} }, egress: [{ action: Allow, to: [{ networks: [10.0.0.0/8] }], ports: [{ namedPort: http }] }] }',
    ),
    {
      tier: 'baselineadminnetworkpolicy',
      order: 0,
      types: ['Egress'],
      egress: [{ action: 'Allow', destination: { nets: ['10.0.0.0/8'] } }],
    },
  );
});

const anyRequirement = fc.oneof(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.array(fc.constantFrom('', 'x', 'y-z'), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key: fc.constantFrom('a', 'b'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const anyLabels = fc.dictionary(fc.constantFrom('a', 'b', 'c.d/e'), fc.constantFrom('', 'x', 'y-z'));

t.test('a converted label selector selects the same', async () => {
  fc.assert(
    fc.property(
      anyLabels,
      fc.array(anyRequirement, { maxLength: 3 }),
      anyLabels,
      (matchLabels, matchExpressions, labels) => {
        const selector = readLabelSelector({ matchLabels, matchExpressions });
        const matches = (text: string, own: Readonly<Record<string, string>>) => {
          const parsed = parseSelector(text);
          return (
            'selector' in parsed &&
            evaluateSelector(parsed.selector, (key) => (Object.hasOwn(own, key) ? own[key] : undefined))
          );
        };
        const expected = selector !== undefined && selectsLabels(selector, labels);
        const pod = { ...labels, 'projectcalico.org/orchestrator': 'k8s' };
        return (
          matches(convertNamespaceSelector({ matchLabels, matchExpressions }), labels) === expected &&
          matches(convertPodSelector({ matchLabels, matchExpressions }), pod) === expected &&
          !matches(convertPodSelector({ matchLabels, matchExpressions }), labels)
        );
      },
    ),
  );
});

t.test('simplified ports are the same ports in ranges that do not touch', async () => {
  const anyPort: fc.Arbitrary<DestinationPort> = fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 5 }))
    .map(([first, more]) => ({ first, last: first + more }));
  fc.assert(
    fc.property(fc.array(anyPort, { maxLength: 8 }), (ports) => {
      const simple = simplifyPorts(ports).filter((port) => 'first' in port);
      const has = (list: readonly DestinationPort[], number: number) =>
        list.some((port) => 'first' in port && port.first <= number && number <= port.last);
      const numbers = Array.from({ length: 40 }, (_, number) => number);
      const apart = simple.every(
        (port, index) => index === 0 || port.first > (simple[index - 1]?.last ?? 0) + 1,
      );
      return apart && numbers.every((number) => has(ports, number) === has(simple, number));
    }),
  );
});

t.test('ports as Calico reads them', async (t) => {
  t.strictSame(readDestinationPort('80'), { first: 80, last: 80 });
  t.strictSame(readDestinationPort('0:65535'), { first: 0, last: 65535 });
  t.strictSame(readDestinationPort('My_Port.1'), { name: 'My_Port.1' });
  for (const broken of ['', '65536', '9:8', ':80', '80:', '-50:-1', 'a:1', 'a b', '123456']) {
    t.equal(readDestinationPort(broken), undefined, broken);
  }
});

t.test('any JSON gets an answer', async (t) => {
  const keys = fc.constantFrom(
    'podSelector',
    'ingress',
    'egress',
    'from',
    'to',
    'ports',
    'port',
    'ipBlock',
    'cidr',
    'except',
    'subject',
    'tier',
    'pods',
    'namespaces',
    'protocols',
    'tcp',
    'destinationPort',
    'range',
    'matchExpressions',
    '__proto__',
  );
  const anySpec = fc.object({
    key: keys,
    maxDepth: 6,
    values: [fc.string(), fc.integer(), fc.constantFrom(null, 'Admin', 'In')],
  });
  const anyKind = fc.constantFrom(
    ['networking.k8s.io/v1', 'NetworkPolicy'] as const,
    ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy'] as const,
    ['policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy'] as const,
    ['v1', 'Pod'] as const,
  );
  fc.assert(
    fc.property(anyKind, anySpec, ([apiVersion, kind], spec) => {
      const rule = { ...spec, from: [spec], to: [spec], ports: [spec], protocols: [spec] };
      const object = {
        apiVersion,
        kind,
        metadata: {},
        spec: { ...spec, ingress: [rule, spec], egress: [rule, spec] },
      };
      return typeof convertKubernetesPolicy(object).conversionError === 'boolean';
    }),
  );
  let deep: unknown = {};
  for (let depth = 0; depth < 20_000; depth++) deep = depth % 2 ? [deep] : { port: deep };
  const hostile = {
    podSelector: deep,
    ingress: [{ ports: [{ port: deep }], from: [{ ipBlock: { cidr: deep, except: [deep] } }] }],
  };
  t.ok(
    convertKubernetesPolicy({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {},
      spec: hostile,
    }).policy,
  );
});

function objectOf(apiVersion: string, kind: string, spec: string): KubernetesObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, spec: parse(spec) as unknown };
}
