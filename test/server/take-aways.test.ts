import * as fc from 'fast-check';
import t from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import { pendingOf, printPending } from '../../src/admission/pending.ts';
import { answerValidate } from '../../src/admission/review.ts';
import { takeAwayOf } from '../../src/admission/may-open-namespaces.ts';
import { coverageVerdicts, createPolicyWorld } from '../../src/calico/index.ts';
import type { FreshRead } from '../../src/inventory/fresh-read.ts';
import { createInventoryStore, keyOf } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import { type KubernetesObject, referenceOf } from '../../src/kubernetes/object.ts';
import { classOf } from '../../src/kubernetes/object-class.ts';
import { createOwnText, createTakeAways, type SharedText } from '../../src/server/review/take-aways.ts';
import { conventions as conventionsWith } from '../support/conventions.ts';
import { deployment, globalNetworkPolicy, namespace, networkPolicy, pod } from '../support/objects.ts';

const turn = () => new Promise((resolve) => void setImmediate(resolve));
const user = { username: 'ada', groups: [] };
const closing = (name: string, spec: object = {}) =>
  networkPolicy(name, 'shop', { selector: 'all()', types: ['Ingress', 'Egress'], ...spec });
const opening = (name: string, order: number) =>
  networkPolicy(name, 'shop', {
    order,
    selector: 'all()',
    types: ['Ingress'],
    ingress: [{ action: 'Allow' }],
  });

/** What the API server has, with a version for each object. */
function createCluster(...objects: readonly KubernetesObject[]) {
  let version = 0;
  const stored = new Map<string, KubernetesObject>();
  const put = (object: KubernetesObject) => {
    version += 1;
    const uid = stored.get(keyOf(object))?.metadata.uid ?? object.metadata.uid ?? `uid-${version}`;
    const metadata = { ...object.metadata, uid, resourceVersion: String(version) };
    stored.set(keyOf(object), { ...object, metadata });
  };
  for (const object of objects) put(object);
  return {
    put,
    remove: (object: KubernetesObject) => void stored.delete(keyOf(object)),
    get: (object: KubernetesObject) => stored.get(keyOf(object)),
    all: () => [...stored.values()],
    isClosed: () =>
      coverageVerdicts(createPolicyWorld(stored.values(), { mode: 'v3crd' }), {
        name: 'shop',
        labels: { 'kubernetes.io/metadata.name': 'shop' },
      }).every(({ verdict }) => verdict === 'deny'),
  };
}

type Cluster = ReturnType<typeof createCluster>;

interface ReplicaOptions {
  readonly shared?: SharedText;
  readonly mode?: 'hold' | 'reject';
  /** Beside the one for all. */
  readonly conventions?: readonly object[];
  readonly pods?: readonly KubernetesObject[];
  readonly freshRead?: () => Promise<FreshRead | undefined>;
  readonly now?: () => number;
  readonly patienceMs?: number;
}

