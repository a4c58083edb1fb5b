import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RuleId } from '../../src/conventions/document/action.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsAmong, told } from '../support/findings.ts';
import { globalNetworkPolicy, kubernetesNetworkPolicy, networkPolicy } from '../support/objects.ts';

const rule = 'policy/peer-by-label';
const set = conventions({ rules: { [rule]: 'warn' } });
const to = (destination: object, action = 'Allow') =>
  globalNetworkPolicy('p', { types: ['Egress'], egress: [{ action, destination }] });
const dns = { selector: 'k8s-app == "kube-dns"' };
const named = (policy: string) =>
  `${policy}: its egress rule 1 opens to every pod with the label k8s-app, in whichever namespace | a namespaceSelector beside it`;

/** A policy, and what is said of it where the rule is on. */
const cases: readonly (readonly [string, KubernetesObject, string?])[] = [
  ['by a label alone', to(dns), named('/spec/egress/0 | GlobalNetworkPolicy "p"')],
  [
    'in all namespaces',
    networkPolicy('p', 'shop', {
      types: ['Egress'],
      egress: [{ action: 'Allow', destination: { ...dns, namespaceSelector: 'all()' } }],
    }),
    named('/spec/egress/0 | NetworkPolicy "shop/p"'),
  ],
  [
    'in all namespaces, of Kubernetes, told once',
    kubernetesNetworkPolicy('p', 'shop', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
      ],
    }),
    named('/spec/egress/0 | NetworkPolicy "shop/p"'),
  ],
  ['in a namespace', to({ ...dns, namespaceSelector: 'kubernetes.io/metadata.name == "kube-system"' })],
  [
    'in the own namespace',
    networkPolicy('p', 'shop', { types: ['Egress'], egress: [{ action: 'Allow', destination: dns }] }),
  ],
  ['at an address', to({ ...dns, nets: ['192.0.2.7/32'] })],
  ['a denial', to(dns, 'Deny')],
  ['whoever has no label', to({ selector: '!has(k8s-app)' })],
  ['anybody', to({})],
];

for (const [name, policy, says] of cases) {
  t.test(`${rule}: ${name}`, async (t) => {
    t.same(told(findingsAmong(rule, [policy], { conventions: set })), says === undefined ? [] : [says]);
    t.same(findingsAmong(rule, [policy]), [], 'off where no convention asks for it');
  });
}

/** Which rule tells of what a recorded case is tagged with. */
const ruleOfTag: Readonly<Record<string, RuleId>> = {
  'lint:spoofable-dns-hole': rule,
  'lint:host-endpoints': 'policy/host-endpoints',
};

interface Recorded {
  readonly name: string;
  readonly namespace: { readonly name: string; readonly labels: Record<string, string> };
  readonly objects: readonly KubernetesObject[];
  readonly tags?: readonly string[];
}

const file = join(import.meta.dirname, '../conformance/data/default-deny-cases.json');
const host: KubernetesObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'HostEndpoint',
  metadata: { name: 'node-1' },
  spec: { node: 'node-1', interfaceName: '*' },
};

for (const { name, namespace, objects, tags = [] } of JSON.parse(readFileSync(file, 'utf8')) as Recorded[]) {
  for (const tag of tags.filter((each) => each.startsWith('lint:'))) {
    t.test(`${tag}: ${name}`, async (t) => {
      const found = findingsAmong(
        ruleOfTag[tag] ?? 'policy/invalid',
        [{ apiVersion: 'v1', kind: 'Namespace', metadata: namespace }, host, ...objects],
        { conventions: set },
      );
      t.not(found.length, 0);
    });
  }
}
