import * as fc from 'fast-check';
import t from 'tap';
import {
  changeWorld,
  closesAlike,
  coverageVerdicts,
  createPolicyWorld,
  findPolicy,
  mayHoldClosed,
  mayOpen,
  type NamespaceLike,
  type PolicyWorld,
  validatePolicy,
} from '../../src/calico/index.ts';
import { type KubernetesObject, referenceOf } from '../../src/kubernetes/object.ts';
import { holds } from '../support/law.ts';
import {
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
} from '../support/objects.ts';
import { anyPolicies, shop, tiers } from './generated-policies.ts';

const emptyWorld = createPolicyWorld([namespace(shop.name, shop.labels), ...tiers], { mode: 'apiserver' });

const worldOf = (policies: readonly KubernetesObject[]) => changeWorld(emptyWorld, { put: policies });
const closedIn = (world: PolicyWorld, space: NamespaceLike = shop) =>
  coverageVerdicts(world, space)
    .filter(({ verdict }) => verdict === 'deny')
    .map(({ direction }) => direction);
const policyIn = (world: PolicyWorld, object: KubernetesObject) => {
  const found = findPolicy(world, referenceOf(object));
  if (!found) throw new Error(`${object.kind} ${object.metadata.name} is not in the world`);
  return found;
};

/** Policies as they are mostly written, so that many of them hold nothing closed. */
const allowsForSome = fc
  .record({
    name: fc.constantFrom('one', 'two', 'three'),
    selector: fc.constantFrom("a == 'xa'", 'has(b)', "b in {'xa', 'ya'}", '!has(a)', 'all()'),
    tier: fc.constantFrom('default', 'default', 'security', 'soft'),
    action: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny', 'Pass'),
    order: fc.constantFrom(10, 20),
    isWide: fc.boolean(),
    pods: fc.constantFrom(undefined, undefined, "a == 'xa'"),
  })
  .map(({ name, selector, tier, action, order, isWide, pods }) => {
    const source = isWide ? {} : { selector: 'role == "web"' };
    const destination = pods === undefined ? {} : { selector: pods };
    return networkPolicy(`${tier === 'default' ? '' : `${tier}.`}${name}`, shop.name, {
      tier,
      order,
      selector,
      types: ['Ingress'],
      ingress: [{ action, source, destination }],
    });
  });
const sets = fc
  .tuple(anyPolicies, fc.array(allowsForSome, { maxLength: 5 }))
  .map(([any, usual]) => [...any.filter((policy) => validatePolicy(policy).length === 0), ...usual])
  .map((policies) => [...new Map(policies.map((one) => [JSON.stringify(referenceOf(one)), one])).values()]);

/** The namespace, and the same where some labels are on no pod. */
const spaces = fc.constantFrom<NamespaceLike[]>(
  shop,
  shop,
  { ...shop, absent: ['a'] },
  { ...shop, absent: ['b'] },
);

t.test('what holds nothing closed can go at the same time as anything else', async (t) => {
  let told = 0;
  holds(
    t,
    'whatever else is there, without it is closed what was closed with it',
    fc.property(sets, spaces, fc.infiniteStream(fc.boolean()), (policies, space, choices) => {
      const whole = worldOf(policies);
      for (const object of policies) {
        if (mayHoldClosed(whole, space, policyIn(whole, object))) continue;
        const others = policies.filter((one) => one !== object);
        for (let round = 0; round < 4; round += 1) {
          const kept = others.filter(() => choices.next().value);
          const after = closedIn(worldOf(kept), space);
          for (const direction of closedIn(worldOf([...kept, object]), space)) {
            told += 1;
            if (!after.includes(direction)) throw new Error(`${object.metadata.name} held ${direction}`);
          }
        }
      }
    }),
    400,
  );
  t.ok(told > 100, `cases in which something was closed: ${told}`);
});