/** A replica whose copy is what the cluster was when it was made, or when it last caught up. */
function createReplica(cluster: Cluster, options: ReplicaOptions = {}) {
  const {
    shared = createOwnText(),
    mode = 'reject',
    pods = [],
    freshRead,
    now = () => 0,
    patienceMs = 40,
  } = options;
  const followed = () => cluster.all().filter(({ kind }) => kind !== 'Pod');
  const { inventory, apply } = createInventoryStore({ mode: 'v3crd' }, followed());
  const base = { calico: { mode: 'v3crd', version: '3.31' }, mesh: { inject: 'off' }, labels: [] };
  const conventions = conventionsWith(
    { ...base, defaultDeny: { onMissing: mode } },
    ...(options.conventions ?? []),
  );
  const clock = () => new Date(now());
  let looks = 0;
  let elapsed = 0;
  const difference = (emptied: readonly string[]) => {
    const copy = new Map(
      [...inventory.policies(), ...inventory.namespaces()].map((one) => [keyOf(one), one]),
    );
    const put = followed().filter((object) => {
      if (classOf(object) === 'workload' && !emptied.includes(object.metadata.namespace ?? '')) return false;
      const known = copy.get(keyOf(object));
      copy.delete(keyOf(object));
      return known?.metadata.resourceVersion !== object.metadata.resourceVersion;
    });
    const running = [...pods, ...cluster.all().filter(({ kind }) => kind === 'Pod')].filter(({ metadata }) =>
      emptied.includes(metadata.namespace ?? ''),
    );
    return { put: [...put, ...running], remove: [...copy.values()].map(referenceOf) };
  };
  const takeAways = createTakeAways({
    inventory,
    shared,
    freshRead: async (_request, emptied) => {
      looks += 1;
      return (await freshRead?.()) ?? { fresh: true, change: difference(emptied) };
    },
    validate: (request, known) => answerValidate(request, known, conventions, clock()),
    takeAwayOf: (request, known) => takeAwayOf(request, known, conventions, clock()),
    now,
    elapsed: () => elapsed,
    pause: async () => {
      elapsed += 1;
      await turn();
    },
    patienceMs,
  });
  const ask = async (request: AdmissionRequest): Promise<Decision> => {
    const first = answerValidate(request, inventory, conventions, clock());
    const asked = first.allowed ? takeAwayOf(request, inventory, conventions, clock()) : undefined;
    return asked ? takeAways(request, first, asked) : first;
  };
  return {
    ask,
    looks: () => looks,
    catchUp: () => {
      const names = Array.from(inventory.namespaces(), ({ metadata }) => metadata.name ?? '');
      const known = names.flatMap((name) => [...inventory.workloads(name)]);
      apply({ remove: known.map(referenceOf) });
      const { put, remove } = difference(names);
      apply({ put: put.filter(({ kind }) => kind !== 'Pod'), remove });
    },
  };
}

let uids = 0;
function requestFor(cluster: Cluster, operation: AdmissionRequest['operation'], object: KubernetesObject) {
  const { kind, apiVersion, metadata } = object;
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const stored = cluster.get(object);
  const request: AdmissionRequest = {
    uid: `review-${++uids}`,
    kind: { group, version, kind },
    operation,
    user,
    dryRun: false,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(operation === 'DELETE' ? {} : { object }),
    ...(operation === 'CREATE' || !stored ? {} : { oldObject: stored }),
  };
  return request;
}

const confirmedBy = (decision: Decision) => [decision.allowed, decision.status?.code];

t.test('of two policies that go at the same moment, by one replica or by two, one stays', async (t) => {
  for (const replicas of [1, 2]) {
    const [one, two] = [closing('one'), closing('two')];
    const cluster = createCluster(namespace('shop'), one, two);
    const shared = createOwnText();
    const first = createReplica(cluster, { shared });
    const second = replicas === 1 ? first : createReplica(cluster, { shared });
    const remove = async (replica: typeof first, object: KubernetesObject) => {
      const decision = await replica.ask(requestFor(cluster, 'DELETE', object));
      await turn();
      await turn();
      if (decision.allowed) cluster.remove(object);
      return decision;
    };
    const answers = await Promise.all([remove(first, one), remove(second, two)]);
    t.equal(answers.filter(({ allowed }) => allowed).length, 1, `${replicas} replicas`);
    t.match(
      answers.find(({ allowed }) => !allowed)?.status,
      { code: 403, message: /gate\/default-deny-lost/ },
      'the other waited until it was seen what had become of the first',
    );
    t.ok(cluster.isClosed());
  }
});

