import * as fc from 'fast-check';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';

/** The namespace that generated policies are about. */
export const shop = {
  name: 'shop',
  labels: { 'kubernetes.io/metadata.name': 'shop', env: 'prod' },
} as const;

/** Values of the labels `a` and `b` of generated pods: some that selectors name, some that they do not. */
export const valuesOfA = [undefined, 'xa', 'xb', 'ya', 'zz', 'x'] as const;
export const valuesOfB = [undefined, 'xa', 'ya', 'zz'] as const;

/** Service accounts that exist, by name. */
export const existingAccounts: Readonly<Record<string, StringMap>> = { default: {}, known: { role: 'web' } };

/** Service accounts that no world has, but that may be created; one has a name too long for a label. */
export const possibleAccounts: Readonly<Record<string, StringMap>> = {
  created: {},
  'created-web': { role: 'web' },
  'created-zz': { role: 'zz' },
  ['long-'.padEnd(63, 'x')]: {},
};

/** An address of each family that lies in none of the generated blocks but those that hold all addresses. */
export const outside = { IPv4: '203.0.113.77', IPv6: '3fff::77' } as const;

export const tiers: readonly KubernetesObject[] = [tier('security', 100, 'Deny'), tier('soft', 200, 'Pass')];

export function tier(name: string, order: number, defaultAction: string): KubernetesObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata: { name },
    spec: { order, defaultAction },
  };
}

const value = fc.constantFrom('xa', 'xb', 'ya');
const needle = fc.constantFrom('x', 'a', '', 'xa');
const key = fc.constantFrom('a', 'b');

const equality = fc
  .tuple(key, fc.constantFrom('==', '!='), value)
  .map(([name, operator, text]) => `${name} ${operator} '${text}'`);
const membership = fc
  .tuple(key, fc.constantFrom('in', 'not in'), fc.array(value, { maxLength: 2 }))
  .map(([name, operator, texts]) => `${name} ${operator} {${texts.map((text) => `'${text}'`).join(', ')}}`);
const substring = fc
  .tuple(key, fc.constantFrom('contains', 'starts with', 'ends with'), needle)
  .map(([name, operator, text]) => `${name} ${operator} '${text}'`);
const presence = key.map((name) => `has(${name})`);
const atom = fc.oneof(
  { weight: 3, arbitrary: equality },
  { weight: 2, arbitrary: membership },
  { weight: 1, arbitrary: substring },
  { weight: 2, arbitrary: presence },
);
const literal = fc.oneof(
  { weight: 2, arbitrary: atom },
  { weight: 1, arbitrary: atom.map((text) => `!(${text})`) },
);
const podSelector = fc.oneof(
  { weight: 2, arbitrary: fc.constant('all()') },
  { weight: 3, arbitrary: literal },
  {
    weight: 3,
    arbitrary: fc
      .tuple(literal, fc.constantFrom('&&', '||'), literal)
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(literal, literal, literal)
      .map(([one, two, three]) => `!(${one} && (${two} || ${three}))`),
  },
);
const namespaceSelector = fc.constantFrom(
  "env == 'prod'",
  "env != 'prod'",
  'has(team)',
  'all()',
  "projectcalico.org/name == 'shop'",
  "env starts with 'p'",
);
const accountSelector = fc.constantFrom(
  "role == 'web'",
  "role != 'web'",
  'all()',
  'has(role)',
  "role contains 'b'",
  "projectcalico.org/name == 'known'",
);

/** Lists of blocks that leave the outside addresses out, or leave nothing out. */
const nets = fc.constantFrom(
  ['10.0.0.0/8'],
  ['0.0.0.0/1', '10.0.0.0/8'],
  ['0.0.0.0/0'],
  ['0.0.0.0/1', '128.0.0.0/1'],
  ['::/0'],
  ['fd00::/8'],
  ['8000::/1', '::/1'],
);
const notNets = fc.constantFrom(['10.0.0.0/8'], ['192.0.2.0/24', '10.0.0.0/8'], ['fd00::/8']);

