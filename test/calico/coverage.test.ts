import t from 'tap';
import {
  changeWorld,
  type Coverage,
  createPolicyWorld,
  type DirectionCoverage,
  judgeCoverage,
  policiesSelecting,
  printStep,
} from '../../src/calico/index.ts';
import { type KubernetesObject, referenceOf, type StringMap } from '../../src/kubernetes/object.ts';
import { globalNetworkPolicy, networkPolicy } from '../support/objects.ts';
import { shop, tier } from './generated-policies.ts';

const both = ['Ingress', 'Egress'];
const closed = networkPolicy('deny', 'shop', { types: both });

t.test('a namespace without policies is open, by its profile', async (t) => {
  t.strictSame(coverage([]), {
    namespace: 'shop',
    directions: both.map((direction) => ({
      direction,
      verdict: 'allow',
      witness: {
        labels: {},
        serviceAccount: { name: 'default', exists: true, labels: {} },
        family: 'IPv4',
        address: '203.0.113.77',
      },
      decidedBy: [{ tier: '__PROFILE__', kind: 'Profile', name: 'kns.shop', rule: 0, verdict: 'allow' }],
      holes: [],
      reasons: [],
    })),
  });
});

t.test('a covered namespace names what denies the plainest pod', async (t) => {
  const { ingress } = judged([
    tier('security', 100, 'Pass'),
    globalNetworkPolicy('audit', { tier: 'security', types: ['Ingress'] }),
    closed,
  ]);
  t.equal(ingress.verdict, 'deny');
  t.strictSame(ingress.decidedBy.map(printStep), [
    'security|GlobalNetworkPolicy|/audit|-1|P',
    'default|NetworkPolicy|shop/deny|-1|D',
  ]);
});

t.test('the witness is the pod that escapes', async (t) => {
  const witnessOf = (selectors: readonly string[], accounts: readonly KubernetesObject[] = []) => {
    const policies = selectors.map((selector, index) =>
      networkPolicy(`p${index}`, 'shop', { selector, types: both }),
    );
    return judged([...policies, ...accounts]).ingress.witness;
  };
  t.strictSame(witnessOf(["app == 'web'"])?.labels, {});
  t.strictSame(witnessOf(['!has(app)'])?.labels, { app: 'other' });
  t.strictSame(witnessOf(['!has(app)', "app == 'other'"])?.labels, { app: 'other-2' });
  t.strictSame(witnessOf(["app != 'web'"])?.labels, { app: 'web' });
  t.strictSame(witnessOf(["!(app contains 'we' && tier == 'fe')"])?.labels, { app: 'we', tier: 'fe' });
  t.equal(witnessOf(['has(app)', '!has(app)']), undefined);
  t.equal(witnessOf(["!(app == 'not a value')"]), undefined, 'no label can have this value');
  t.equal(witnessOf(['!has(not/a/key)']), undefined, 'nor this name');
});

t.test('a selector that contradicts itself selects no pod, however it is nested', async (t) => {
  const judge = (selector: string) =>
    judged([closed, networkPolicy('open', 'shop', { selector, order: 1, ingress: [{ action: 'Allow' }] })])
      .ingress.verdict;
  t.equal(judge("a == 'x' && (a == 'y' || a == 'z')"), 'deny');
  t.equal(judge("(a == 'x' || a == 'y') && (a == 'z' || b == 'x') && b == 'y'"), 'deny');
  t.equal(judge("(a == 'x' || a == 'y') && !(a == 'x') && !(a == 'y' && has(b)) && has(b)"), 'deny');
  t.equal(judge("(a == 'x' || a == 'y') && (a == 'y' || b == 'x') && b == 'y'"), 'allow');
});