t.test(
  'what was allowed and is never seen is waited for, and forgotten once it cannot come any more',
  async (t) => {
    const [one, two] = [closing('one'), closing('two')];
    const cluster = createCluster(namespace('shop'), one, two);
    const shared = createOwnText();
    let now = 0;
    const first = createReplica(cluster, { shared, now: () => now });
    const second = createReplica(cluster, { shared, now: () => now });
    t.equal((await first.ask(requestFor(cluster, 'DELETE', one))).allowed, true);
    // The first replica is killed, or another webhook has refused the request: nobody tells.
    now += 30_000;
    const refused = await second.ask(requestFor(cluster, 'DELETE', two));
    t.match(refused.status, {
      code: 503,
      reason: 'ServiceUnavailable',
      details: { retryAfterSeconds: 1 },
      message:
        /NetworkPolicy "shop\/two": .*\n {2}because: another change was allowed 30 s ago and has not been seen yet.*\n {2}To fix: try again/,
    });
    t.equal((await second.ask(requestFor(cluster, 'DELETE', one))).allowed, true, 'the same again may go');
    now += 71_000;
    t.equal((await second.ask(requestFor(cluster, 'DELETE', two))).allowed, true);
  },
);

t.test('without a fresh look, or without the word of the others, cover is not taken away', async (t) => {
  const cluster = createCluster(namespace('shop'), closing('one'), closing('two'));
  const why = 'the API server did not answer within 1.5 s';
  const request = () => requestFor(cluster, 'DELETE', closing('one'));
  const slow = createReplica(cluster, { freshRead: async () => ({ fresh: false, why }) });
  t.match((await slow.ask(request())).status, { code: 503, message: `because: ${why}` });
  const broken: SharedText = {
    ...createOwnText(),
    read: async () => {
      throw new Error('Lease a/b cannot be read: forbidden');
    },
  };
  const alone = createReplica(cluster, { shared: broken });
  t.match((await alone.ask(request())).status, { code: 503, message: 'Lease a/b cannot be read: forbidden' });
  const lost: SharedText = {
    ...createOwnText(),
    write: async () => {
      throw new Error('Lease a/b cannot be written: the connection broke');
    },
  };
  t.match((await createReplica(cluster, { shared: lost }).ask(request())).status, { code: 503 });
  const contested: SharedText = { ...createOwnText(), write: async () => undefined };
  t.match((await createReplica(cluster, { shared: contested }).ask(request())).status, {
    code: 503,
    message: 'another replica is answering such changes as well',
  });
});

t.test('what takes no cover away is neither looked at twice nor written down', async (t) => {
  const web = networkPolicy('web', 'shop', {
    selector: 'app == "web"',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', source: { selector: 'app == "api"' } }],
  });
  const elsewhere = globalNetworkPolicy('elsewhere', {
    namespaceSelector: 'has(nobody)',
    types: ['Ingress'],
  });
  const all = closing('all', { ingress: [{ action: 'Allow', source: { selector: 'app == "api"' } }] });
  const cluster = createCluster(namespace('shop', { team: 'a' }), closing('one'), web, elsewhere, all);
  const freshRead = async (): Promise<FreshRead> => ({ fresh: false, why: 'nothing answers' });
  const { ask, looks } = createReplica(cluster, { freshRead });
  const wider = { ...web, spec: { ...(web.spec as object), selector: 'app in {"web", "shop"}' } };
  const allow = { action: 'Allow', protocol: 'TCP', destination: { ports: [80] } };
  const moreRules = { ...all, spec: { ...(all.spec as object), ingress: [allow] } };
  const requests = [
    requestFor(cluster, 'DELETE', web),
    requestFor(cluster, 'UPDATE', wider),
    requestFor(cluster, 'DELETE', elsewhere),
    requestFor(cluster, 'UPDATE', moreRules),
    requestFor(cluster, 'CREATE', closing('more')),
    requestFor(cluster, 'UPDATE', namespace('shop', { team: 'b' })),
  ];
  for (const request of requests) t.same(confirmedBy(await ask(request)), [true, undefined]);
  t.equal(looks(), 0);
  const taken = [
    requestFor(cluster, 'DELETE', closing('one')),
    requestFor(cluster, 'UPDATE', closing('one', { types: ['Ingress'] })),
    requestFor(cluster, 'CREATE', opening('open', 5_000)),
  ];
  // An Allow without an order comes last, and is refused by itself: what lies behind a deny is not.
  const denying = closing('first', { order: 1, ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] });
  const guarded = createCluster(...cluster.all(), denying);
  for (const request of taken)
    t.same(confirmedBy(await createReplica(guarded, { freshRead }).ask(request)), [false, 503]);
});

