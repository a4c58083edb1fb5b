import t from 'tap';
import { createPolicyWorld, evaluateFlow, type Flow, printStep } from '../../src/calico/index.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import {
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
} from '../support/objects.ts';

const world = [
  namespace('shop', { env: 'prod' }),
  namespace('cart'),
  podAt('shop/web', { app: 'web' }, ['10.0.0.1', 'fd00::1']),
  podAt('shop/db', { app: 'db' }, ['10.0.0.2']),
  podAt('cart/job', { app: 'job' }, []),
  { ...podAt('shop/node', { app: 'web' }, ['172.16.0.1']), spec: { hostNetwork: true } },
];
const external = { ip: '203.0.113.77' };

t.test('both ends decide, and the trail names who', async (t) => {
  const policies = [
    globalNetworkPolicy('pass', {
      order: 1,
      types: ['Ingress'],
      ingress: [{ action: 'Pass', protocol: 'UDP' }],
    }),
    kubernetesNetworkPolicy('deny', 'shop', { podSelector: {}, policyTypes: ['Ingress'] }),
    networkPolicy('deny', 'cart', { types: ['Egress'] }),
  ];
  const flow = { source: { pod: 'cart/job' }, destination: { pod: 'shop/web' }, destinationPort: 80 };
  t.strictSame(trails(policies, { ...flow, protocol: 'TCP' }), {
    verdict: 'deny',
    egress: ['default|NetworkPolicy|cart/deny|-1|D'],
    ingress: ['default|GlobalNetworkPolicy|/pass|-1|D'],
  });
  t.strictSame(trails(policies, { ...flow, protocol: 17 }).ingress, [
    'default|GlobalNetworkPolicy|/pass|0|P',
    '__PROFILE__|Profile|/kns.shop|0|A',
  ]);
});

t.test('an address is judged in its family', async (t) => {
  const policies = [
    networkPolicy('p', 'shop', { ingress: [{ action: 'Allow', source: { nets: ['::/0'] } }] }),
  ];
  const destination = { pod: 'shop/web' };
  t.equal(trails(policies, { source: { ip: '3fff::77' }, destination, protocol: 'TCP' }).verdict, 'allow');
  t.equal(trails(policies, { source: external, destination, protocol: 'TCP' }).verdict, 'deny');
});

t.test('a named port is that of the pod and protocol that are called', async (t) => {
  const policies = [
    networkPolicy('p', 'shop', {
      selector: "app == 'web'",
      ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: ['http'] } }],
    }),
  ];
  const ask = (protocol: string, destinationPort: number) =>
    trails(policies, { source: external, destination: { pod: 'shop/web' }, protocol, destinationPort })
      .verdict;
  t.equal(ask('TCP', 8080), 'allow');
  t.equal(ask('TCP', 80), 'deny');
  t.equal(ask('UDP', 8080), 'deny');
});

t.test('pods on the network of their node are nobody to policies', async (t) => {
  const policies = [
    globalNetworkPolicy('deny', {
      types: ['Ingress', 'Egress'],
      ingress: [{ action: 'Allow', source: { selector: "app == 'web'" } }],
    }),
  ];
  const toDb = { destination: { pod: 'shop/db' }, protocol: 'TCP' } as const;
  t.strictSame(trails(policies, { source: external, destination: { pod: 'shop/node' }, protocol: 'TCP' }), {
    verdict: 'allow',
  });
  t.strictSame(trails(policies, { source: { pod: 'shop/node' }, ...toDb }).ingress, [
    'default|GlobalNetworkPolicy|/deny|-1|D',
  ]);
});

t.test('only an account of less than 63 characters is a label of its pods', async (t) => {
  const policies = [
    networkPolicy('p', 'shop', { selector: 'has(projectcalico.org/serviceaccount)', types: ['Ingress'] }),
  ];
  const to = (serviceAccountName: string) => {
    const pod = { ...podAt('shop/named', {}, []), spec: { serviceAccountName } };
    return trails(policies, { source: external, destination: { pod }, protocol: 'TCP' }).verdict;
  };
  t.equal(to('a'.repeat(62)), 'deny');
  t.equal(to('a'.repeat(63)), 'allow');
});

t.test('a pod that names no account has the default one', async (t) => {
  const policies = [
    networkPolicy('p', 'shop', {
      selector: 'projectcalico.org/serviceaccount == "default"',
      types: ['Ingress'],
    }),
  ];
  const to = (spec: object) => {
    const destination = { pod: { ...podAt('shop/any', {}, []), spec } };
    return trails(policies, { source: external, destination, protocol: 'TCP' }).verdict;
  };
  t.equal(to({}), 'deny');
  t.equal(to({ serviceAccountName: '' }), 'deny');
  t.equal(to({ serviceAccountName: 'web' }), 'allow');
  t.equal(to({ serviceAccount: 'web' }), 'allow', 'by the older field');
});

t.test('a pod without an address yet is known by its labels', async (t) => {
  const policies = [
    networkPolicy('p', 'shop', {
      ingress: [{ action: 'Allow', source: { namespaceSelector: 'all()', selector: "app == 'job'" } }],
    }),
  ];
  const flow = { source: { pod: 'cart/job' }, destination: { pod: 'shop/web' }, protocol: 'TCP' };
  t.equal(trails(policies, flow).verdict, 'allow');
});

t.test('what cannot be found is unknown, and said', async (t) => {
  const destination = { pod: 'shop/web' };
  t.strictSame(evaluate([], { source: { pod: 'shop/none' }, destination, protocol: 'TCP' }), {
    verdict: 'unknown',
    problem: 'pod shop/none does not exist',
  });
  t.strictSame(evaluate([], { source: { ip: '10.0.0' }, destination, protocol: 'TCP' }), {
    verdict: 'unknown',
    problem: '"10.0.0" is no IP address',
  });
  t.strictSame(evaluate([], { source: external, destination, protocol: 'TPC' }), {
    verdict: 'unknown',
    problem: 'protocol "TPC" is not known',
  });
});

function evaluate(policies: readonly KubernetesObject[], flow: Flow) {
  return evaluateFlow(createPolicyWorld([...world, ...policies], { mode: 'apiserver' }), flow);
}

function trails(policies: readonly KubernetesObject[], flow: Flow) {
  const { verdict, egress, ingress } = evaluate(policies, flow);
  return {
    verdict,
    ...(egress ? { egress: egress.trail.map(printStep) } : {}),
    ...(ingress ? { ingress: ingress.trail.map(printStep) } : {}),
  };
}

function podAt(path: string, labels: StringMap, ips: readonly string[]): KubernetesObject {
  const [space = '', name = ''] = path.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: space, labels },
    spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }] },
    status: { podIPs: ips.map((ip) => ({ ip })) },
  };
}