t.test('service accounts are those that exist and those that may be created', async (t) => {
  const judge = (serviceAccountSelector: string, ...accounts: KubernetesObject[]) =>
    judged([globalNetworkPolicy('p', { serviceAccountSelector, types: both }), ...accounts]).ingress;
  const web = account('web', { role: 'web' });
  t.strictSame(judge("role == 'web'", web).witness?.serviceAccount, {
    name: 'default',
    exists: true,
    labels: {},
  });
  t.strictSame(judge("role != 'web'").witness?.serviceAccount, {
    name: 'other',
    exists: false,
    labels: { role: 'web' },
  });
  t.strictSame(judge("role != 'web'", web).witness?.serviceAccount, {
    name: 'web',
    exists: true,
    labels: { role: 'web' },
  });
  t.strictSame(
    judge('all()').witness?.serviceAccount.name.length,
    63,
    'a name too long for a label escapes what Calico makes of all()',
  );
  const parts = judged([
    globalNetworkPolicy('closed', { serviceAccountSelector: 'all()', types: both }),
    globalNetworkPolicy('parts', {
      serviceAccountSelector: "!(projectcalico.org/name contains 'x')",
      types: both,
    }),
  ]).ingress.witness?.serviceAccount.name;
  t.match(parts, /x/);
  t.ok((parts ?? '').length >= 63, 'the parts of such a name are what the conditions ask for');
  t.equal(judge("projectcalico.org/name != 'web'").witness?.serviceAccount.name, 'web');
  const role = "role == 'web' || projectcalico.org/name != 'default'";
  t.equal(judge(role).verdict, 'allow', 'the default account has no labels of itself');
  t.equal(judge(role, account('default', { role: 'web' })).verdict, 'deny', 'but those it is given');
  t.equal(judge(role, account('default', { role: 'db' })).verdict, 'allow');
  t.equal(judge("projectcalico.org/name != ''").verdict, 'deny');
});

t.test('an account of 63 characters gives its pods no label of its name, one of 62 does', async (t) => {
  const judge = (length: number) => {
    const name = 'a'.repeat(length);
    return judged([
      account(name, {}),
      globalNetworkPolicy('named', { selector: 'has(projectcalico.org/serviceaccount)', types: both }),
      globalNetworkPolicy('others', {
        serviceAccountSelector: `projectcalico.org/name != '${name}'`,
        types: both,
      }),
    ]).ingress;
  };
  t.equal(judge(62).verdict, 'deny');
  const { verdict, witness } = judge(63);
  t.equal(verdict, 'allow');
  t.strictSame(witness?.serviceAccount, { name: 'a'.repeat(63), exists: true, labels: {} });
});

t.test('a staged policy that counts as enforced takes its namesake away from all pods', async (t) => {
  const staged = {
    ...globalNetworkPolicy('p', { selector: "app == 'web'", types: both }),
    kind: 'StagedGlobalNetworkPolicy',
  };
  const judge = (...objects: KubernetesObject[]) => {
    const world = createPolicyWorld(objects, { mode: 'apiserver', staged: 'enforced' });
    return judgeCoverage(world, shop).directions[0];
  };
  const enforced = globalNetworkPolicy('p', { types: both });
  t.equal(judge(enforced)?.verdict, 'deny');
  t.equal(judge(enforced, staged)?.verdict, 'allow');
  const world = createPolicyWorld([enforced, staged], { mode: 'apiserver', staged: 'enforced' });
  const back = changeWorld(world, { remove: [referenceOf(staged)] });
  t.equal(judgeCoverage(back, shop).directions[0]?.verdict, 'deny', 'and gives it back when it goes');
});

t.test('each family is judged, and only the ones that are asked for', async (t) => {
  const open6 = networkPolicy('open', 'shop', {
    types: both,
    ingress: [{ action: 'Allow', source: { nets: ['::/0'] } }],
  });
  const { ingress } = judged([open6]);
  t.equal(ingress.witness?.family, 'IPv6');
  t.equal(ingress.witness?.address, '2001:db8:ffff::77');
  const world = createPolicyWorld([open6], { mode: 'apiserver' });
  const [alone] = judgeCoverage(world, shop, { families: ['IPv4'], directions: ['Ingress'] }).directions;
  t.equal(alone?.verdict, 'deny');
});