t.test('what opens nothing by itself can come at the same time as anything goes', async (t) => {
  holds(
    t,
    'whatever else is there, beside it is closed what was closed without it',
    fc.property(sets, fc.infiniteStream(fc.boolean()), (policies, choices) => {
      const whole = worldOf(policies);
      for (const object of policies) {
        if (mayOpen(whole, shop, policyIn(whole, object))) continue;
        const kept = policies.filter((one) => one !== object && choices.next().value);
        const after = closedIn(worldOf([...kept, object]));
        for (const direction of closedIn(worldOf(kept)))
          if (!after.includes(direction)) throw new Error(`${object.metadata.name} opened ${direction}`);
      }
    }),
    400,
  );
});

t.test('two versions that close alike do so whatever else there is', async (t) => {
  let told = 0;
  const changes = fc.constantFrom<object[]>(
    [{ action: 'Allow', protocol: 'TCP', destination: { ports: [80] } }],
    [{ action: 'Allow', source: { selector: 'role == "db"' } }],
    [{ action: 'Allow' }],
    [{ action: 'Deny' }],
    [],
  );
  holds(
    t,
    'one is closed where the other is',
    fc.property(
      sets,
      changes,
      fc.boolean(),
      fc.infiniteStream(fc.boolean()),
      (policies, rules, isBefore, choices) => {
        for (const object of policies) {
          const spec = object.spec as { readonly ingress?: readonly object[]; readonly types?: unknown };
          if (spec.types === undefined) continue;
          const { ingress = [] } = spec;
          const ingressThen = isBefore ? [...rules, ...ingress] : [...ingress, ...rules];
          const version = { ...object, spec: { ...spec, ingress: ingressThen } };
          const [before, after] = [worldOf(policies), changeWorld(worldOf(policies), { put: [version] })];
          const [policy, next] = [policyIn(before, object), policyIn(after, version)];
          if (!closesAlike(shop, { world: before, policy }, { world: after, policy: next })) continue;
          const kept = policies.filter((one) => one !== object && choices.next().value);
          const closed = [closedIn(worldOf([...kept, object])), closedIn(worldOf([...kept, version]))];
          if ((closed[0] ?? []).length > 0) told += 1;
          if (JSON.stringify(closed[0]) !== JSON.stringify(closed[1]))
            throw new Error(`${object.metadata.name}: ${JSON.stringify(closed)}`);
        }
      },
    ),
    300,
  );
  t.ok(told > 50, `versions of policies by which something is closed: ${told}`);
});

t.test('what is usual is told apart', async (t) => {
  const denyAll = networkPolicy('deny', 'shop', { selector: 'all()', types: ['Ingress', 'Egress'] });
  const web = kubernetesNetworkPolicy('web', 'shop', {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: {} }] }],
  });
  const dns = kubernetesNetworkPolicy('dns', 'shop', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }],
  });
  const platform = globalNetworkPolicy('security.platform', {
    tier: 'security',
    types: ['Ingress', 'Egress'],
    ingress: [{ action: 'Pass' }],
    egress: [{ action: 'Pass' }],
  });
  const holding = (policies: readonly KubernetesObject[]) => {
    const world = worldOf(policies);
    return policies
      .filter((object) => mayHoldClosed(world, shop, policyIn(world, object)))
      .map(({ metadata }) => metadata.name);
  };
  t.same(holding([denyAll, web, dns]), ['deny', 'dns'], 'what selects every pod, and nothing else');
  t.same(holding([denyAll, web, platform]), ['deny', 'security.platform'], 'a tier that passes all on');
  const half = networkPolicy('half', 'shop', { selector: '!has(app)', types: ['Ingress'] });
  t.same(holding([denyAll, web, half]), ['deny', 'web', 'half'], 'two halves may close together');
  const denies = networkPolicy('denies', 'shop', {
    selector: 'app == "web"',
    types: ['Ingress'],
    ingress: [{ action: 'Deny', source: { nets: ['10.0.0.0/8'] } }],
  });
  t.same(
    holding([denyAll, denies]),
    ['deny', 'denies'],
    'a rule that refuses keeps others from being reached',
  );
});