t.test('a dry run is confirmed, and leaves nothing behind', async (t) => {
  const cluster = createCluster(namespace('shop'), closing('one'), closing('two'));
  const shared = createOwnText();
  const { ask, looks } = createReplica(cluster, { shared });
  const rehearsed = { ...requestFor(cluster, 'DELETE', closing('one')), dryRun: true };
  t.equal((await ask(rehearsed)).allowed, true);
  t.equal(looks(), 1);
  t.equal((await shared.read()).text, '');
  await ask(requestFor(cluster, 'DELETE', closing('one')));
  const other = { ...requestFor(cluster, 'DELETE', closing('two')), dryRun: true };
  t.same(confirmedBy(await ask(other)), [false, 503], 'what was allowed counts for it');
});

t.test('a held namespace in which a pod runs keeps its cover', async (t) => {
  const cluster = createCluster(namespace('shop'), closing('one'));
  const request = () => requestFor(cluster, 'DELETE', closing('one'));
  const empty = createReplica(cluster, { mode: 'hold' });
  t.same(confirmedBy(await empty.ask(request())), [true, undefined]);
  t.equal(empty.looks(), 1);
  const used = createReplica(cluster, { mode: 'hold', pods: [pod('bare', 'shop')] });
  t.match((await used.ask(request())).status, { code: 403, message: /gate\/default-deny-lost/ });
  const why = 'pods is forbidden';
  const blind = createReplica(cluster, { mode: 'hold', freshRead: async () => ({ fresh: false, why }) });
  t.match((await blind.ask(request())).status, { code: 503, message: why });
});

const held = (cluster: Cluster, options: ReplicaOptions = {}) =>
  createReplica(cluster, { mode: 'hold', ...options });
/** As the API server sends what is created: its uid is there before it is stored. */
const coming = (object: KubernetesObject, uid = 'uid-web') => ({
  ...object,
  metadata: { ...object.metadata, uid },
});
const creates = (cluster: Cluster, object: KubernetesObject) => requestFor(cluster, 'CREATE', coming(object));
const anyOrder = [
  ['pod', 'policy'],
  ['policy', 'pod'],
] as const;

t.test('of a workload that comes to a held namespace and its policy that goes one stays', async (t) => {
  const workloads = [pod('bare', 'shop'), deployment('web', 'shop')];
  for (const workload of workloads)
    for (const order of anyOrder)
      for (const together of [true, false])
        for (const replicas of [1, 2]) {
          const what = `${workload.kind}, ${order.join(' before ')}, ${together ? 'at once' : 'one stored late'}, ${replicas} replicas`;
          const cluster = createCluster(namespace('shop'), closing('one'));
          const shared = createOwnText();
          const first = held(cluster, { shared });
          const second = replicas === 1 ? first : held(cluster, { shared });
          const does = {
            pod: async () => {
              const decision = await first.ask(creates(cluster, workload));
              for (let turns = 0; turns < 6; turns += 1) await turn();
              if (decision.allowed) cluster.put(coming(workload));
              return decision;
            },
            policy: async () => {
              const decision = await second.ask(requestFor(cluster, 'DELETE', closing('one')));
              for (let turns = 0; turns < 6; turns += 1) await turn();
              if (decision.allowed) cluster.remove(closing('one'));
              return decision;
            },
          };
          const [one, other] = [does[order[0]](), together ? undefined : turn().then(does[order[1]])];
          const answers = await Promise.all([one, other ?? does[order[1]]()]);
          t.equal(answers.filter(({ allowed }) => allowed).length, 1, what);
          t.match(
            answers.find(({ allowed }) => !allowed)?.status,
            { code: 403, message: /^gate\/(?:held|default-deny-lost): / },
            `${what}: it waited until it was seen what had become of the other`,
          );
        }
});