t.test('rules find addresses by the labels of network sets', async (t) => {
  const set = (name: string, nets: readonly string[], labels: StringMap, inNamespace?: string) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: inNamespace === undefined ? 'GlobalNetworkSet' : 'NetworkSet',
    metadata: { name, labels, ...(inNamespace === undefined ? {} : { namespace: inNamespace }) },
    spec: { nets },
  });
  const rule = (fields: object) =>
    globalNetworkPolicy('p', { types: both, ingress: [{ action: 'Allow', ...fields }] });
  const fromSet = rule({ source: { selector: "role == 'internet'" } });
  const judge = (...objects: KubernetesObject[]) => judged(objects).ingress;
  t.equal(judge(fromSet).verdict, 'deny', 'no endpoint that is known');

  const all = set('all', ['0.0.0.0/0'], { role: 'internet' });
  const open = judge(fromSet, all);
  t.equal(open.verdict, 'allow', 'a set of all addresses names nobody');
  t.equal(open.witness?.family, 'IPv4');
  const halves = [
    set('low', ['0.0.0.0/1'], { role: 'internet' }),
    set('high', ['128.0.0.0/1'], { role: 'internet' }),
  ];
  t.equal(judge(fromSet, ...halves).verdict, 'allow', 'nor do two halves');
  t.equal(judge(fromSet, ...halves.slice(1)).verdict, 'deny', 'one of them is a hole');
  t.strictSame(
    judge(fromSet, ...halves.slice(1)).holes.map(({ wide }) => wide),
    [true],
    'and a wide one',
  );
  t.strictSame(
    judge(fromSet, set('office', ['192.0.2.0/24'], { role: 'internet' })).holes.map(({ wide }) => wide),
    [false],
  );
  t.strictSame(
    ['252.0.0.0/6', '248.0.0.0/5'].map(
      (net) => judge(fromSet, set('part', [net], { role: 'internet' })).holes[0]?.wide,
    ),
    [false, true],
    'wide is more than a sixty-fourth',
  );
  t.strictSame(
    judge(fromSet, set('pods', ['192.168.0.0/16'], { role: 'internet' })).holes.map(({ wide }) => wide),
    [true],
    'all private addresses of a kind are all pods, for all that is known',
  );
  const excepted = rule({ source: { notSelector: "role == 'internet'" } });
  t.equal(judge(excepted).verdict, 'allow');
  t.equal(
    judge(excepted, all, set('all6', ['::/0'], { role: 'internet' })).verdict,
    'deny',
    'nobody is left',
  );

  const own = (nets: readonly string[], ...more: KubernetesObject[]) =>
    judge(
      networkPolicy('p', 'shop', {
        types: both,
        ingress: [{ action: 'Allow', source: { selector: "role == 'internet'" } }],
      }),
      set('own', nets, { role: 'internet' }, 'shop'),
      ...more,
    ).verdict;
  t.equal(own(['0.0.0.0/0']), 'allow');
  const elsewhere = set('all', ['0.0.0.0/0'], { role: 'internet' }, 'cart');
  t.equal(
    own(['192.0.2.0/24'], elsewhere),
    'deny',
    'a policy of a namespace finds the sets of its namespace',
  );

  const podEnd = networkPolicy('p', 'shop', {
    selector: "role == 'web'",
    types: both,
    ingress: [{ action: 'Allow', destination: { selector: "role == 'pods'" } }],
  });
  const closedBehind = networkPolicy('q', 'shop', { types: both });
  t.equal(judge(podEnd, closedBehind).verdict, 'deny', 'no pod has both labels');
  const inSet = judge(podEnd, closedBehind, set('pods', ['10.0.0.0/8'], { role: 'pods' }, 'shop'));
  t.equal(inSet.verdict, 'allow', 'but one label can be that of a set in which its address lies');
  t.strictSame([inSet.witness?.labels, inSet.witness?.podAddress], [{ role: 'web' }, '10.0.0.0/8']);

  const world = createPolicyWorld([fromSet, all], { mode: 'apiserver' });
  t.equal(judgeCoverage(world, shop).directions[0]?.verdict, 'allow');
  const without = changeWorld(world, { remove: [referenceOf(all)] });
  t.equal(
    judgeCoverage(without, shop).directions[0]?.verdict,
    'deny',
    'and what was found is not remembered',
  );
  const back = changeWorld(without, { put: [all] });
  t.equal(judgeCoverage(back, shop).directions[0]?.verdict, 'allow');
});

