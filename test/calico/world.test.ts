import t from 'tap';
import {
  type CalicoMode,
  changeWorld,
  createPolicyWorld,
  findPolicy,
  judgeCoverage,
  type Policy,
  policiesSelecting,
  printSelector,
} from '../../src/calico/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { globalNetworkPolicy, kubernetesNetworkPolicy, networkPolicy } from '../support/objects.ts';
import { tier } from './generated-policies.ts';

const shop = { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } };
const rule = [{ action: 'Allow' }];

t.test('directions that are left out depend on the mode', async (t) => {
  const cases: readonly [object, string, string, string][] = [
    [{}, 'Ingress', 'Ingress', 'Ingress Egress'],
    [{ egress: rule }, 'Egress', 'Egress', 'Ingress Egress'],
    [{ ingress: [], egress: rule }, 'Egress', 'Ingress Egress', 'Ingress Egress'],
    [{ ingress: rule, egress: [] }, 'Ingress', 'Ingress Egress', 'Ingress Egress'],
    [{ types: [], egress: rule }, 'Egress', 'Ingress Egress', 'Ingress Egress'],
    [{ types: ['Ingress'], egress: rule }, 'Ingress', 'Ingress', 'Ingress'],
  ];
  for (const [spec, ...expected] of cases) {
    const found = (['apiserver', 'v3crd', 'raw'] as const).map((mode) =>
      only([networkPolicy('p', 'shop', spec)], mode).types.join(' '),
    );
    t.strictSame(found, expected, JSON.stringify(spec));
  }
  const stored = { ...networkPolicy('p', 'shop', {}), apiVersion: 'crd.projectcalico.org/v1' };
  t.strictSame(
    only([stored], 'apiserver').types,
    ['Ingress', 'Egress'],
    'what is stored is defaulted by nobody',
  );
  const kubernetes = kubernetesNetworkPolicy('p', 'shop', { podSelector: {}, egress: [{}] });
  t.strictSame(only([kubernetes], 'raw').types, ['Ingress', 'Egress'], 'Kubernetes always adds ingress');
});

t.test('selectors are composed as texts, with what comes of that', async (t) => {
  const text = (spec: object, isGlobal = false) => {
    const { selector } = only([isGlobal ? globalNetworkPolicy('p', spec) : networkPolicy('p', 'shop', spec)]);
    return selector && printSelector(selector);
  };
  const own = 'projectcalico.org/namespace == "shop"';
  t.equal(text({}), own);
  t.equal(text({ selector: 'a || b == "1"' }), undefined);
  t.equal(text({ selector: 'has(a) || has(b)' }), `((has(a) || has(b)) && ${own})`);
  t.equal(text({ selector: ' ' }), undefined, 'blanks are valid alone and break the composition');
  t.equal(text({ selector: 'all()', serviceAccountSelector: 'all()' }), `((all() && ${own}) && all())`);
  t.equal(text({}, true), 'all()');
  t.equal(text({ selector: ' ' }, true), 'all()');
  t.equal(
    text({ selector: 'all()', namespaceSelector: 'a == "1"' }, true),
    '(has(projectcalico.org/namespace) && pcns.a == "1")',
  );
  t.equal(text({ namespaceSelector: 'all()' }, true), 'has(projectcalico.org/namespace)');
  t.equal(text({ serviceAccountSelector: 'all()' }, true), 'has(projectcalico.org/serviceaccount)');
  t.equal(
    text({ selector: 'a == "all()"', namespaceSelector: 'has(x)' }, true),
    '(a == "has(projectcalico.org/namespace)" && has(pcns.x))',
    'a value is rewritten too',
  );
  t.equal(
    text({ selector: 'has(a)', namespaceSelector: 'x = 1' }, true),
    'has(a)',
    'what does not parse is left out',
  );
});

