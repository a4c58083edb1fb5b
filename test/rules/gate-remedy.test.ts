import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { findingsAmong } from '../support/findings.ts';
import { globalNetworkPolicy, networkPolicy, namespace } from '../support/objects.ts';

const shop = namespace('shop');
const both = { types: ['Ingress', 'Egress'] };
const closed = globalNetworkPolicy('closed', { ...both, namespaceSelector: 'all()', order: 500 });
const list = (last: string, rest: object = {}) =>
  globalNetworkPolicy('list', {
    types: ['Egress'],
    order: 10,
    egress: [{ action: 'Deny', destination: { nets: ['169.254.169.254/32'] } }, { action: last }],
    ...rest,
  });
const host: KubernetesObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  metadata: { name: 'node-1', labels: { role: 'node' } },
  spec: { node: 'node-1', interfaceName: '*' },
};

/** Policies, and what is to be done about them. */
const advice: readonly (readonly [string, readonly KubernetesObject[], RegExp])[] = [
  ['nothing is there', [], /^a policy that selects every pod/],
  [
    'a rule that matches all',
    [networkPolicy('web', 'shop', { ...both, ingress: [{ action: 'Allow' }] })],
    /^restrict ingress rule 1 of NetworkPolicy "shop\/web".*remove the rule$/,
  ],
  [
    'a block-list that ends in Allow',
    [closed, list('Allow')],
    /egress rule 2.*a tier before "default", with Pass/,
  ],
  [
    'one that ends in Pass',
    [closed, list('Pass')],
    /^move the policy to a tier before "default".*remove egress rule 2/,
  ],
  [
    'a policy for host endpoints',
    [closed, host, list('Allow', { selector: 'role == "node"' })],
    /selector: \(role == "node"\) && !has\(projectcalico\.org\/namespace\)/,
  ],
  [
    'a policy that was meant',
    [globalNetworkPolicy('meant', { ...both, namespaceSelector: 'name == "shop"' })],
    /^GlobalNetworkPolicy "meant" with namespaceSelector: kubernetes\.io\/metadata\.name == "shop".*no label "name"/,
  ],
];

for (const [what, policies, expected] of advice) {
  t.test(`gate/default-deny-missing says what ends it: ${what}`, async (t) => {
    const [found] = findingsAmong('gate/default-deny-missing', [shop, ...policies]);
    t.match(found?.expected, expected);
  });
}

t.test('no pod is reached at a loopback address', async (t) => {
  const local = globalNetworkPolicy('local', {
    ...both,
    order: 1,
    ingress: [{ action: 'Allow', destination: { nets: ['127.0.0.0/8'] } }],
  });
  t.same(findingsAmong('gate/default-deny-missing', [shop, closed, local]), []);
});

t.test('gate/unknown names the tier that lacks', async (t) => {
  const early = networkPolicy('app.deny', 'shop', { ...both, tier: 'app' });
  const [found] = findingsAmong('gate/unknown', [shop, early]);
  t.match(found?.expected, /^create Tier "app" first/);
});
