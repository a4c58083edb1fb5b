import t, { type Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { createLease } from '../../src/cluster/lease/lease.ts';
import { createFakeApiServer, fault, type FakeApiServer } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/gate/leases/tollgate';

async function fake(t: Test): Promise<FakeApiServer> {
  const server = await createFakeApiServer();
  server.serve({
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'namespaces/gate/leases',
    kind: 'Lease',
  });
  t.teardown(() => server.close());
  return server;
}

/** A replica whose time stands still until the test lets it pass. */
function replica(t: Test, server: FakeApiServer, identity: string) {
  const schedule = createManualSchedule();
  schedule.hold();
  const credentials = async () => ({ headers: {}, tls: {} });
  const connection = createApiConnection({ server: server.url, credentials, userAgent: 'test' });
  const problems: string[] = [];
  const changes: boolean[] = [];
  const lease = createLease({
    connection,
    namespace: 'gate',
    name: 'tollgate',
    identity,
    schedule,
    onChange: (leads) => void changes.push(leads),
    onProblem: (problem) => void problems.push(problem),
  });
  t.teardown(async () => {
    await lease.close();
    connection.close();
  });
  /** Resolves when it has asked once more. */
  const asked = () => schedule.pausing(2000);
  const round = async () => {
    schedule.elapse(2000);
    await asked();
  };
  return { ...lease, schedule, problems, changes, asked, round };
}

const specOf = (server: FakeApiServer) => server.get(path)?.spec as Record<string, unknown> | undefined;

t.test('the first to ask makes the Lease and leads, and another waits', async (t) => {
  const server = await fake(t);
  const [first, second] = [replica(t, server, 'first'), replica(t, server, 'second')];
  first.start();
  await first.asked();
  second.start();
  await second.asked();
  t.same([first.leads(), second.leads()], [true, false]);
  t.match(specOf(server), {
    holderIdentity: 'first',
    leaseDurationSeconds: 15,
    leaseTransitions: 0,
    acquireTime: /^2026-11-21T12:00:00\.000000Z$/,
  });
  const before = server.get(path)?.metadata.resourceVersion;
  await first.round();
  t.not(server.get(path)?.metadata.resourceVersion, before, 'it renews');
  t.same(first.changes, [true]);
});

t.test('a leader that is silent is replaced after 15 s on the clock of whoever waits', async (t) => {
  const server = await fake(t);
  const [first, second] = [replica(t, server, 'first'), replica(t, server, 'second')];
  first.start();
  await first.asked();
  second.start();
  await second.asked();
  for (let seconds = 2; seconds <= 14; seconds += 2) await second.round();
  t.notOk(second.leads(), 'not before');
  await second.round();
  t.ok(second.leads());
  t.match(specOf(server), { holderIdentity: 'second', leaseTransitions: 1 });
  await first.round();
  t.notOk(first.leads(), 'the former leader sees that it has been replaced');
  t.same(first.changes, [true, false]);
});

t.test('a leader that cannot renew ceases to lead before others may take over', async (t) => {
  const server = await fake(t);
  const first = replica(t, server, 'first');
  first.start();
  await first.asked();
  const refused = fault.status(403, {}, 'leases.coordination.k8s.io "tollgate" is forbidden');
  server.next('other', ...Array.from({ length: 20 }, () => refused));
  for (let seconds = 2; seconds < 10; seconds += 2) await first.round();
  t.ok(first.leads());
  first.schedule.elapse(2000);
  t.notOk(first.leads());
  t.same(first.problems, ['leases.coordination.k8s.io "tollgate" is forbidden'], 'told once');
});

t.test('of two that reach for a free Lease at once, one has it', async (t) => {
  const server = await fake(t);
  const [first, second] = [replica(t, server, 'first'), replica(t, server, 'second')];
  first.start();
  second.start();
  await Promise.all([first.asked(), second.asked()]);
  t.equal([first, second].filter(({ leads }) => leads()).length, 1);
  t.same([...first.problems, ...second.problems], []);
});

t.test('whoever ends lets go, and the next leads at once', async (t) => {
  const server = await fake(t);
  const [first, second] = [replica(t, server, 'first'), replica(t, server, 'second')];
  first.start();
  await first.asked();
  await first.close();
  t.match(specOf(server), { holderIdentity: '' });
  t.same(first.changes, [true, false]);
  second.start();
  await second.asked();
  t.ok(second.leads());
});
