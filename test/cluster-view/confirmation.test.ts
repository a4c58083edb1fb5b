import t from 'tap';
import { createConfirmation } from '../../src/cluster/confirm/confirmation.ts';
import type { Scope } from '../../src/cluster/follow/fresh-read.ts';
import type { Change } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import { pod } from '../support/objects.ts';

const request = (kind: string, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  kind: { group: '', version: 'v1', kind },
  operation: 'CREATE',
  user: { username: 'ada', groups: [] },
  dryRun: false,
  ...more,
});

const nothing = { fresh: true, change: { put: [], remove: [] } };

/** A view whose reads end when the test says so. */
function slowView(synced = true) {
  const reads: { readonly scope: string; readonly end: () => void; readonly fail: (why: Error) => void }[] =
    [];
  const read = ({ resource, namespace, name }: Scope, signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<Change>();
    const scope = [resource, namespace ?? '', name ?? ''].join(' ').trim();
    reads.push({ scope, end: () => resolve({}), fail: reject });
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    return promise;
  };
  const endAll = () => {
    for (const { end } of reads) end();
  };
  return { reads, endAll, view: { synced: () => synced, read } };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Ends reads as they come, until the answer is there. */
async function answered<T>(answer: Promise<T>, endAll: () => void): Promise<T> {
  const waiting = new Set([answer]);
  const settled = () => waiting.clear();
  answer.then(settled, settled);
  while (waiting.size > 0) {
    endAll();
    await turn();
  }
  return answer;
}

t.test('equal questions share one read, and later ones wait for the next', async (t) => {
  const { reads, view, endAll } = slowView();
  const confirm = createConfirmation({ view, spacingMs: 0 });
  const ask = () => confirm.namespace(request('Deployment', { namespace: 'shop' }));
  const first = ask();
  await turn();
  t.equal(reads.length, 1);
  const later = [ask(), ask(), ask()];
  await turn();
  t.equal(reads.length, 1, 'a read that has begun may be older than the question');
  reads[0]?.end();
  t.same(await first, nothing);
  t.same(await answered(Promise.all(later), endAll), [nothing, nothing, nothing]);
  t.same(
    reads.map(({ scope }) => scope),
    ['namespaces  shop', 'namespaces  shop'],
    'three questions, one read',
  );
});

t.test('what is read is what the answer may hang on, and nothing else', async (t) => {
  const scopes = async (
    asked: AdmissionRequest,
    denying: readonly string[] = [],
    reaches: readonly string[] = [],
  ) => {
    const { reads, view, endAll } = slowView();
    await answered(createConfirmation({ view, spacingMs: 0 }).answer(asked, denying, reaches), endAll);
    return reads.map(({ scope }) => scope).sort((a, b) => (a < b ? -1 : 1));
  };
  const clusterWide = [
    'adminnetworkpolicies.policy.networking.k8s.io',
    'baselineadminnetworkpolicies.policy.networking.k8s.io',
    'clusternetworkpolicies.policy.networking.k8s.io',
    'globalnetworkpolicies.crd.projectcalico.org',
    'globalnetworkpolicies.projectcalico.org',
    'globalnetworksets.crd.projectcalico.org',
    'globalnetworksets.projectcalico.org',
    'tiers.crd.projectcalico.org',
    'tiers.projectcalico.org',
  ];
  const namespaced = [
    'networkpolicies.crd.projectcalico.org',
    'networkpolicies.networking.k8s.io',
    'networkpolicies.projectcalico.org',
    'networksets.crd.projectcalico.org',
    'networksets.projectcalico.org',
  ];
  const sorted = (all: readonly string[]) => all.toSorted((a, b) => (a < b ? -1 : 1));
  const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  t.same(
    await scopes(request('Namespace', { object: shop })),
    clusterWide,
    'a new namespace has nothing yet',
  );
  const ofShop = [...clusterWide, ...namespaced.map((resource) => `${resource} shop`), 'namespaces  shop'];
  t.same(
    await scopes(request('Namespace', { operation: 'UPDATE', object: shop, oldObject: shop })),
    sorted(ofShop),
  );
  const inShop = request('Deployment', { namespace: 'shop' });
  t.same(await scopes(inShop, ['gate/held']), sorted(ofShop));
  const mesh = await scopes(inShop, ['mesh/opt-out']);
  t.ok(mesh.includes('servers.policy.linkerd.io shop'));
  t.ok(mesh.includes('services shop'));
  t.same(
    await scopes(request('GlobalNetworkPolicy', { operation: 'DELETE' })),
    sorted([...clusterWide, ...namespaced]),
    'only what reaches every namespace has every namespace’s policies read',
  );
  const inOrders = request('NetworkSet', { namespace: 'orders' });
  const ofOrders = [...namespaced.map((resource) => `${resource} orders`), 'namespaces  orders'];
  t.same(
    await scopes(inOrders, [], ['shop']),
    sorted([...ofShop, ...ofOrders]),
    'and of those that it reaches besides',
  );
  t.same(
    await scopes(inOrders, [], ['a', 'b', 'c', 'd', 'e']),
    sorted([...clusterWide, ...namespaced]),
    'which are read with those of all others where there are many',
  );
});

t.test('where no fresh answer can be had, it says why', async (t) => {
  const asked = request('Deployment', { namespace: 'shop' });
  const silent = createConfirmation({ view: slowView().view, deadlineMs: 20 });
  t.same(await silent.namespace(asked), {
    fresh: false,
    why: 'the API server did not answer within 0.02 s',
  });
  const unread = createConfirmation({ view: slowView(false).view });
  t.same(await unread.namespace(asked), {
    fresh: false,
    why: 'the cluster has not been read as a whole yet',
  });
  const { reads, view, endAll } = slowView();
  const failing = createConfirmation({ view, spacingMs: 0 });
  const first = failing.namespace(asked);
  await turn();
  reads[0]?.fail(new Error('namespaces is forbidden'));
  t.same(await first, { fresh: false, why: 'namespaces is forbidden' });
  t.same(await answered(failing.namespace(asked), endAll), nothing, 'and the next is asked anew');
});

t.test('a storm of denials takes a few reads and a part of the places, no more', async (t) => {
  const { reads, view, endAll } = slowView();
  const confirm = createConfirmation({ view, spacingMs: 0, mostReads: 3, mostWaiting: 5 });
  const asked = Array.from({ length: 8 }, (_, index) =>
    confirm.namespace(request('Deployment', { namespace: `island-${index}` })),
  );
  await turn();
  t.equal(reads.length, 2, 'reads at a time, one place being kept for changes that take cover away');
  const busy = { fresh: false, why: '5 other reviews are waiting for one' };
  t.same(await Promise.all(asked.slice(5)), [busy, busy, busy]);
  t.same(
    await answered(Promise.all(asked.slice(0, 5)), endAll),
    Array.from({ length: 5 }, () => nothing),
  );
  t.same(
    reads.map(({ scope }) => scope),
    [0, 1, 2, 3, 4].map((index) => `namespaces  island-${index}`),
    'in the order of the questions',
  );
  t.same(await answered(confirm.namespace(request('Job', { namespace: 'shop' })), endAll), nothing);
});

t.test(
  'those who share a read are answered one after the other, so that others get their turn',
  async (t) => {
    const { view, endAll } = slowView();
    const confirm = createConfirmation({ view, spacingMs: 0 });
    const asked = request('Deployment', { namespace: 'shop' });
    const order: string[] = [];
    const answers = [1, 2, 3].map(async (number) => {
      await confirm.namespace(asked);
      order.push(`answer ${number}`);
    });
    await turn();
    endAll();
    while (!order.includes('answer 3')) {
      order.push('turn');
      await turn();
    }
    await Promise.all(answers);
    t.match(order.join(), /answer 1,(?:turn,)+answer 2,(?:turn,)+answer 3/);
  },
);

t.test('whoever asks about namespaces that nobody knows crowds out nobody but himself', async (t) => {
  const { reads, view, endAll } = slowView();
  const confirm = createConfirmation({ view, spacingMs: 0, mostReads: 4, mostWaiting: 40 });
  const strangers = Array.from({ length: 150 }, (_, index) =>
    confirm.namespace(request('Deployment', { namespace: `nowhere-${index}` })),
  );
  await turn();
  t.equal(reads.length, 3, 'a place is kept');
  const asked = request('NetworkPolicy', { operation: 'DELETE', namespace: 'shop' });
  const takeAway = confirm.takeAway(asked, []);
  const denial = confirm.answer(request('Deployment', { namespace: 'quay' }), ['gate/held']);
  await turn();
  t.match(reads.at(-1)?.scope, ' shop', 'a change that takes cover away is read for at once');
  t.same(await answered(takeAway, endAll), nothing);
  t.same(await answered(denial, endAll), nothing);
  const scopes = reads.map(({ scope }) => scope);
  const end = scopes.findLastIndex((scope) => scope.endsWith(' quay'));
  const strange = scopes.slice(0, end).filter((scope) => scope.includes('nowhere-')).length;
  t.ok(strange <= 24, `namespaces that nobody knows, read before what a denial rests on: ${strange}`);
  const answers = await answered(Promise.all(strangers), endAll);
  t.equal(answers.filter(({ fresh }) => fresh).length, 40, 'a bound for all of them');
});

t.test('denials in one namespace leave places for those in others', async (t) => {
  const { view, endAll } = slowView();
  const confirm = createConfirmation({ view, spacingMs: 0, mostWaiting: 6 });
  const ask = (namespace: string) => confirm.answer(request('Pod', { namespace }), ['gate/held']);
  const flood = Array.from({ length: 6 }, () => ask('shop'));
  t.same(await answered(ask('quay'), endAll), nothing);
  const fresh = (await answered(Promise.all(flood), endAll)).filter((one) => one.fresh);
  t.equal(fresh.length, 3);
});

t.test('a held namespace that loses its cover is looked into for pods', async (t) => {
  const { reads, view, endAll } = slowView();
  const asked = request('NetworkPolicy', { operation: 'DELETE', namespace: 'shop' });
  const bare = pod('bare', 'shop');
  const looked: string[] = [];
  const confirm = createConfirmation({
    view,
    spacingMs: 0,
    runningPod: async (namespace) => {
      looked.push(namespace);
      return namespace === 'shop' ? bare : undefined;
    },
  });
  t.same(await answered(confirm.takeAway(asked, ['shop', 'quay']), endAll), {
    fresh: true,
    change: { put: [bare], remove: [] },
  });
  t.same(looked.sort(), ['quay', 'shop']);
  t.ok(reads.length > 10, 'beside the policies');
  const failing = createConfirmation({
    view,
    spacingMs: 0,
    runningPod: async () => {
      throw new Error('pods is forbidden');
    },
  });
  t.same(await answered(failing.takeAway(asked, ['shop']), endAll), {
    fresh: false,
    why: 'pods is forbidden',
  });
  const many = Array.from({ length: 65 }, (_, index) => `n-${index}`);
  t.match(await confirm.takeAway(asked, many), { fresh: false, why: /^65 held namespaces/ });
  t.same(await createConfirmation({ view }).takeAway(asked, ['shop']), {
    fresh: false,
    why: 'pods cannot be read',
  });
});
