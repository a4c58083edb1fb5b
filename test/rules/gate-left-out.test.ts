import t from 'tap';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { answerValidate } from '../../src/admission/review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { limits } from '../../src/facts/limits.ts';
import { conventions } from '../support/conventions.ts';
import { globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

const { most: mostEffort } = limits.effortOfReview;

/** As many namespaces, all closed, of which no two are alike: each has a policy of its own. */
const names = Array.from({ length: 40 }, (_, index) => `shop-${index}`);
const objects = [
  globalNetworkPolicy('closed', { selector: 'all()', types: ['Ingress', 'Egress'] }),
  ...names.flatMap((name) => [
    namespace(name),
    networkPolicy('own', name, {
      selector: `app == "${name}"`,
      types: ['Ingress'],
      ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [8080] } }],
    }),
  ]),
];
const version = { mode: 'v3crd', version: '3.32' } as const;
const { inventory } = createInventoryStore(version, objects);
/** The same, where nobody can say whether they are closed: each has a policy that Calico can't read. */
const { inventory: undecided } = createInventoryStore(version, [
  ...objects,
  // It has to be searched before the change as well.
  globalNetworkPolicy('quiet', {
    order: -2,
    types: ['Ingress'],
    ingress: [{ action: 'Deny', destination: { selector: 'app == "quiet"' } }],
  }),
  ...names.map((name) => networkPolicy('broken', name, { selector: 'a ==', types: ['Ingress'] })),
]);
const set = conventions({});

/** Annotations of a rule may have 256 KiB. */
const longestNote = 200_000;

function reviewOf(bytes: number, among = inventory) {
  const object: KubernetesObject = globalNetworkPolicy('wordy', {
    order: -1,
    namespaceSelector: 'kubernetes.io/metadata.name starts with "shop"',
    types: ['Ingress'],
    ingress: [
      { action: 'Deny', destination: { selector: 'app == "quiet"' } },
      ...Array.from({ length: Math.ceil(bytes / longestNote) }, (_, index) => ({
        action: 'Log',
        metadata: { annotations: { note: 'x'.repeat(Math.min(longestNote, bytes - index * longestNote)) } },
      })),
    ],
  });
  const kind = { group: 'projectcalico.org', version: 'v3', kind: object.kind };
  const user = { username: 'ada', groups: [] };
  return answerValidate(
    { uid: '1', kind, operation: 'CREATE', dryRun: false, user, object },
    among,
    set,
    new Date('2026-11-30T12:00:00Z'),
  );
}

t.test(
  'a policy that is too large for all the namespaces that it selects is refused with the limit',
  async (t) => {
    const { allowed, status } = reviewOf(mostEffort / 20);
    t.equal(allowed, false);
    t.match(
      status?.message,
      /gate\/default-deny-lost: GlobalNetworkPolicy "wordy": it is too large to be judged/,
    );
    t.match(status?.message, /judged for at most 19 kinds of namespaces and directions in one review/);
    t.match(status?.message, /expected: several policies with fewer rules each, or a namespaceSelector/);
  },
);

t.test('one that is judged for all of them passes, as it opens nothing', async (t) => {
  const { allowed, findings } = reviewOf(mostEffort / 50);
  t.equal(allowed, true);
  t.same(
    findings.filter(({ rule }) => rule.startsWith('gate/')),
    [],
  );
});

t.test(
  'what could not be decided before is compared within a bound, and what is not compared is lost',
  async (t) => {
    const { allowed, status } = reviewOf(mostEffort / 50, undecided);
    t.equal(allowed, false);
    t.match(
      status?.message,
      /gate\/default-deny-lost: GlobalNetworkPolicy "wordy": beside it, ingress is no longer/,
    );
    t.match(status?.message, /too large to be compared before and after the change in one review/);
    const small = reviewOf(mostEffort / 500, undecided);
    t.equal(small.allowed, true, 'one that is compared in all of them passes');
    t.same(
      small.findings.filter(({ rule }) => rule.startsWith('gate/')),
      [],
    );
  },
);
