import * as fc from 'fast-check';
import t from 'tap';
import {
  changeWorld,
  createPolicyWorld,
  type Direction,
  type DirectionCoverage,
  evaluateFlow,
  findPolicy,
  judgeCoverage,
  type PolicyWorld,
} from '../../src/calico/index.ts';
import { type KubernetesObject, labelsOf, referenceOf, type StringMap } from '../../src/kubernetes/object.ts';
import { globalNetworkPolicy, namespace } from '../support/objects.ts';
import { holds } from '../support/law.ts';
import {
  anyNetworkSet,
  anyPolicies,
  existingAccounts,
  outside,
  possibleAccounts,
  shop,
  tier,
  tiers,
  valuesOfA,
  valuesOfB,
} from './generated-policies.ts';

const podNet = '10.0.0.0/8';
const otherNet = '11.0.0.0/8';
const existing = [
  namespace(shop.name, shop.labels),
  ...Object.entries(existingAccounts).map(([name, labels]) => serviceAccount(name, labels)),
  ...tiers,
];
const emptyWorld = createPolicyWorld(existing, { mode: 'apiserver' });
const pods = everyPod();
const podWorld = createPolicyWorld(
  [
    ...existing,
    ...Object.entries(possibleAccounts).map(([name, labels]) => serviceAccount(name, labels)),
    ...pods.map(({ pod }) => pod),
  ],
  { mode: 'apiserver' },
);

t.test('coverage is what walking a generic flow for each possible pod says', async (t) => {
  holds(
    t,
    'no pod escapes a covered namespace, and the witness escapes an open one by the trail that is named',
    fc.property(anyPolicies.map(validOnes), (policies) => {
      const world = changeWorld(emptyWorld, { put: policies });
      for (const coverage of judgeCoverage(world, shop).directions) {
        const mistake =
          coverage.verdict === 'deny' ? escapeFrom(policies, coverage) : doubtWitness(world, coverage);
        if (mistake !== undefined) throw new Error(`${coverage.direction} ${coverage.verdict}: ${mistake}`);
      }
    }),
    2_000,
  );
});

t.test('labels that no pod has are no way out, and no pod without them gets out', async (t) => {
  let closed = 0;
  holds(
    t,
    'the law above for pods without some labels, asked in between for all pods',
    fc.property(anyPolicies.map(validOnes), fc.subarray(['a', 'b'], { minLength: 1 }), (policies, absent) => {
      const world = changeWorld(emptyWorld, { put: policies });
      const forAll = judgeCoverage(world, shop).directions;
      for (const [index, coverage] of judgeCoverage(world, { ...shop, absent }).directions.entries()) {
        const mistake =
          coverage.verdict === 'deny'
            ? escapeFrom(policies, coverage, absent)
            : doubtWitness(world, coverage, absent);
        if (mistake !== undefined) throw new Error(`${coverage.direction} ${coverage.verdict}: ${mistake}`);
        if (forAll[index]?.verdict === 'deny' && coverage.verdict !== 'deny')
          throw new Error(`${coverage.direction}: closed to all pods, and open to fewer`);
        if (forAll[index]?.verdict !== coverage.verdict) closed += 1;
      }
      t.same(judgeCoverage(world, shop).directions, forAll);
    }),
    1_000,
  );
  t.ok(closed > 20, `cases in which the label was the way out: ${closed}`);
});

t.test('a policy that only denies, before all others, opens nothing', async (t) => {
  holds(
    t,
    'deny stays deny',
    fc.property(
      anyPolicies.map(validOnes),
      fc.constantFrom("a == 'xa'", 'all()', 'has(b)'),
      fc.constantFrom('Deny', 'Pass'),
      fc.boolean(),
      (policies, selector, defaultAction, isEmpty) => {
        const rules = isEmpty ? [] : [{ action: 'Deny', protocol: 'TCP' }];
        const first = [
          tier('first', 1, defaultAction),
          globalNetworkPolicy('first', {
            tier: 'first',
            selector,
            types: ['Ingress', 'Egress'],
            ingress: rules,
            egress: rules,
          }),
        ];
        const before = judgeCoverage(changeWorld(emptyWorld, { put: policies }), shop);
        const after = judgeCoverage(changeWorld(emptyWorld, { put: [...policies, ...first] }), shop);
        return before.directions.every(
          ({ verdict }, index) => verdict !== 'deny' || after.directions[index]?.verdict === 'deny',
        );
      },
    ),
    500,
  );
});