t.test('a workload of a held namespace waits for nothing but what opens its namespace', async (t) => {
  const freshRead = async (): Promise<FreshRead> => ({ fresh: false, why: 'nothing answers' });
  const cluster = createCluster(namespace('shop'), namespace('quay'), closing('one'));
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true };
  const ofController = {
    ...requestFor(cluster, 'CREATE', pod('web-1', 'shop', { ownerReferences: [owner] })),
    user: { username: 'system:serviceaccount:kube-system:replicaset-controller', groups: [] },
  };
  const alone = held(cluster, { freshRead });
  t.same(confirmedBy(await alone.ask(ofController)), [true, undefined], 'a restart is no outage');
  const pretended = { ...ofController, user };
  t.same(confirmedBy(await alone.ask(pretended)), [false, 503], 'an owner alone proves nothing');
  const rejecting = createReplica(cluster, { freshRead });
  t.same(confirmedBy(await rejecting.ask(creates(cluster, pod('bare', 'shop')))), [true, undefined]);
  t.equal(rejecting.looks(), 0, 'under reject none of this is done');
  t.match((await alone.ask(creates(cluster, pod('bare', 'shop')))).status, {
    code: 503,
    message:
      /^gate\/held: Pod "shop\/bare": namespace "shop" takes workloads only while it is denied by default, and it could not be confirmed that it stays so\n {2}because: nothing answers\n {2}To fix: try again.*\n {2}more: tollgate explain gate\/held$/,
  });
  const looks = alone.looks();
  t.match((await alone.ask(creates(cluster, pod('bare', 'quay')))).status, { code: 403 }, 'open anyway');
  t.equal(alone.looks(), looks);
});

t.test('a dry run of a workload leaves nothing behind, and counts what was allowed', async (t) => {
  const cluster = createCluster(namespace('shop'), closing('one'));
  const shared = createOwnText();
  const replica = held(cluster, { shared });
  const rehearsed = { ...creates(cluster, pod('bare', 'shop')), dryRun: true };
  t.equal((await replica.ask(rehearsed)).allowed, true);
  t.equal((await shared.read()).text, '');
  t.equal((await replica.ask(requestFor(cluster, 'DELETE', closing('one')))).allowed, true);
  t.same(confirmedBy(await replica.ask(rehearsed)), [false, 503]);
});

t.test('the bare pods of a namespace take one place, as old as the last of them', async (t) => {
  const cluster = createCluster(namespace('shop'), closing('one'));
  const shared = createOwnText();
  let now = 0;
  const replica = held(cluster, { shared, now: () => now });
  for (let index = 0; index < 100; index += 1) {
    now += 500;
    const one = requestFor(cluster, 'CREATE', coming(pod(`bare-${index}`, 'shop'), `uid-${index}`));
    t.equal((await replica.ask(one)).allowed, true);
  }
  t.equal((JSON.parse((await shared.read()).text) as unknown[]).length, 1);
  const remove = () => replica.ask(requestFor(cluster, 'DELETE', closing('one')));
  now += 69_000;
  t.match((await remove()).status, { code: 503, message: 'because: another change was allowed 69 s ago' });
  now += 2_000;
  t.equal((await remove()).allowed, true, 'none of them came');
});