t.test('what came and went before anybody asked left nothing behind', async (t) => {
  const deny = globalNetworkPolicy('deny', { types: both });
  const openToAll = globalNetworkPolicy('open', { order: 1, types: both, ingress: [{ action: 'Allow' }] });
  const ingressIn = (world: ReturnType<typeof createPolicyWorld>) =>
    judgeCoverage(world, shop).directions[0]?.verdict;
  const asked = (...objects: readonly KubernetesObject[]) => {
    const world = createPolicyWorld(objects, { mode: 'apiserver' });
    ingressIn(world);
    return world;
  };
  const came = changeWorld(asked(), { put: [deny] });
  t.equal(ingressIn(changeWorld(came, { remove: [referenceOf(deny)] })), 'allow', 'a denial');
  t.equal(ingressIn(came), 'deny', 'while it was there');
  const opened = changeWorld(asked(deny), { put: [openToAll] });
  t.equal(ingressIn(changeWorld(opened, { remove: [referenceOf(openToAll)] })), 'deny', 'an opening');
  const gone = changeWorld(asked(deny), { remove: [referenceOf(deny)] });
  t.equal(ingressIn(changeWorld(gone, { put: [deny] })), 'deny', 'and what went is there again');
});

t.test('lists that leave no address out are judged by what they let through', async (t) => {
  const halves = (first: string, second: string) =>
    judged([
      networkPolicy('p', 'shop', {
        types: both,
        ingress: [
          { action: first, source: { nets: ['0.0.0.0/1'] } },
          { action: second, source: { nets: ['128.0.0.0/1'] } },
        ],
      }),
    ]).ingress;
  t.equal(halves('Allow', 'Allow').verdict, 'allow');
  t.equal(halves('Deny', 'Allow').witness?.address, '128.0.0.0');
  t.equal(halves('Deny', 'Deny').verdict, 'deny');
  t.equal(halves('Allow', 'Deny').verdict, 'allow', 'half of all addresses is an open door');
  const rest = [
    'Deny',
    ['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3', '224.0.0.0/4', '240.0.0.0/5', '248.0.0.0/6', '252.0.0.0/7'],
  ];
  const { ingress } = judged([
    networkPolicy('p', 'shop', {
      types: both,
      ingress: [
        { action: rest[0], source: { nets: rest[1] } },
        { action: 'Allow', source: { nets: ['254.0.0.0/7'] } },
      ],
    }),
  ]);
  t.equal(ingress.verdict, 'deny', 'a small rest is a hole');
  t.strictSame(opened(ingress), ['254.0.0.0/7']);
  const others = ['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3', '224.0.0.0/4', '240.0.0.0/5'];
  const restOf = (denied: string, ...allowed: readonly string[]) =>
    judged([
      networkPolicy('p', 'shop', {
        types: both,
        ingress: [
          { action: 'Deny', source: { nets: [...others, denied] } },
          { action: 'Allow', source: { nets: allowed } },
        ],
      }),
    ]).ingress;
  const sixtyFourth = restOf('248.0.0.0/6', '252.0.0.0/6');
  t.equal(sixtyFourth.verdict, 'deny', 'a sixty-fourth is a small rest still');
  t.strictSame(
    sixtyFourth.holes.map(({ wide }) => wide),
    [false],
  );
  t.equal(restOf('248.0.0.0/7', '252.0.0.0/6', '250.0.0.0/7').verdict, 'allow', 'and more is none');
});

t.test('what a rule asks of the pod itself counts', async (t) => {
  const judge = (destination: object) =>
    judged([
      closed,
      networkPolicy('open', 'shop', { types: ['Ingress'], ingress: [{ action: 'Allow', destination }] }),
    ]).ingress;
  t.strictSame(judge({ selector: "role == 'edge'" }).witness?.labels, { role: 'edge' });
  t.equal(judge({ namespaceSelector: "env == 'dev'" }).verdict, 'deny', 'this is not its namespace');
  t.equal(judge({ namespaceSelector: "env == 'prod'" }).verdict, 'allow');
  t.equal(judge({ nets: ['10.0.0.0/8'] }).witness?.podAddress, '10.0.0.0/8');
  t.equal(judge({ ports: ['http'] }).verdict, 'deny');
});