t.test('a selector that closes the parenthesis around it reaches other namespaces', async (t) => {
  const escaping = networkPolicy('p', 'cart', { selector: 'all()) || (all()', types: ['Ingress'] });
  const world = createPolicyWorld([escaping], { mode: 'v3crd' });
  const [ingress] = judgeCoverage(world, shop).directions;
  t.equal(ingress?.verdict, 'unknown', 'it is not valid, and what it claims is not only its own namespace');
  t.strictSame(
    policiesSelecting(world, shop).map(({ name }) => name),
    ['p'],
  );
});

t.test('the same policy in both API groups counts once', async (t) => {
  const v3 = globalNetworkPolicy('open', { types: ['Ingress'], ingress: rule });
  const stored = {
    ...v3,
    apiVersion: 'crd.projectcalico.org/v1',
    metadata: {
      name: 'default.open',
      annotations: { 'projectcalico.org/metadata': '{"name":"open","labels":{"a":"1"}}' },
    },
  };
  for (const objects of [
    [v3, stored],
    [stored, v3],
  ]) {
    const world = createPolicyWorld(objects, { mode: 'apiserver', version: '3.31' });
    t.strictSame(
      [...world.policies].map(({ reference }) => reference.apiVersion),
      ['projectcalico.org/v3'],
    );
  }
  const gone = changeWorld(createPolicyWorld([stored, v3], { mode: 'apiserver', version: '3.31' }), {
    remove: [{ apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'open' }],
  });
  t.strictSame([...gone.policies], [], 'and goes once');
  t.strictSame(
    [...createPolicyWorld([stored], { mode: 'v3crd' }).policies],
    [],
    'native custom resources leave the storage form unread',
  );
});

t.test('versions take the tier from different places and break ties differently', async (t) => {
  const odd = networkPolicy('default.x', 'shop', { tier: 'security', types: ['Ingress'] });
  const tierIn = (version: string) => only([odd], 'apiserver', version).tier;
  t.strictSame(['3.28', '3.30', 'v3.31.7', '3.32', '4.0'].map(tierIn), [
    'default',
    'default',
    'default',
    'security',
    'security',
  ]);
  const open = networkPolicy('a', 'zoo', { order: 1, types: ['Ingress'], ingress: rule });
  const closed = globalNetworkPolicy('b', { order: 1, types: ['Ingress'], ingress: [{ action: 'Deny' }] });
  const verdictIn = (version: string) => {
    const world = createPolicyWorld([open, closed], { mode: 'apiserver', version });
    return judgeCoverage(world, { name: 'zoo', labels: {} }).directions[0]?.verdict;
  };
  t.equal(verdictIn('3.32'), 'allow', 'a/zoo comes before b');
  t.equal(verdictIn('3.31'), 'deny', 'zoo/default.a comes after default.b');
});

t.test('tiers come in the order of the walk, those that are only named last', async (t) => {
  const policies = [globalNetworkPolicy('p', { tier: 'ghost', types: ['Ingress'] })];
  const objects = [tier('zoo', 1, 'Pass'), { ...tier('aaa', 1, 'Deny'), spec: {} }, ...policies];
  const { tiers } = createPolicyWorld(objects, { mode: 'apiserver' });
  t.strictSame(
    tiers.map(({ name, defaultAction, exists }) => `${name} ${defaultAction} ${exists}`),
    [
      'zoo Pass true',
      'kube-admin Pass true',
      'aaa Deny true',
      'default Deny true',
      'kube-baseline Pass true',
      'ghost Deny false',
    ],
  );
});