/** Policies, and sometimes network sets that their rules find addresses by. */
const anyObjects = fc
  .tuple(anyPolicies, fc.array(anyNetworkSet, { maxLength: 2 }))
  .map(([policies, sets]) => [...policies, ...new Map(sets.map((set) => [set.kind, set])).values()]);

/** Namespaces that cluster-wide policies tell apart. */
const spaces = [
  shop,
  { name: 'cart', labels: { env: 'prod' } },
  { name: 'lab', labels: { env: 'dev', team: 'red' } },
  { name: 'pit', labels: { env: 'pre' } },
  { name: 'bin', labels: {} },
];

t.test('the answer depends on what there is, not on how it came about', async (t) => {
  holds(
    t,
    'order of input, changes one by one and a world made at once',
    fc.property(anyObjects, anyObjects, fc.infiniteStream(fc.nat()), (policies, replaced, random) => {
      const answers = (world: PolicyWorld) =>
        JSON.stringify(spaces.map((space) => judgeCoverage(world, space)));
      const atOnce = createPolicyWorld([...existing, ...policies], { mode: 'apiserver' });
      const otherOrder = createPolicyWorld(shuffle([...existing, ...policies], random), {
        mode: 'apiserver',
      });
      let changed = changeWorld(emptyWorld, { put: replaced });
      answers(changed);
      for (const reference of shuffle(replaced.map(referenceOf), random)) {
        changed = changeWorld(changed, { remove: [reference] });
        answers(changed);
      }
      for (const policy of policies) changed = changeWorld(changed, { put: [policy] });
      const expected = answers(atOnce);
      return answers(otherOrder) === expected && answers(changed) === expected;
    }),
    500,
  );
});

t.test('it does not matter either when somebody asks', async (t) => {
  const change = fc.record({ at: fc.nat(), isPut: fc.boolean(), isAsked: fc.boolean() });
  holds(
    t,
    'changes with and without questions between them, and a world made at once',
    fc.property(anyPolicies, fc.array(change, { minLength: 1, maxLength: 10 }), (policies, changes) => {
      const answers = (world: PolicyWorld) =>
        JSON.stringify(spaces.map((space) => judgeCoverage(world, space)));
      const there = new Map<string, KubernetesObject>();
      let world = changeWorld(emptyWorld, {});
      answers(world);
      for (const { at, isPut, isAsked } of changes) {
        const policy = policies[at % policies.length] as KubernetesObject;
        const reference = referenceOf(policy);
        world = changeWorld(world, isPut ? { put: [policy] } : { remove: [reference] });
        if (isPut) there.set(JSON.stringify(reference), policy);
        else there.delete(JSON.stringify(reference));
        if (isAsked) answers(world);
      }
      const atOnce = createPolicyWorld([...existing, ...there.values()], { mode: 'apiserver' });
      return answers(world) === answers(atOnce);
    }),
    300,
  );
});

t.test('the same policies say the same of every namespace they are in', async (t) => {
  holds(
    t,
    'a result is remembered for one namespace and told of another with its names',
    fc.property(anyPolicies, fc.constantFrom('3.31', '3.32'), (policies, version) => {
      const cart = { name: 'cart', labels: { ...shop.labels, 'kubernetes.io/metadata.name': 'cart' } };
      const [own, global] = [
        policies.filter(isNamespaced),
        policies.filter((policy) => !isNamespaced(policy)),
      ];
      const there = own.map((policy) => ({
        ...policy,
        metadata: { ...policy.metadata, namespace: cart.name },
      }));
      const both = createPolicyWorld([...tiers, ...global, ...own, ...there], { mode: 'apiserver', version });
      const alone = createPolicyWorld([...tiers, ...global, ...there], { mode: 'apiserver', version });
      judgeCoverage(both, shop);
      return JSON.stringify(judgeCoverage(both, cart)) === JSON.stringify(judgeCoverage(alone, cart));
    }),
    500,
  );
});