t.test('a workload is pending until it is seen itself, and then it is looked for', async (t) => {
  const web = deployment('web', 'shop');
  const cluster = createCluster(namespace('shop'), closing('one'));
  const shared = createOwnText();
  const [first, late] = [held(cluster, { shared }), held(cluster, { shared })];
  t.equal((await first.ask(creates(cluster, web))).allowed, true);
  const remove = (replica: typeof first) => replica.ask(requestFor(cluster, 'DELETE', closing('one')));
  t.same(confirmedBy(await remove(late)), [false, 503]);
  cluster.put(coming(web, 'uid-of-a-former-one'));
  first.catchUp();
  t.same(confirmedBy(await remove(late)), [false, 403], 'one of that name runs there');
  cluster.remove(web);
  first.catchUp();
  t.same(confirmedBy(await remove(first)), [false, 503], 'this one may come still');
  cluster.put(coming(web));
  first.catchUp();
  // The next that is written drops what is seen; the other replica has not heard of any of it.
  t.equal((await first.ask(creates(cluster, pod('bare', 'shop')))).allowed, true);
  t.notMatch((await shared.read()).text, 'Deployment');
  await shared.write('', (await shared.read()).version);
  t.same(confirmedBy(await remove(late)), [false, 403], 'it is read directly');
});

t.test('a namespace comes back under hold open only while no pod runs in it', async (t) => {
  const lax = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ConventionPolicy',
    metadata: { name: 'lax' },
    spec: {
      priority: 10,
      namespaces: { selector: { matchLabels: { zone: 'lax' } } },
      rules: { 'gate/wide-hole': 'warn' },
    },
  };
  const bare = pod('bare', 'shop');
  const back = (cluster: Cluster) => requestFor(cluster, 'UPDATE', namespace('shop'));
  const former = namespace('shop', { zone: 'lax' });
  const cases = [
    ['a bare pod', [former, bare], [false, 403]],
    ['a workload not heard of', [former], [false, 403], deployment('web', 'shop')],
    ['nothing', [former], [true, undefined]],
    ['a bare pod that is covered', [former, bare, closing('one')], [true, undefined]],
  ] as const;
  for (const [what, objects, expected, later] of cases) {
    const cluster = createCluster(...objects);
    const replica = held(cluster, { conventions: [lax] });
    if (later) cluster.put(later);
    const decision = await replica.ask(back(cluster));
    t.same(confirmedBy(decision), expected, what);
    if (!decision.allowed) t.match(decision.status?.message, /^gate\/default-deny-missing: /);
  }
  const cluster = createCluster(former, bare);
  const why = 'pods is forbidden';
  const blind = held(cluster, { conventions: [lax], freshRead: async () => ({ fresh: false, why }) });
  t.match((await blind.ask(back(cluster))).status, { code: 503, message: why });
});

t.test('a namespace comes under a convention only with the cover that the API server has', async (t) => {
  const lax = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ConventionPolicy',
    metadata: { name: 'lax' },
    spec: {
      priority: 10,
      namespaces: { selector: { matchLabels: { zone: 'lax' } } },
      rules: { 'gate/wide-hole': 'warn' },
    },
  };
  for (const mode of ['reject', 'hold'] as const)
    for (const isGone of [false, true]) {
      const cluster = createCluster(namespace('shop', { zone: 'lax' }), closing('one'), pod('bare', 'shop'));
      const replica = createReplica(cluster, { mode, conventions: [lax] });
      // Nobody minds while it is lax, and the replica has not heard of it.
      if (isGone) cluster.remove(closing('one'));
      const decision = await replica.ask(requestFor(cluster, 'UPDATE', namespace('shop')));
      t.same(confirmedBy(decision), isGone ? [false, 403] : [true, undefined], mode);
      if (isGone) t.match(decision.status?.message, /^gate\/default-deny-missing: /);
    }
});

t.test('many policies of one namespace go one after the other', async (t) => {
  const policies = Array.from({ length: 20 }, (_, index) => closing(`p-${index}`));
  const cluster = createCluster(namespace('shop'), ...policies);
  const replica = createReplica(cluster, { patienceMs: 200 });
  const remove = async (object: KubernetesObject) => {
    const decision = await replica.ask(requestFor(cluster, 'DELETE', object));
    if (decision.allowed) cluster.remove(object);
    return decision;
  };
  const answers = await Promise.all(policies.map(remove));
  t.equal(answers.filter(({ allowed }) => allowed).length, 19, 'all but the last, and that one stays');
  t.equal(replica.looks() < 60, true, `looks: ${replica.looks()}`);
});

