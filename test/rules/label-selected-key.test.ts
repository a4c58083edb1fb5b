import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, type Judging } from '../support/judged.ts';
import { deployment, kubernetesNetworkPolicy, networkPolicy } from '../support/objects.ts';

const open = { types: ['Ingress'], ingress: [{ action: 'Allow' }] };
const checkout = networkPolicy('checkout', 'shop', { selector: 'app == "checkout"', ...open });
const denyAll = kubernetesNetworkPolicy('default-deny', 'shop', {
  podSelector: {},
  policyTypes: ['Ingress', 'Egress'],
});

function workload(labels: StringMap, name = 'checkout'): KubernetesObject {
  const object = deployment(name, 'shop');
  const spec = object.spec as { template: { spec: object } };
  return {
    ...object,
    spec: {
      ...spec,
      selector: { matchLabels: labels },
      template: { ...spec.template, metadata: { labels } },
    },
  };
}

const misses = (labels: StringMap, among: readonly KubernetesObject[], judging: Judging = {}) =>
  findingsOf('label/selected-key-missing', workload(labels), { among, ...judging }).map(
    ({ message, expected }) => [message.replace('Deployment "shop/checkout": ', ''), expected],
  );

t.test('slips of a label that a policy selects on', async (t) => {
  t.same(misses({ app: 'checkout' }, [checkout, denyAll]), []);
  t.same(misses({ app: 'chekout' }, [checkout, denyAll]), [
    [
      'the label app=chekout of the pod template misses NetworkPolicy "shop/checkout", which selects app=checkout',
      'app: checkout',
    ],
  ]);
  t.same(misses({ App: 'checkout' }, [checkout, denyAll]), [
    [
      'the label App=checkout of the pod template misses NetworkPolicy "shop/checkout", which selects app=checkout',
      'app: checkout, beside or instead of App',
    ],
  ]);
  t.same(misses({ app: 'payments' }, [checkout, denyAll]), [], 'another name is no slip');
  t.same(
    misses({ app: 'chekout' }, [checkout, denyAll, workload({ app: 'checkout' }, 'other')]),
    [],
    'somebody else has the label',
  );
  const web1 = networkPolicy('web', 'shop', { selector: 'app in {"web-1"}', ...open });
  t.same(misses({ app: 'web-2' }, [web1]), [], 'a number makes another name');
  const both = networkPolicy('both', 'shop', { selector: 'app in {"checkout", "chekout"}', ...open });
  t.same(misses({ app: 'chekout' }, [checkout, both]), [], 'some policy wants it so');
});

t.test('a template with none of the labels by which the namespace opens', async (t) => {
  const found = [
    [
      'the pod template has no label app, by which the policies of its namespace open, and none opens anything for it',
      'app: <value>',
    ],
  ];
  t.same(misses({ name: 'x' }, [checkout, denyAll]), found);
  const dns = networkPolicy('dns', 'shop', {
    selector: 'all()',
    types: ['Egress'],
    egress: [{ action: 'Allow', destination: { ports: [53] }, protocol: 'UDP' }],
  });
  t.same(misses({ name: 'x' }, [checkout, denyAll, dns]), [], 'something is open for it');
  t.same(misses({ name: 'x' }, [denyAll]), [], 'nothing opens by label');
  const not = networkPolicy('not', 'shop', { selector: 'app != "db"', ...open });
  t.same(misses({ name: 'x' }, [not]), [], 'a pod without the label is selected');
  const other = networkPolicy('checkout', 'lib', { selector: 'app == "checkout"', ...open });
  t.same(misses({ name: 'x' }, [other, denyAll]), [], 'policies of another namespace');
  const orchestrator = networkPolicy('all', 'shop', {
    selector: 'projectcalico.org/orchestrator == "k8s"',
    ...open,
  });
  t.same(misses({ name: 'x' }, [orchestrator]), [], 'a label that Calico sets');
});

t.test('in files a template counts with the labels that admission adds', async (t) => {
  const set = conventions({ labels: [{ key: 'team', value: { literal: 'shop' } }] });
  const byTeam = networkPolicy('team', 'shop', { selector: 'team == "shop"', ...open });
  t.same(misses({ name: 'x' }, [byTeam, denyAll], { set }), []);
  t.match(misses({ name: 'x' }, [byTeam, denyAll], { set, operation: 'CREATE' }), [
    [/^the pod template has no label team/],
  ]);
});