const otherEnd = merged(
  sometimes('nets', 15, nets),
  sometimes('notNets', 10, notNets),
  sometimes('selector', 10, podSelector),
  sometimes('notSelector', 10, podSelector),
);
const podEnd = merged(
  sometimes('selector', 20, podSelector),
  sometimes('notSelector', 10, podSelector),
  sometimes('nets', 5, fc.constant(['10.0.0.0/8'])),
);

function rule(direction: 'Ingress' | 'Egress'): fc.Arbitrary<object> {
  const [source, destination] = direction === 'Ingress' ? [otherEnd, podEnd] : [podEnd, otherEnd];
  return merged(
    fc.constantFrom('Allow', 'Allow', 'Deny', 'Pass', 'Log').map((action) => ({ action })),
    sometimes('ipVersion', 10, fc.constantFrom(4, 6)),
    sometimes('protocol', 20, fc.constantFrom('TCP', 'UDP')),
    sometimes('notProtocol', 5, fc.constantFrom('TCP', 'UDP')),
    sometimes('source', 60, source),
    sometimes('destination', 60, destination),
  );
}

const spec = merged(
  fc
    .constantFrom('', '', 'default', 'security', 'soft', 'kube-baseline')
    .map((name) => (name === '' ? {} : { tier: name })),
  sometimes('order', 50, fc.constantFrom(1, 2, 3)),
  sometimes('selector', 80, podSelector),
  sometimes('serviceAccountSelector', 15, accountSelector),
  sometimes('types', 80, fc.subarray(['Ingress', 'Egress'], { minLength: 1 })),
  sometimes('ingress', 50, fc.array(rule('Ingress'), { maxLength: 2 })),
  sometimes('egress', 50, fc.array(rule('Egress'), { maxLength: 2 })),
);

/** Policies of the namespace and of the cluster in several tiers; a few of them are not valid. */
const anyPolicy: fc.Arbitrary<KubernetesObject> = fc
  .record({
    isGlobal: fc.boolean(),
    name: fc.constantFrom('p', 'q', 'r', 's', 't', 'u'),
    spec,
    inNamespaces: fc.option(namespaceSelector, { nil: undefined }),
  })
  .map(({ isGlobal, name, spec, inNamespaces }) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: isGlobal ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
    metadata: isGlobal ? { name } : { name, namespace: shop.name },
    spec: isGlobal && inNamespaces !== undefined ? { ...spec, namespaceSelector: inNamespaces } : spec,
  }));

/** One to five policies with different names. */
export const anyPolicies: fc.Arbitrary<readonly KubernetesObject[]> = fc.uniqueArray(anyPolicy, {
  minLength: 1,
  maxLength: 5,
  selector: ({ kind, metadata }) => `${kind}/${metadata.name}`,
});

/** A network set of the cluster or of the namespace, one by that name; many of them are large. */
export const anyNetworkSet: fc.Arbitrary<KubernetesObject> = fc
  .tuple(
    fc.boolean(),
    fc.constantFrom(['0.0.0.0/0'], ['0.0.0.0/0', '::/0'], ['0.0.0.0/1'], ['10.0.0.0/8'], ['192.0.2.0/24']),
    fc.constantFrom({ a: 'xa' }, { a: 'xb' }, { b: 'ya' }, {}),
  )
  .map(([isGlobal, addresses, labels]) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: isGlobal ? 'GlobalNetworkSet' : 'NetworkSet',
    metadata: { name: 'set', labels, ...(isGlobal ? {} : { namespace: shop.name }) },
    spec: { nets: addresses },
  }));

/** A field that is there in some of a hundred cases. */
function sometimes(name: string, chance: number, arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  return fc
    .tuple(fc.nat({ max: 99 }), arbitrary)
    .map(([number, item]) => (number < chance ? { [name]: item } : {}));
}

function merged(...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as Record<string, unknown>);
}