t.test(
  'what a cluster-wide rule asks of the namespace of the pod itself tells namespaces apart',
  async (t) => {
    const [prod, dev] = ['prod', 'dev'].map((env) => ({ name: env, labels: { env } }));
    if (!prod || !dev) throw new Error('two namespaces');
    const opening = globalNetworkPolicy('prod-open', {
      types: ['Ingress'],
      selector: 'all()',
      ingress: [{ action: 'Allow', destination: { namespaceSelector: "env == 'prod'" } }],
    });
    for (const order of [
      [prod, dev],
      [dev, prod],
    ]) {
      const world = createPolicyWorld([opening], { mode: 'v3crd' });
      for (const namespace of order) {
        const [ingress] = judgeCoverage(world, namespace, { directions: ['Ingress'] }).directions;
        t.equal(ingress?.verdict, namespace === prod ? 'allow' : 'deny', namespace.name);
      }
    }
  },
);

t.test('holes are named in words', async (t) => {
  const rules = [
    { action: 'Allow', source: { selector: "app == 'web'" } },
    { action: 'Allow', protocol: 'TCP', destination: { notPorts: [22] } },
    {
      action: 'Allow',
      protocol: 'UDP',
      source: { nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16'] },
      destination: { ports: [53, '8000:8100', 'dns'] },
    },
    { action: 'Allow', source: { namespaceSelector: 'all()' } },
    {
      action: 'Allow',
      source: { namespaceSelector: "env == 'prod'", serviceAccounts: { names: ['a', 'b'] } },
    },
    { action: 'Allow', source: { services: { name: 'api', namespace: 'cart' } } },
    { action: 'Allow', protocol: 'ICMP', icmp: { type: 8, code: 0 } },
    { action: 'Allow', source: { notSelector: "app == 'web'" } },
    { action: 'Allow', source: { nets: ['0.0.0.0/2'] } },
    { action: 'Deny' },
    { action: 'Allow', protocol: 'TCP' },
  ];
  const { ingress } = judged([networkPolicy('p', 'shop', { types: ['Ingress'], ingress: rules })]);
  t.equal(ingress.verdict, 'deny');
  t.strictSame(
    ingress.holes.map(({ rule, opens, wide }) => `${rule} ${opens}${wide ? ' (wide)' : ''}`),
    [
      "0 app == 'web' in the namespace",
      '1 anywhere by TCP except on 22 (wide)',
      '2 10.0.0.0/8 but not 10.1.0.0/16 on 53/UDP, 8000-8100/UDP, dns/UDP',
      '3 all pods and network sets in all namespaces (wide)',
      "4 service account a or service account b in namespaces env == 'prod'",
      '5 service cart/api',
      '6 anywhere by ICMP of type 8, code 0',
      "7 all pods and network sets in the namespace but not app == 'web'",
      '8 0.0.0.0/2 (wide)',
    ],
    'what comes after a Deny for everything is no hole',
  );
  t.strictSame(ingress.holes[0]?.policy, {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    namespace: 'shop',
    name: 'p',
  });
});

t.test('a Pass rule is a hole only where what comes after it is open', async (t) => {
  const pass = globalNetworkPolicy('pass', {
    tier: 'security',
    types: ['Ingress'],
    ingress: [{ action: 'Pass', protocol: 'TCP' }, { action: 'Deny' }],
  });
  const security = tier('security', 100, 'Deny');
  t.strictSame(opened(judged([security, pass]).ingress), ['passed on: anywhere by TCP']);
  t.strictSame(opened(judged([security, pass, closed]).ingress), []);
  const passForWeb = globalNetworkPolicy('pass', {
    tier: 'security',
    types: ['Ingress'],
    ingress: [{ action: 'Pass', destination: { selector: "app == 'web'" } }],
  });
  const web = networkPolicy('web', 'shop', {
    selector: "app == 'web'",
    types: ['Ingress'],
    ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [80] } }],
  });
  t.ok(
    opened(judged([security, passForWeb, closed, web]).ingress).includes('anywhere on 80/TCP'),
    'pods that one tier has dealt with come to the next all the same',
  );
});