t.test('a change that is too large to be told is waited for', async (t) => {
  const rules = Array.from({ length: 200 }, (_, index) => ({
    action: 'Allow',
    protocol: 'TCP',
    destination: { ports: [index + 1] },
  }));
  const narrower = closing('one', { types: ['Ingress'], ingress: rules });
  const cluster = createCluster(namespace('shop'), closing('one'), closing('two'));
  const shared = createOwnText();
  const first = createReplica(cluster, { shared });
  t.equal((await first.ask(requestFor(cluster, 'UPDATE', narrower))).allowed, true);
  const second = createReplica(cluster, { shared });
  t.same(confirmedBy(await second.ask(requestFor(cluster, 'DELETE', closing('two')))), [false, 503]);
  cluster.put(narrower);
  t.same(confirmedBy(await second.ask(requestFor(cluster, 'DELETE', closing('two')))), [false, 403]);
});

t.test('what replicas share is bounded, and what is not theirs counts for nothing', async (t) => {
  const cluster = createCluster(namespace('shop'), closing('one'), closing('two'));
  const subject = { operation: 'CREATE' as const, object: closing('x') };
  const many = Array.from({ length: 64 }, (_, index) => ({
    ...pendingOf({ ...subject, object: closing(`new-${index}`) }, `${index}`, 0),
  }));
  const textOf = (text: string): SharedText => ({
    ...createOwnText(),
    read: async () => ({ text, version: '0' }),
  });
  const full = createReplica(cluster, { shared: textOf(printPending(many)) });
  t.match((await full.ask(requestFor(cluster, 'DELETE', closing('one')))).status, {
    code: 503,
    message: '64 other changes have been allowed and not been seen yet',
  });
  for (const text of ['', 'no JSON', '{}', '[1, {"id": "a"}]', '[{"id":"a","at":0,"object":{"kind":1}}]']) {
    const decision = await createReplica(cluster, { shared: textOf(text) }).ask(
      requestFor(cluster, 'DELETE', closing('one')),
    );
    t.equal(decision.allowed, true, text);
  }
});

t.test(
  'what runs is looked for where the change empties a namespace only together with another',
  async (t) => {
    for (const running of [deployment('web', 'shop'), pod('bare', 'shop')]) {
      const [one, two] = [closing('one'), closing('two')];
      const cluster = createCluster(namespace('shop'), one, two);
      const shared = createOwnText();
      const late = held(cluster, { shared });
      cluster.put(running);
      const first = held(cluster, { shared });
      t.equal((await first.ask(requestFor(cluster, 'DELETE', one))).allowed, true);
      const answer = await late.ask(requestFor(cluster, 'DELETE', two));
      t.same(confirmedBy(answer), [false, 503], `${running.kind}: one of the two has to stay`);
    }
  },
);