t.test('staged policies stand beside or in place of others only when asked for', async (t) => {
  const staged = (name: string, spec: object) => ({
    ...networkPolicy(name, 'shop', spec),
    kind: 'StagedNetworkPolicy',
  });
  const closed = networkPolicy('deny', 'shop', { types: ['Ingress'] });
  const verdict = (objects: readonly KubernetesObject[], option: 'ignored' | 'enforced') => {
    const world = createPolicyWorld(objects, { mode: 'apiserver', staged: option });
    return judgeCoverage(world, shop, { directions: ['Ingress'] }).directions[0]?.verdict;
  };
  const opening = staged('deny', { types: ['Ingress'], ingress: rule });
  t.equal(verdict([closed, opening], 'ignored'), 'deny');
  t.equal(verdict([closed, opening], 'enforced'), 'allow', 'Set takes the place of its namesake');
  t.equal(verdict([closed, staged('deny', { stagedAction: 'Delete' })], 'enforced'), 'allow');
  t.equal(verdict([closed, staged('open', { stagedAction: 'Learn', ingress: rule })], 'enforced'), 'deny');
  t.equal(verdict([staged('new', { types: ['Ingress'] })], 'enforced'), 'deny');
});

t.test('what a change does not concern is not judged again', async (t) => {
  const world = createPolicyWorld([networkPolicy('deny', 'shop', { types: ['Ingress'] })], {
    mode: 'apiserver',
  });
  const before = judgeCoverage(world, shop).directions[0];
  const changed = changeWorld(world, {
    put: [
      networkPolicy('open', 'cart', { ingress: rule }),
      globalNetworkPolicy('open', { namespaceSelector: 'team == "x"', ingress: rule }),
    ],
  });
  t.equal(judgeCoverage(changed, shop).directions[0], before, 'the very same answer');
  const written = changeWorld(changed, { put: [networkPolicy('deny', 'shop', { types: ['Ingress'] })] });
  t.equal(judgeCoverage(written, shop).directions[0], before, 'also where a policy is written as it was');
  const opened = changeWorld(changed, { put: [globalNetworkPolicy('open', { ingress: rule })] });
  t.equal(judgeCoverage(opened, shop).directions[0]?.verdict, 'allow');
  t.equal(judgeCoverage(changed, shop).directions[0], before, 'a world does not change');
});

t.test('objects that make no sense are no reason to stop', async (t) => {
  const specs: unknown[] = [
    undefined,
    null,
    1,
    'x',
    [],
    { selector: 1 },
    { ingress: 1 },
    { ingress: [null] },
  ];
  const odd = [
    { ingress: [{ action: 'Allow', source: [] }] },
    { ingress: [{ action: 'Allow', source: { nets: 'x', ports: [null] } }] },
    { ingress: [{ action: 1 }], types: 'Ingress', order: 'x', tier: {} },
    { egress: [{ action: 'Allow', destination: { services: 1, serviceAccounts: { names: 'x' } } }] },
    { ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: ['__proto__', '70000'] } }] },
  ];
  for (const spec of [...specs, ...odd]) {
    for (const kind of ['NetworkPolicy', 'GlobalNetworkPolicy', 'Tier', 'NetworkSet', 'HostEndpoint']) {
      const object = {
        apiVersion: 'projectcalico.org/v3',
        kind,
        metadata: { name: 'p', namespace: 'shop' },
        spec,
      };
      const world = createPolicyWorld([object], { mode: 'apiserver', staged: 'enforced' });
      const { directions } = judgeCoverage(world, shop);
      t.ok(
        directions.every(({ verdict }) => verdict !== 'deny'),
        `${kind} ${JSON.stringify(spec)}`,
      );
    }
  }
  const labels = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
  const prototype = globalNetworkPolicy('p', {
    selector: 'has(constructor) || has(__proto__)',
    types: ['Ingress'],
  });
  const world = createPolicyWorld([prototype], { mode: 'apiserver' });
  t.equal(judgeCoverage(world, { name: 'shop', labels }).directions[0]?.verdict, 'allow');
});

function only(
  objects: readonly KubernetesObject[],
  mode: CalicoMode = 'apiserver',
  version?: string,
): Policy {
  const world = createPolicyWorld(objects, version === undefined ? { mode } : { mode, version });
  const policy = findPolicy(world, {
    apiVersion: objects[0]?.apiVersion ?? '',
    kind: objects[0]?.kind ?? '',
    namespace: 'shop',
    name: objects[0]?.metadata.name ?? '',
  });
  if (!policy) throw new Error('the world has no such policy');
  return policy;
}
