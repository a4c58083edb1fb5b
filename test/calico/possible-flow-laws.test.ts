import * as fc from 'fast-check';
import t from 'tap';
import {
  changeWorld,
  createPolicyWorld,
  evaluateFlow,
  findPolicy,
  judgePossibleFlow,
} from '../../src/calico/index.ts';
import { type KubernetesObject, referenceOf } from '../../src/kubernetes/object.ts';
import { holds } from '../support/law.ts';
import { namespace } from '../support/objects.ts';
import {
  anyNetworkSet,
  anyPolicies,
  existingAccounts,
  shop,
  tiers,
  valuesOfA,
  valuesOfB,
} from './generated-policies.ts';

const emptyWorld = createPolicyWorld(
  [
    namespace(shop.name, shop.labels),
    ...Object.entries(existingAccounts).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: shop.name, labels },
    })),
    ...tiers,
  ],
  { mode: 'apiserver' },
);

const anyPod = fc.record({
  a: fc.constantFrom(...valuesOfA),
  b: fc.constantFrom(...valuesOfB),
  account: fc.constantFrom(...Object.keys(existingAccounts)),
  ip: fc.constantFrom('10.0.0.7', '10.200.0.9', '11.1.2.3', '192.0.2.9', '203.0.113.77'),
});

interface AnyPod {
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly account: string;
}

function podOf(name: string, { a, account, b }: AnyPod, ip?: string): KubernetesObject {
  const labels = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
  const ports = [{ name: 'http', containerPort: 80 }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: shop.name, labels },
    spec: { serviceAccountName: account, containers: [{ name: 'app', ports }] },
    ...(ip === undefined ? {} : { status: { podIP: ip } }),
  };
}

t.test('a verdict on pods to come holds whatever addresses they get', async (t) => {
  let known = 0;
  let all = 0;
  holds(
    t,
    'the same as the walk of the pods that run',
    fc.property(
      anyPolicies,
      fc.array(anyNetworkSet, { maxLength: 2 }),
      anyPod,
      anyPod,
      fc.constantFrom(80, 443),
      (policies, sets, from, to, port) => {
        if (from.ip === to.ip) return;
        const world = changeWorld(emptyWorld, { put: [...policies, ...sets] });
        const valid = policies.filter(
          (policy) => findPolicy(world, referenceOf(policy))?.problems.length === 0,
        );
        const judged = changeWorld(emptyWorld, { put: [...valid, ...sets] });
        const flow = { source: { pod: podOf('from', from) }, destination: { pod: podOf('to', to) } };
        const running: KubernetesObject[] = [podOf('from', from, from.ip), podOf('to', to, to.ip)];
        const walked = evaluateFlow(changeWorld(judged, { put: running }), {
          source: { pod: 'shop/from' },
          destination: { pod: 'shop/to' },
          protocol: 'TCP',
          destinationPort: port,
        });
        for (const [direction, half] of [
          ['Egress', walked.egress],
          ['Ingress', walked.ingress],
        ] as const) {
          const possible = judgePossibleFlow(judged, direction, { ...flow, protocol: 'TCP', port });
          all += 1;
          if (possible?.verdict === 'unknown') continue;
          known += 1;
          if (possible?.verdict !== half?.verdict)
            throw new Error(`${direction}: ${possible?.verdict} to come, ${half?.verdict} once they run`);
        }
      },
    ),
    3_000,
  );
  t.ok(known > all / 2, `${known} of ${all} were known`);
});