/** The policies that are valid and so leave no doubt. */
function validOnes(policies: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const world = changeWorld(emptyWorld, { put: policies });
  return policies.filter((policy) => findPolicy(world, referenceOf(policy))?.problems.length === 0);
}

/** A pod that gets through although the namespace is covered. */
function escapeFrom(
  policies: readonly KubernetesObject[],
  { direction }: DirectionCoverage,
  absent: readonly string[] = [],
): string | undefined {
  const world = changeWorld(podWorld, { put: policies });
  const asksAddress = JSON.stringify(policies).includes(podNet);
  for (const { pod, net } of pods) {
    if (net === podNet && !asksAddress) continue;
    if (absent.some((key) => Object.hasOwn(labelsOf(pod), key))) continue;
    for (const address of Object.values(outside)) {
      const { verdict } = ask(world, pod.metadata.name ?? '', direction, address);
      if (verdict === 'allow') return `${JSON.stringify(pod)} gets through to or from ${address}`;
    }
  }
  return undefined;
}

/** What is wrong about the witness of an open namespace. */
function doubtWitness(
  world: PolicyWorld,
  { direction, verdict, witness, decidedBy }: DirectionCoverage,
  absent: readonly string[] = [],
): string | undefined {
  if (verdict === 'unknown' || !witness) return 'there is no witness';
  const impossible = absent.find((key) => Object.hasOwn(witness.labels, key));
  if (impossible !== undefined) return `no pod has the label ${impossible} of the witness`;
  const { name, exists, labels } = witness.serviceAccount;
  if (exists !== Object.hasOwn(existingAccounts, name)) return `service account ${name} exists: ${exists}`;
  const there = changeWorld(world, {
    put: [
      serviceAccount(name, labels),
      podAt('witness', witness.labels, name, [
        witness.podAddress === undefined ? '11.0.0.1' : '10.0.0.1',
        'fc00::1',
      ]),
    ],
  });
  const { verdict: found, ingress, egress } = ask(there, 'witness', direction, witness.address);
  const trail = (direction === 'Ingress' ? ingress : egress)?.trail;
  if (found !== 'allow') return `the witness ${JSON.stringify(witness)} does not get through`;
  return JSON.stringify(trail) === JSON.stringify(decidedBy)
    ? undefined
    : `the trail is ${JSON.stringify(trail)}`;
}

/** A flow by a protocol that no policy names. */
function ask(world: PolicyWorld, pod: string, direction: Direction, ip: string) {
  const [own, other] = [{ pod: `${shop.name}/${pod}` }, { ip }];
  const [source, destination] = direction === 'Ingress' ? [other, own] : [own, other];
  return evaluateFlow(world, { source, destination, protocol: 253 });
}

/** Pods that differ in everything policies ask about; those in the block that rules name matter only to such rules. */
function everyPod(): readonly { readonly pod: KubernetesObject; readonly net: string }[] {
  const accounts = Object.keys({ ...existingAccounts, ...possibleAccounts });
  const choices = valuesOfA.flatMap((a) =>
    valuesOfB.flatMap((b) =>
      accounts.flatMap((account) => [podNet, otherNet].map((net) => ({ a, b, account, net }))),
    ),
  );
  return choices.map(({ a, b, account, net }, index) => {
    const labels = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
    const ip = net.replace('0.0/8', `${index >> 8}.${index & 255}`);
    return { pod: podAt(`pod-${index}`, labels, account, [ip, `fc00::${index.toString(16)}`]), net };
  });
}

function podAt(
  name: string,
  labels: StringMap,
  serviceAccountName: string,
  ips: readonly string[],
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: shop.name, labels },
    spec: { serviceAccountName },
    status: { podIPs: ips.map((ip) => ({ ip })) },
  };
}

function serviceAccount(name: string, labels: StringMap): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: shop.name, labels } };
}

function isNamespaced({ metadata }: KubernetesObject): boolean {
  return metadata.namespace !== undefined;
}

function shuffle<Item>(items: readonly Item[], random: Iterator<number>): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: Number(random.next().value) }));
  return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item);
}