t.test('what is not valid leaves doubt exactly where it could decide', async (t) => {
  const broken = networkPolicy('broken', 'shop', { selector: "app = 'web'", types: ['Ingress'] });
  const { ingress, egress } = judged([closed, broken]);
  t.equal(ingress.verdict, 'unknown');
  t.equal(egress.verdict, 'deny', 'it is not about egress');
  t.match(ingress.reasons, [
    { code: 'policy-invalid', object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'broken' } },
  ]);
  t.match(
    ingress.reasons[0]?.message,
    /^NetworkPolicy shop\/broken is not valid, so Calico may not enforce it: /,
  );
  t.equal(ingress.reasons[0]?.problems?.[0]?.pointer, '/spec/selector');
  const before = [
    tier('security', 100, 'Deny'),
    globalNetworkPolicy('deny', { tier: 'security', types: both }),
  ];
  t.equal(judged([...before, closed, broken]).ingress.verdict, 'deny', 'nothing gets as far as it');
  t.equal(
    judged([networkPolicy('open', 'shop', { order: 1, ingress: [{ action: 'Allow' }] }), broken]).ingress
      .verdict,
    'allow',
  );
  t.equal(judged([closed, networkPolicy('broken', 'cart', { selector: '=' })]).ingress.verdict, 'deny');
  const elsewhere = { namespaceSelector: "env == 'dev'", selector: '=', types: ['Ingress'] };
  t.equal(
    judged([closed, globalNetworkPolicy('broken', elsewhere)]).ingress.verdict,
    'deny',
    'it claims others',
  );
  const here = { ...elsewhere, namespaceSelector: "env == 'prod'" };
  t.equal(judged([closed, globalNetworkPolicy('broken', here)]).ingress.verdict, 'unknown');
});

t.test('a missing tier leaves doubt where the walk gets as far as it', async (t) => {
  const ghost = globalNetworkPolicy('ghost', { tier: 'ghost', types: ['Ingress'] });
  const { ingress } = judged([ghost]);
  t.equal(ingress.verdict, 'unknown');
  t.strictSame(
    ingress.reasons.map(({ code, message }) => `${code}: ${message}`),
    ['tier-missing: GlobalNetworkPolicy ghost is in tier "ghost", which does not exist'],
  );
  t.equal(judged([ghost, closed]).ingress.verdict, 'deny');
  t.equal(judged([ghost, tier('ghost', 1, 'Deny')]).ingress.verdict, 'deny');
});

t.test('an effort is spent as long as it holds what the next search takes', async (t) => {
  const world = () =>
    createPolicyWorld(
      [
        networkPolicy('web', 'shop', { selector: "app == 'web'", types: both }),
        networkPolicy('others', 'shop', { selector: "app != 'web'", types: both }),
      ],
      { mode: 'apiserver' },
    );
  const judge = (left: number, each: number) => {
    const effort = { left, each };
    const { directions } = judgeCoverage(world(), shop, { effort });
    return [...directions.map(({ verdict, exceeded }) => (exceeded ? 'exceeded' : verdict)), effort.left];
  };
  t.strictSame(judge(20, 10), ['deny', 'deny', 0], 'two searches');
  t.strictSame(judge(19, 10), ['deny', 'exceeded', 9]);
  t.strictSame(judge(10, 10), ['deny', 'exceeded', 0]);
  t.strictSame(judge(9, 10), ['exceeded', 'exceeded', 9]);
});

t.test('nothing is certain where not everything could be read', async (t) => {
  const world = createPolicyWorld([closed], { mode: 'apiserver' });
  const gaps = [{ what: 'GlobalNetworkPolicies', why: 'forbidden' }];
  const [ingress] = judgeCoverage(world, shop, { directions: ['Ingress'], gaps }).directions;
  t.equal(ingress?.verdict, 'unknown');
  t.strictSame(ingress?.reasons, [
    {
      code: 'view-incomplete',
      message: 'not everything that decides could be read: GlobalNetworkPolicies (forbidden)',
    },
  ]);
});

t.test('policiesSelecting lists those in force that can select a pod of the namespace', async (t) => {
  const world = createPolicyWorld(
    [
      closed,
      networkPolicy('deny', 'cart', {}),
      globalNetworkPolicy('all', { order: 1 }),
      globalNetworkPolicy('dev', { namespaceSelector: "env == 'dev'" }),
      globalNetworkPolicy('raw', { doNotTrack: true, applyOnForward: true }),
      { ...networkPolicy('staged', 'shop', {}), kind: 'StagedNetworkPolicy' },
      globalNetworkPolicy('first', { tier: 'kube-admin', selector: "app == 'web'" }),
    ],
    { mode: 'apiserver' },
  );
  t.strictSame(
    policiesSelecting(world, shop).map(({ name }) => name),
    ['first', 'all', 'deny'],
  );
});

