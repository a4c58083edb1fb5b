import * as fc from 'fast-check';
import t from 'tap';
import { createImplications } from '../../src/calico/analysis/implication.ts';
import { coversRule } from '../../src/calico/analysis/rule-cover.ts';
import { sampleFlow } from '../../src/calico/analysis/sample-flow.ts';
import { findFlow } from '../../src/calico/flow/evaluate-flow.ts';
import type { Flow } from '../../src/calico/flow/flow.ts';
import { matchesRule } from '../../src/calico/flow/match-rule.ts';
import { searchEffort } from '../../src/calico/selector/satisfiability.ts';
import {
  changeWorld,
  createPolicyWorld,
  evaluateFlow,
  findPassToProfile,
  findPolicy,
  findUnreachableRules,
  type PolicyWorld,
  type Rule,
} from '../../src/calico/index.ts';
import { referenceOf, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { holds } from '../support/law.ts';
import { namespace, pod } from '../support/objects.ts';
import { anyPolicies, shop, tiers, valuesOfA, valuesOfB } from './generated-policies.ts';

const labels = valuesOfA.flatMap((a) => valuesOfB.map((b) => ({ ...(a && { a }), ...(b && { b }) })));
const pods = labels.flatMap((own, index) =>
  (['default', 'known'] as const).map((serviceAccountName, at) => ({
    ...pod(`pod-${index}-${at}`, shop.name, { labels: own }, { serviceAccountName }),
    status: { podIPs: [{ ip: `10.${at}.0.${index + 1}` }, { ip: `fc00::${at}:${index + 1}` }] },
  })),
);
const account: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'known', namespace: shop.name, labels: { role: 'web' } },
};
const emptyWorld = createPolicyWorld([namespace(shop.name, shop.labels), account, ...tiers, ...pods], {
  mode: 'apiserver',
});

const anyPod = fc.constantFrom(
  ...pods.map(({ metadata }) => ({ pod: `${shop.name}/${metadata.name ?? ''}` })),
);
const anyEnd = fc.oneof(
  { weight: 3, arbitrary: anyPod },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('10.0.0.1', '192.0.2.7', '203.0.113.77', 'fd00::7', '3fff::77')
      .map((ip) => ({ ip })),
  },
);
const anyFlow: fc.Arbitrary<Flow> = fc.record({
  source: anyEnd,
  destination: anyEnd,
  protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
  destinationPort: fc.constantFrom(53, 80),
});
const anyFlows = fc.array(anyFlow, { minLength: 12, maxLength: 12 });

const worldWith = (policies: readonly KubernetesObject[]) => changeWorld(emptyWorld, { put: policies });
const policiesIn = (world: PolicyWorld, policies: readonly KubernetesObject[]) =>
  policies.flatMap((policy) => findPolicy(world, referenceOf(policy)) ?? []);

t.test('no connection is decided by a rule that is said to be out of reach', async (t) => {
  let found = 0;
  holds(
    t,
    'a trail names no unreachable rule',
    fc.property(anyPolicies, anyFlows, (policies, flows) => {
      const world = worldWith(policies);
      const unreachable = new Set(
        policiesIn(world, policies).flatMap((policy) =>
          findUnreachableRules(world, policy).flatMap(({ direction, rules }) =>
            rules.map((rule) => [direction, policy.kind, policy.name, rule].join(' ')),
          ),
        ),
      );
      found += unreachable.size;
      for (const flow of flows) {
        const { egress, ingress } = evaluateFlow(world, flow);
        for (const [direction, half] of [['Egress', egress] as const, ['Ingress', ingress] as const]) {
          for (const { kind, name, rule } of half?.trail ?? []) {
            const step = [direction, kind, name, rule].join(' ');
            if (unreachable.has(step)) throw new Error(`${step} decides ${JSON.stringify(flow)}`);
          }
        }
      }
    }),
    300,
  );
  t.ok(found > 30, `and there were some: ${found}`);
});

t.test('what one rule matches is matched by a rule that covers it', async (t) => {
  let found = 0;
  holds(
    t,
    'a covering rule matches no less',
    fc.property(anyPolicies, anyFlows, (policies, flows) => {
      const world = worldWith(policies);
      const rules = policiesIn(world, policies).flatMap(({ ingress, egress }) => [...ingress, ...egress]);
      const pairs = rules.flatMap((outer) =>
        rules
          .filter((inner) => inner !== outer && coversRule(outer, inner, createImplications()))
          .map((inner): [Rule, Rule] => [outer, inner]),
      );
      found += pairs.length;
      for (const flow of flows) {
        const resolved = findFlow(world, flow);
        if ('problem' in resolved) continue;
        // Nobody connects an address of one family with one of the other.
        if (!resolved.resolved.source.address || !resolved.resolved.destination.address) continue;
        for (const [outer, inner] of pairs) {
          if (matchesRule(inner, resolved.resolved) && !matchesRule(outer, resolved.resolved))
            throw new Error(
              JSON.stringify({ outer, inner, flow }, (_key, value: unknown) =>
                typeof value === 'bigint' ? String(value) : value,
              ),
            );
        }
      }
    }),
    300,
  );
  t.ok(found > 100, `and there were some: ${found}`);
});

t.test('what a Pass of the last tier passes on is allowed', async (t) => {
  let found = 0;
  holds(
    t,
    'a trail through such a rule ends at the profile',
    fc.property(anyPolicies, anyFlows, (policies, flows) => {
      const world = worldWith(policies);
      const passing = new Set(
        policiesIn(world, policies).flatMap((policy) =>
          findPassToProfile(world, policy).map(({ direction, rule }) =>
            [direction, policy.kind, policy.name, rule].join(' '),
          ),
        ),
      );
      found += passing.size;
      for (const flow of flows) {
        const { egress, ingress } = evaluateFlow(world, flow);
        for (const [direction, half] of [['Egress', egress] as const, ['Ingress', ingress] as const]) {
          const passed = half?.trail.some(({ kind, name, rule }) =>
            passing.has([direction, kind, name, rule].join(' ')),
          );
          if (passed && half?.trail.at(-1)?.kind !== 'Profile') throw new Error(JSON.stringify(half));
        }
      }
    }),
    200,
  );
  t.ok(found > 10, `and there were some: ${found}`);
});

t.test('a connection is made up for most rules, and matches them', async (t) => {
  const counts = { asked: 0, found: 0 };
  holds(
    t,
    'all rules match it',
    fc.property(anyPolicies, (policies) => {
      const world = worldWith(policies);
      for (const policy of policiesIn(world, policies)) {
        for (const rule of policy.selector ? policy.ingress : []) {
          const question = {
            policies: [policy],
            rules: [rule],
            direction: 'Ingress' as const,
            effort: searchEffort(),
          };
          const samples = ([4, 6] as const).flatMap(
            (family) => sampleFlow(world, { ...question, family }) ?? [],
          );
          counts.asked++;
          if (samples.length > 0) counts.found++;
          if (!samples.every(({ flow }) => matchesRule(rule, flow))) throw new Error(JSON.stringify(rule));
        }
      }
    }),
    150,
  );
  t.ok(counts.found > counts.asked * 0.6, `${counts.found} of ${counts.asked}`);
});
