import * as fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import type { PolicyProblem } from '../../src/calico/policy/problem.ts';
import { validateFragment } from '../../src/calico/validation/fragment.ts';
import { checkPolicy, validatePolicy } from '../../src/calico/validation/validate.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { problems, unknown } from './validation-mistakes.ts';

t.test('mistakes that users make', async (t) => {
  for (const [kind, yaml, expected] of problems) {
    t.strictSame(validatePolicy(objectOf(kind, yaml)).map(told), expected, `${kind} ${yaml}`);
  }
});

t.test('fields that Calico does not know are told apart', async (t) => {
  for (const [kind, yaml, expected] of unknown) {
    t.strictSame(checkPolicy(objectOf(kind, yaml)).unknownFields.map(told), expected, `${kind} ${yaml}`);
    t.strictSame(validatePolicy(objectOf(kind, yaml)), [], 'they are no problem of the API server');
  }
});

t.test('what is right is taken as it is', async (t) => {
  const right: readonly (readonly [string, string])[] = [
    ['NetworkPolicy', 'spec: { selector: "", types: [], ingress: null, order: 0.5 }'],
    ['NetworkPolicy', 'metadata: { name: "", generateName: web- }\nspec: {}'],
    [
      'NetworkPolicy',
      'spec: { ingress: [{ action: Allow, protocol: "6", destination: { ports: ["080", 8080] } }] }',
    ],
    ['NetworkPolicy', 'spec: { ingress: [{ action: Allow, destination: { ports: [http, https] } }] }'],
    ['NetworkPolicy', 'spec: { ingress: [{ action: Allow, source: { nets: ["::ffff:10.0.0.0/104"] } }] }'],
    [
      'NetworkPolicy',
      'spec: { ingress: [{ action: Allow, protocol: 58, ipVersion: 6, icmp: { type: 128, code: 0 } }] }',
    ],
    ['NetworkPolicy', 'spec: { ingress: [{ action: Allow, source: { namespaceSelector: " global( ) " } }] }'],
    ['NetworkPolicy', 'spec: { ingress: [{ action: Pass, metadata: { annotations: { Team/Web: "#1" } } }] }'],
    [
      'GlobalNetworkPolicy',
      'spec: { egress: [{ action: Deny, destination: { services: { name: dns, namespace: kube-system } } }] }',
    ],
    ['StagedNetworkPolicy', 'spec: { stagedAction: Delete, tier: security, selector: "" }'],
    [
      'StagedKubernetesNetworkPolicy',
      'spec: { podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }] }',
    ],
    ['Tier', 'metadata: { name: default }\nspec: { order: 1000000 }'],
    ['NetworkSet', 'spec: { nets: [10.1.2.3/8, "fd00::1"] }'],
    ['HostEndpoint', 'spec: { node: node1, interfaceName: "*" }'],
    ['IPPool', 'spec: { cidr: nonsense }'],
  ];
  for (const [kind, yaml] of right) t.strictSame(validatePolicy(objectOf(kind, yaml)), [], `${kind} ${yaml}`);
});

t.test('both API groups are held to the same', async (t) => {
  const object = {
    ...objectOf('NetworkPolicy', 'spec: { selector: "a = b" }'),
    apiVersion: 'crd.projectcalico.org/v1',
  };
  t.equal(validatePolicy(object).length, 1);
});

t.test('lengths and counts are bounded', async (t) => {
  const spec = {
    selector: `has(${'a'.repeat(500)}) && has(${'b'.repeat(512)}) && all()`,
    ingress: Array.from({ length: 1025 }, () => ({ action: 'Allow' })),
    egress: [
      {
        action: 'Allow',
        protocol: 'TCP',
        destination: { ports: Array.from({ length: 51 }, (_, index) => index + 1) },
        source: { nets: Array.from({ length: 257 }, (_, index) => `10.0.${index % 256}.${index >> 8}/32`) },
      },
    ],
  };
  const object = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: 'a'.repeat(254) },
    spec,
  };
  t.strictSame(validatePolicy(object).map(told), [
    '/metadata/name the name has 254 characters; expected at most 253',
    '/spec/selector selector has 1035 characters; expected at most 1024',
    '/spec/ingress ingress has 1025 entries; expected at most 1024',
    '/spec/egress/0/destination/ports ports has 51 entries; expected at most 50',
    '/spec/egress/0/source/nets nets has 257 entries; expected at most 256',
  ]);
});

t.test('any JSON gets an answer', async (t) => {
  const kinds = fc.constantFrom(
    'NetworkPolicy',
    'StagedGlobalNetworkPolicy',
    'StagedKubernetesNetworkPolicy',
    'Tier',
    'HostEndpoint',
    'Profile',
    'NetworkSet',
  );
  const keys = fc.constantFrom(
    'spec',
    'metadata',
    'ingress',
    'egress',
    'source',
    'destination',
    'ports',
    'nets',
    'notNets',
    'services',
    'icmp',
    'http',
    'paths',
    'protocol',
    'action',
    'types',
    'order',
    'labels',
    'annotations',
    'stagedAction',
    '__proto__',
    'from',
    'ipBlock',
  );
  const anything = fc.object({
    key: keys,
    maxDepth: 6,
    maxKeys: 8,
    values: [
      fc.constantFrom('', 'Allow', 'TCP', '10.0.0.0/8', '1:2', 'Delete', null),
      fc.integer(),
      fc.boolean(),
      fc.double(),
    ],
  });
  fc.assert(
    fc.property(kinds, anything, anything, anything, (kind, metadata, spec, rule) => {
      const object = {
        apiVersion: 'projectcalico.org/v3',
        kind,
        metadata,
        spec: { ingress: [rule], ...spec },
      };
      return Array.isArray(validatePolicy(object));
    }),
  );
  let deep: unknown = 'end';
  for (let depth = 0; depth < 20_000; depth++) deep = depth % 2 ? [deep] : { selector: deep };
  t.ok(validateFragment('EntityRule', deep).length > 0, 'a deep one too');
  t.ok(
    validateFragment('EntityRule', { selector: deep, nets: deep, ports: deep, services: deep }).length > 0,
  );
});

function objectOf(kind: string, yaml: string): KubernetesObject {
  const written = parse(yaml) as Partial<KubernetesObject>;
  const metadata = { name: 'web', ...written.metadata };
  return { apiVersion: 'projectcalico.org/v3', kind, ...written, metadata };
}

function told({ pointer, message, expected }: PolicyProblem): string {
  return `${pointer} ${message}${expected === undefined ? '' : `; expected ${expected}`}`;
}
