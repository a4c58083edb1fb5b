import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { findingsAmong, findingsAtAdmission, told } from '../support/findings.ts';
import {
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  networkPolicy,
} from '../support/objects.ts';

const shop = namespace('shop');
const till = namespace('till');
const closed = globalNetworkPolicy('default-deny', { types: ['Ingress', 'Egress'] });
const open = (ingress: object) => networkPolicy('web', 'shop', { types: ['Ingress'], ingress: [ingress] });

/** What a rule allows, and whether that is wide. */
const rules: readonly (readonly [object, string?])[] = [
  [{ protocol: 'TCP' }, 'anywhere by TCP'],
  [{ source: { namespaceSelector: 'all()' } }, 'all pods and network sets in namespaces all()'],
  [{ protocol: 'TCP', source: { nets: ['0.0.0.0/1'] } }, '0.0.0.0/1 by TCP'],
  [{ protocol: 'TCP', destination: { ports: [8080] } }],
  [{ source: { namespaceSelector: 'team == "web"' } }],
  [{ source: { selector: 'app == "gateway"' } }],
  [{ source: { nets: ['10.0.0.0/8'] } }],
  [{ protocol: 'ICMP' }],
];

for (const [rule, opens] of rules) {
  t.test(`gate/wide-hole: ${JSON.stringify(rule)}`, async (t) => {
    const found = findingsAmong('gate/wide-hole', [shop, closed, open({ action: 'Allow', ...rule })]);
    if (opens === undefined) {
      t.same(found, []);
      return;
    }
    t.same(told(found), [
      'shop | namespace "shop": ingress is wide open by rule 1 of NetworkPolicy "shop/web" (tier "default") | rules that name their peers and ports',
    ]);
    t.same(
      found.map(({ found }) => found),
      [opens],
    );
  });
}

t.test('gate/wide-hole counts the rules of a Kubernetes policy as they are written', async (t) => {
  const policy = kubernetesNetworkPolicy('web', 'shop', {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }] },
      { ports: [{ protocol: 'TCP' }] },
    ],
  });
  t.same(told(findingsAmong('gate/wide-hole', [shop, closed, policy])), [
    'shop | namespace "shop": ingress is wide open by rule 2 of NetworkPolicy "shop/web" (tier "default") | rules that name their peers and ports',
  ]);
});

t.test('gate/wide-hole is not about namespaces that are open anyway, unknown, or not governed', async (t) => {
  const wide = open({ action: 'Allow', protocol: 'TCP' });
  t.same(findingsAmong('gate/wide-hole', [shop, open({ action: 'Allow' })]), []);
  t.same(
    findingsAmong('gate/wide-hole', [shop, closed, wide], { gaps: [{ what: 'tiers', why: 'forbidden' }] }),
    [],
  );
  const system = { ...wide, metadata: { name: 'web', namespace: 'kube-system' } };
  t.same(findingsAmong('gate/wide-hole', [namespace('kube-system'), closed, system]), []);
  const terminating = { ...shop, status: { phase: 'Terminating' } };
  t.same(findingsAmong('gate/wide-hole', [terminating, closed, wide]), []);
});

t.test('gate/wide-hole is told of the policy that brings it', async (t) => {
  const create = (object: KubernetesObject, ...before: KubernetesObject[]) =>
    told(findingsAtAdmission('gate/wide-hole', { operation: 'CREATE', object }, before));
  t.same(create(open({ action: 'Allow', protocol: 'TCP' }), shop, till, closed), [
    '/spec/ingress/0 | NetworkPolicy "shop/web" (tier "default"): ingress rule 1 opens namespace "shop" wide | rules that name their peers and ports',
  ]);
  const everywhere = globalNetworkPolicy('open', {
    types: ['Egress'],
    egress: [
      { action: 'Allow', destination: { nets: ['10.0.0.0/8'] } },
      { action: 'Allow', protocol: 'UDP' },
    ],
  });
  t.same(create(everywhere, shop, till, namespace('kube-public'), closed), [
    '/spec/egress/1 | GlobalNetworkPolicy "open" (tier "default"): egress rule 2 opens namespaces "shop" and "till" wide | rules that name their peers and ports',
  ]);
  t.same(create(closed, shop, open({ action: 'Allow', protocol: 'TCP' })), [], 'it is not this one');
});
