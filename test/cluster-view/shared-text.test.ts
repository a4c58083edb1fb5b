import t, { type Test } from 'tap';
import { createClusterText, textAnnotation } from '../../src/cluster/lease/shared-text.ts';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { readRunningPod } from '../../src/cluster/confirm/running-pod.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';
import { pod } from '../support/objects.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/tollgate-system/leases/take-aways';

async function startApi(t: Test) {
  const api = await createFakeApiServer();
  t.teardown(api.close);
  api.serve(
    { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', kind: 'Lease', namespaced: true },
    { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true },
  );
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  t.teardown(connection.close);
  const problems: (string | undefined)[] = [];
  const replica = (identity: string, deadlineMs = 2_000) =>
    createClusterText({
      connection,
      namespace: 'tollgate-system',
      name: 'take-aways',
      identity,
      schedule: createManualSchedule(),
      deadlineMs,
      onProblem: (problem) => void problems.push(problem),
    });
  return { api, connection, replica, problems };
}

const forbidden = fault.status(403, {}, 'leases is forbidden');

t.test('of two who have read the same text, one can write the next', async (t) => {
  const { api, replica } = await startApi(t);
  const [one, two] = [replica('one'), replica('two')];
  const before = await one.read();
  t.same(before, { text: '', version: '' }, 'nobody has written yet');
  const written = await Promise.all([one.write('by one', ''), two.write('by two', '')]);
  t.equal(written.filter((version) => version !== undefined).length, 1, 'made by one of them');
  const { text, version } = await two.read();
  t.match(text, /^by (?:one|two)$/);
  const next = await Promise.all([one.write('next', version), two.write('next', version)]);
  t.equal(next.filter((given) => given !== undefined).length, 1, 'changed by one of them');
  t.equal(await one.write('late', version), undefined);
  const last = await one.read();
  t.equal(next.includes(last.version), true, 'the version that was given back is the one that is read');
  t.match(api.get(path), { metadata: { annotations: { [textAnnotation]: 'next' } } });
});

t.test('a Lease that somebody has taken away is made again', async (t) => {
  const { api, replica } = await startApi(t);
  const one = replica('one');
  const version = await one.write('first', '');
  const lease = api.get(path);
  if (lease) api.remove(lease);
  t.equal(await one.write('second', version ?? ''), undefined, 'what it was is no longer known');
  t.ok(await one.write('second', (await one.read()).version));
});

t.test('what goes wrong is said, once, and so is its end', async (t) => {
  const { api, replica, problems } = await startApi(t);
  const one = replica('one', 100);
  api.outage(forbidden);
  await t.rejects(one.read(), {
    message: 'Lease tollgate-system/take-aways cannot be read: leases is forbidden',
  });
  await t.rejects(one.read());
  t.equal(problems.length, 1);
  api.outage(fault.silence);
  await t.rejects(one.write('a', ''), {
    message: 'Lease tollgate-system/take-aways cannot be written: the API server did not answer within 0.1 s',
  });
  t.equal(one.works(), false);
  t.match(one.problem(), 'did not answer');
  api.outage();
  await one.read();
  t.equal(problems.at(-1), undefined);
});

t.test('whether it can be written is tried until it can', async (t) => {
  const { api, replica } = await startApi(t);
  const first = replica('one');
  await first.write('kept', '');
  const one = replica('two');
  api.next('write', forbidden, forbidden);
  one.start();
  t.teardown(one.close);
  for (let tries = 0; tries < 3; tries += 1) await api.seen('write');
  while (!one.works()) await new Promise((resolve) => void setImmediate(resolve));
  t.equal((await one.read()).text, 'kept', 'and stays as it is');
  t.equal(one.problem(), undefined);
});

t.test('of the pods of a namespace one is asked for that runs', async (t) => {
  const { api, connection } = await startApi(t);
  const { signal } = new AbortController();
  t.equal(await readRunningPod(connection, 'shop', signal), undefined);
  api.put(pod('other', 'quay'), pod('bare', 'shop'), pod('second', 'shop'));
  t.match(await readRunningPod(connection, 'shop', signal), {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'bare', namespace: 'shop' },
  });
  const asked = api.requests.at(-1);
  t.equal(asked?.path, '/api/v1/namespaces/shop/pods');
  t.same(Object.fromEntries(asked?.query ?? []), {
    limit: '1',
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  });
});
