import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { Subject } from '../../src/facts/subject.ts';
import { type Circumstances, findingsAtAdmission, told } from '../support/findings.ts';
import { globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

const orders = namespace('orders', { team: 'a' });
const closed = globalNetworkPolicy('closed', {
  namespaceSelector: 'team == "a"',
  types: ['Ingress', 'Egress'],
});
/** Calico drops it with a line in its log. */
const broken = networkPolicy('broken', 'orders', { selector: 'a ==', types: ['Ingress', 'Egress'] });
const misplaced = networkPolicy('missing.late', 'orders', { tier: 'missing', types: ['Ingress', 'Egress'] });
const tier = (defaultAction: string): KubernetesObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'Tier',
  metadata: { name: 'missing' },
  spec: { order: 5, defaultAction },
});
const open = networkPolicy('open', 'orders', {
  order: -1,
  types: ['Ingress'],
  ingress: [{ action: 'Allow' }],
});
const narrow = networkPolicy('web', 'orders', {
  selector: 'app == "web"',
  types: ['Ingress'],
  ingress: [
    { action: 'Allow', protocol: 'TCP', source: { nets: ['192.0.2.7/32'] }, destination: { ports: [8080] } },
  ],
});
const repaired = networkPolicy('broken', 'orders', { selector: 'a == "b"', types: ['Ingress'] });
const create = (object: KubernetesObject): Subject => ({ operation: 'CREATE', object });
const remove = (object: KubernetesObject): Subject => ({ operation: 'DELETE', object });
const gap: Circumstances = { gaps: [{ what: 'the mode of Calico', why: 'both API groups are installed' }] };

/** Changes in orders, of which nobody can say whether it is denied by default. */
const changes: readonly {
  readonly what: string;
  readonly among: readonly KubernetesObject[];
  readonly change: Subject;
  readonly circumstances?: Circumstances;
  readonly opens: boolean;
}[] = [
  {
    what: 'an allow-all beside a policy that is not valid',
    among: [closed, broken],
    change: create(open),
    opens: true,
  },
  { what: 'the last visible cover goes', among: [closed, broken], change: remove(closed), opens: true },
  {
    what: 'a relabel out of the visible cover',
    among: [closed, broken],
    change: { operation: 'UPDATE', object: namespace('orders'), oldObject: orders },
    opens: true,
  },
  { what: 'a narrow rule', among: [closed, broken], change: create(narrow), opens: false },
  {
    what: 'the repair of what is not valid',
    among: [closed, broken],
    change: { operation: 'UPDATE', object: repaired, oldObject: broken },
    opens: false,
  },
  { what: 'what is not valid goes', among: [closed, broken], change: remove(broken), opens: false },
  {
    what: 'a repair where nothing else closes',
    among: [broken],
    change: { operation: 'UPDATE', object: repaired, oldObject: broken },
    opens: false,
  },
  { what: 'an allow-all where nothing visible closes', among: [broken], change: create(open), opens: false },
  {
    what: 'another policy that is not valid',
    among: [closed, broken],
    change: create({ ...broken, metadata: { name: 'second', namespace: 'orders' } }),
    opens: false,
  },
  {
    what: 'a policy in a tier that is missing goes',
    among: [misplaced],
    change: remove(misplaced),
    opens: true,
  },
  { what: 'its tier comes and denies', among: [misplaced], change: create(tier('Deny')), opens: false },
  { what: 'its tier comes and passes on', among: [misplaced], change: create(tier('Pass')), opens: true },
  { what: 'an allow-all in a gap', among: [closed], change: create(open), circumstances: gap, opens: true },
  {
    what: 'a narrow rule in a gap',
    among: [closed],
    change: create(narrow),
    circumstances: gap,
    opens: false,
  },
  {
    what: 'the cover goes in a gap',
    among: [closed],
    change: remove(closed),
    circumstances: gap,
    opens: true,
  },
  {
    what: 'an allow-all where a gap is open anyway',
    among: [],
    change: create(open),
    circumstances: gap,
    opens: false,
  },
];

for (const { what, among, change, circumstances, opens } of changes) {
  t.test(`undecided before: ${what} ${opens ? 'is refused' : 'passes'}`, async (t) => {
    const found = findingsAtAdmission('gate/default-deny-lost', change, [orders, ...among], circumstances);
    t.same(
      found.map(({ action }) => action),
      opens ? ['deny'] : [],
    );
  });
}

t.test('it is told what keeps the verdict open', async (t) => {
  const found = findingsAtAdmission('gate/default-deny-lost', create(open), [orders, closed, broken]);
  t.same(told(found), [
    'open | NetworkPolicy "orders/open": beside it, ingress is no longer denied by default in namespace "orders", as far as its policies can be read | repair what keeps the verdict open (NetworkPolicy orders/broken is not valid, so Calico may not enforce it: selector "a ==" does not parse: the end where a string in quotes is expected after "==" (character 5)); rules that name their peers and ports, or a position behind the deny',
  ]);
  t.match(found[0]?.witness, 'NetworkPolicy "orders/open" (tier "default") allows by its ingress rule 1');
  const [inGap] = findingsAtAdmission('gate/default-deny-lost', create(open), [orders, closed], gap);
  t.match(inGap?.expected, 'not everything that decides could be read: the mode of Calico');
});

t.test('a version of Calico that is possible counts, whichever it is', async (t) => {
  const soft = { ...tier('Pass'), metadata: { name: 'soft' } };
  // Until 3.31 its name puts it into the tier "default", which denies; later it is in "soft", which passes.
  const deny = globalNetworkPolicy('deny', { tier: 'soft', types: ['Ingress', 'Egress'] });
  const lost = (version?: string) =>
    findingsAtAdmission('gate/default-deny-lost', remove(deny), [orders, soft, deny], {
      calico: { mode: 'v3crd', ...(version === undefined ? {} : { version }) },
    }).map(({ action }) => action);
  t.same(lost(), ['deny']);
  t.same(lost('3.31'), ['deny']);
  t.same(lost('3.32'), [], 'it was open before');
});
