import t, { type Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { readPages } from '../../src/cluster/follow/pages.ts';
import type { PodFindings } from '../../src/engine/pod-audit.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { createPodAuditLoop } from '../../src/application/serve/audit/pod-audit-loop.ts';
import { conventions } from '../support/conventions.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';
import { namespace, pod } from '../support/objects.ts';

const now = () => new Date('2026-11-30T12:00:00Z');
const out = { annotations: { 'linkerd.io/inject': 'disabled' } };
const set = conventions({ labels: [], rules: { 'policy/dns-blocked': 'off' } });

async function looping(t: Test, pods: number) {
  const api = await createFakeApiServer();
  api.serve({ group: '', version: 'v1', resource: 'pods', kind: 'Pod' });
  for (let index = 0; index < pods; index += 1) api.put(pod(`pod-${index}`, 'shop', out));
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [namespace('shop')]);
  const schedule = createManualSchedule();
  const state = { wanted: true, heldBack: false };
  const audits: PodFindings[] = [];
  const failures: string[] = [];
  const { promise: pausing, resolve } = Promise.withResolvers<number>();
  const loop = createPodAuditLoop({
    read: (signal) =>
      readPages(connection, '/api/v1/pods', {
        signal,
        schedule,
        onFailure: (problem) => void failures.push(problem),
      }),
    inventory,
    conventions: () => set,
    isWanted: () => state.wanted,
    isHeldBack: () => state.heldBack,
    now,
    schedule: {
      ...schedule,
      pause: (milliseconds, signal) => {
        if (milliseconds >= 60_000) resolve(milliseconds);
        return schedule.pause(milliseconds, signal);
      },
    },
    onAudit: (found) => void audits.push(found),
  });
  t.teardown(async () => {
    await loop.close();
    connection.close();
    await api.close();
  });
  const lists = () => api.requests.filter(({ type }) => type === 'list').length;
  return { api, loop, schedule, state, audits, failures, lists, pausing };
}

const told = (found: PodFindings | undefined) =>
  found?.findings.counts.map(({ rule, action, count }) => `${action} ${rule} ${count}`);

t.test('pods are read in pages, judged, and read again after a while', async (t) => {
  const { api, loop, schedule, audits, lists } = await looping(t, 240);
  loop.start();
  await schedule.pausing(60_000);
  t.equal(lists(), 3);
  t.same(told(loop.last()), ['deny mesh/opt-out 240']);
  api.put(pod('pod-0', 'shop', { annotations: { 'linkerd.io/inject': 'enabled' } }));
  schedule.elapse(60_000);
  await schedule.pausing(60_000);
  t.equal(audits.length, 2);
  t.same(told(loop.last()), ['deny mesh/proxy-missing 1', 'deny mesh/opt-out 239']);
});

t.test('it rests between the pieces, so that reviews come first', async (t) => {
  const { loop, schedule, audits } = await looping(t, 240);
  schedule.hold();
  loop.start();
  await schedule.pausing(10);
  t.equal(audits.length, 0);
  t.equal(loop.last(), undefined);
});

t.test('so many pods are asked for that it is 200 a second at most', async (t) => {
  const pods = 12_500;
  const { loop, schedule, pausing } = await looping(t, pods);
  const begun = schedule.now();
  loop.start();
  const pause = await pausing;
  t.ok(schedule.now() - begun + pause >= pods * 5, `${pause} ms until the next`);
});

t.test('what cannot be read is read later, and what was found before stays', async (t) => {
  const { api, loop, schedule, audits, failures } = await looping(t, 240);
  loop.start();
  await schedule.pausing(60_000);
  const first = loop.last();
  const proceed = Promise.withResolvers<void>();
  api.next('list', fault.status(500), fault.status(403, {}, 'pods is forbidden'), (_r, _q, go) => {
    t.equal(loop.last(), first, 'while nothing can be read');
    go();
    proceed.resolve();
  });
  schedule.elapse(60_000);
  await proceed.promise;
  await schedule.pausing(60_000);
  t.match(failures, [/does not work/, /forbidden/]);
  t.equal(audits.length, 2);
  t.same(told(loop.last()), ['deny mesh/opt-out 240']);
});

t.test('it waits while the objects are judged', async (t) => {
  const { loop, schedule, state, lists } = await looping(t, 240);
  state.heldBack = true;
  schedule.hold();
  loop.start();
  await schedule.pausing(100);
  t.equal(lists(), 0);
  state.heldBack = false;
  schedule.elapse(100);
  await schedule.pausing(10);
  t.equal(lists(), 1);
});

t.test('pages that begin anew are not counted twice', async (t) => {
  const { api, loop, schedule } = await looping(t, 240);
  const second = fault.meanwhile(() => api.next('list', fault.status(410)));
  api.next('list', (_response, _request, go) => go(), second);
  loop.start();
  await schedule.pausing(60_000);
  t.same(told(loop.last()), ['deny mesh/opt-out 240']);
});

t.test('a replica that no longer leads stops at once, and begins when it leads again', async (t) => {
  const { api, loop, schedule, state, audits, lists } = await looping(t, 240);
  const waiting = Promise.withResolvers<void>();
  api.next(
    'list',
    (_response, _request, go) => go(),
    () => waiting.resolve(),
  );
  loop.start();
  await waiting.promise;
  state.wanted = false;
  loop.wake();
  await schedule.pausing(60_000);
  t.equal(audits.length, 0);
  t.equal(lists(), 2, 'the third page was not asked for');
  t.equal(loop.last(), undefined);
  loop.wake();
  t.equal(lists(), 2);
  state.wanted = true;
  loop.wake();
  await schedule.pausing(60_000);
  t.equal(audits.length, 1);
  t.same(told(loop.last()), ['deny mesh/opt-out 240']);
  state.wanted = false;
  t.equal(loop.last(), undefined, 'numbers of a former leader are no numbers');
});

t.test('it ends in the middle of a page that never comes', async (t) => {
  const { api, loop, audits } = await looping(t, 240);
  const waiting = Promise.withResolvers<void>();
  api.next(
    'list',
    (_response, _request, go) => go(),
    () => waiting.resolve(),
  );
  loop.start();
  await waiting.promise;
  await loop.close();
  t.equal(audits.length, 0);
});