t.test('a search that would not end is given up', async (t) => {
  const clauses = Array.from({ length: 400 }, (_, index) => {
    const keys = [7, 11, 13].map(
      (step, place) => `${(index >> place) % 2 ? '!' : ''}has(k${(index * step + place) % 64})`,
    );
    return networkPolicy(`p${index}`, 'shop', { selector: keys.join(' && '), types: both });
  });
  const contains = Array.from({ length: 3_000 }, (_, index) =>
    networkPolicy(`c${index}`, 'shop', {
      selector: `k contains 'v${index}'`,
      types: both,
      ingress: [{ action: 'Pass' }],
    }),
  );
  t.match(judged(clauses).ingress.verdict, /^(allow|unknown)$/);
  t.equal(judged([...contains, closed]).ingress.verdict, 'unknown');
  t.equal(judged([...contains, closed]).ingress.reasons[0]?.code, 'too-many-classes');
  t.equal(judged([...contains, closed]).egress.verdict, 'deny', 'where it decides nothing it is no matter');
  const nets = Array.from({ length: 600 }, (_, index) => `${index % 256}.${index >> 8}.0.0/16`);
  const cut = networkPolicy('cut', 'shop', {
    types: both,
    ingress: [
      { action: 'Deny', source: { nets: ['0.0.0.0/1'] } },
      { action: 'Allow', source: { nets: ['128.0.0.0/1'] } },
      ...[0, 200, 400].map((start) => ({
        action: 'Allow',
        source: { nets: nets.slice(start, start + 200) },
      })),
    ],
  });
  t.strictSame(
    judged([cut]).ingress.reasons.map(({ code }) => code),
    ['too-many-address-ranges'],
  );
  const long = Array.from({ length: 60_000 }, (_, index) => `k${index} == 'v'`).join(' || ');
  t.equal(judged([closed, networkPolicy('long', 'shop', { selector: long })]).ingress.verdict, 'unknown');
});

t.test('what is more than anybody writes is unknown, and told without a search', async (t) => {
  const wordy = Array.from({ length: 2_000 }, (_, index) =>
    networkPolicy(`p${index}`, 'shop', {
      selector: Array.from({ length: 55 }, (_, at) => `has(a${index}x${at})`).join(' || '),
      types: both,
    }),
  );
  const { verdict, reasons } = judged(wordy).ingress;
  t.equal(verdict, 'unknown');
  t.strictSame(
    reasons.map(({ code }) => code),
    ['too-many-classes'],
  );
  t.equal(judged([...wordy, closed]).ingress.verdict, 'deny', 'where they decide nothing it is no matter');
  const needles = Array.from({ length: 400 }, (_, index) =>
    networkPolicy(`n${index}`, 'shop', { selector: `a${index % 20} contains 'v${index}'`, types: both }),
  );
  t.match(judged(needles).ingress.verdict, /^(allow|unknown)$/);
});

t.test('one tier after another for some pods only does not multiply', async (t) => {
  const names = Array.from({ length: 300 }, (_, index) => `t${index}`);
  const passes = names.map((name, index) =>
    networkPolicy(`p-${name}`, 'shop', {
      tier: name,
      selector: `k${index % 60} == 'v'`,
      types: both,
      ingress: [{ action: 'Pass' }],
    }),
  );
  const tiers = names.map((name, index) => tier(name, index, 'Deny'));
  t.match(judged([...tiers, ...passes, closed]).ingress.verdict, /^(deny|unknown)$/);
  t.equal(judged([...tiers.slice(0, 100), ...passes.slice(0, 100), closed]).ingress.verdict, 'deny');
});

function coverage(objects: readonly KubernetesObject[]): Coverage {
  return judgeCoverage(createPolicyWorld(objects, { mode: 'apiserver' }), shop);
}

function judged(objects: readonly KubernetesObject[]): {
  ingress: DirectionCoverage;
  egress: DirectionCoverage;
} {
  const [ingress, egress] = coverage(objects).directions;
  if (!ingress || !egress) throw new Error('a direction is missing');
  return { ingress, egress };
}

function opened({ holes }: DirectionCoverage): readonly string[] {
  return holes.map(({ opens }) => opens);
}

function account(name: string, labels: StringMap): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'shop', labels } };
}