t.test('whatever is asked for at the same time, what is closed stays closed', async (t) => {
  const objects = [
    closing('one'),
    closing('two'),
    closing('denies', { order: 1, ingress: [{ action: 'Deny' }], egress: [{ action: 'Deny' }] }),
    networkPolicy('half', 'shop', { selector: 'has(app)', types: ['Ingress', 'Egress'] }),
    networkPolicy('other-half', 'shop', { selector: '!has(app)', types: ['Ingress', 'Egress'] }),
    networkPolicy('web', 'shop', { order: 5, selector: 'app == "web"', types: ['Ingress'] }),
    opening('open', 50),
    globalNetworkPolicy('all', { order: 100, types: ['Ingress', 'Egress'] }),
  ];
  const specs = [
    { selector: 'all()', types: ['Ingress'] },
    { selector: 'app == "web"', types: ['Ingress', 'Egress'] },
    { order: 70, selector: 'all()', types: ['Ingress'], ingress: [{ action: 'Allow' }] },
  ];
  const operation = fc.record({
    object: fc.constantFrom(...objects),
    spec: fc.option(fc.constantFrom(...specs), { nil: undefined, freq: 2 }),
    replica: fc.boolean(),
    /** Turns until it is asked for, and until it is stored. */
    waits: fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 12 })),
    fails: fc.boolean(),
  });
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(objects, { minLength: 3 }),
      fc.array(operation, { minLength: 2, maxLength: 6 }),
      async (existing, operations) => {
        const cluster = createCluster(namespace('shop'), ...existing);
        if (!cluster.isClosed()) return;
        const shared = createOwnText();
        const replicas = [createReplica(cluster, { shared }), createReplica(cluster, { shared })];
        await Promise.all(
          operations.map(async ({ object, spec, replica, waits: [before, after], fails }, index) => {
            for (let turns = 0; turns < before; turns += 1) await turn();
            replicas[replica ? 1 : 0]?.catchUp();
            const there = cluster.get(object);
            const kind = spec === undefined ? 'DELETE' : there ? 'UPDATE' : 'CREATE';
            if (kind === 'DELETE' && !there) return;
            const next = spec === undefined ? object : { ...object, spec };
            const request = requestFor(cluster, kind, next);
            const decision = await replicas[replica ? 1 : 0]?.ask(request);
            if (!decision?.allowed) return;
            for (let turns = 0; turns < after; turns += 1) await turn();
            // The API server stores nothing that has changed since it asked.
            const isSame = cluster.get(object)?.metadata.resourceVersion === there?.metadata.resourceVersion;
            if ((fails && index % 3 === 0) || !isSame) return;
            allowed += 1;
            if (kind === 'DELETE') cluster.remove(object);
            else cluster.put(next);
            if (!cluster.isClosed()) throw new Error(`${kind} ${object.metadata.name} has opened it`);
          }),
        );
      },
    ),
    { numRuns: 120 },
  );
  t.ok(allowed > 60, `changes that were allowed: ${allowed}`);
});
t.test('whatever is asked for at the same time, nothing runs in a held namespace that is open', async (t) => {
  const policies = [closing('one'), closing('two')];
  const workloads = [pod('bare', 'shop'), pod('other', 'shop'), deployment('web', 'shop')];
  const operation = fc.record({
    object: fc.constantFrom(...policies, ...workloads),
    replica: fc.nat({ max: 1 }),
    waits: fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 12 })),
  });
  let came = 0;
  let went = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength: 7 }), async (operations) => {
      const cluster = createCluster(namespace('shop'), closing('one'));
      const shared = createOwnText();
      const replicas = [held(cluster, { shared }), held(cluster, { shared })];
      await Promise.all(
        operations.map(async ({ object, replica, waits: [before, late] }, index) => {
          for (let turns = 0; turns < before; turns += 1) await turn();
          if (index % 2 === 0) replicas[replica]?.catchUp();
          const there = cluster.get(object);
          const isThere = there !== undefined;
          // Workloads are taken away unasked.
          if (isThere && classOf(object) === 'workload') {
            cluster.remove(object);
            return;
          }
          const request = isThere
            ? requestFor(cluster, 'DELETE', object)
            : requestFor(cluster, 'CREATE', coming(object, `uid-${index}`));
          const decision = await replicas[replica]?.ask(request);
          if (!decision?.allowed) return;
          for (let turns = 0; turns < late; turns += 1) await turn();
          // The API server stores and deletes nothing that has changed since it asked.
          if (cluster.get(object)?.metadata.resourceVersion !== there?.metadata.resourceVersion) return;
          if (isThere) cluster.remove(object);
          else cluster.put(coming(object, `uid-${index}`));
          if (isThere) went += 1;
          else came += 1;
          const runs = cluster.all().some((one) => classOf(one) === 'workload');
          if (runs && !cluster.isClosed()) throw new Error(`${object.metadata.name} runs in the open`);
        }),
      );
    }),
    { numRuns: 120 },
  );
  t.ok(came > 60 && went > 20, `${came} came, ${went} went`);
});
