import t, { type Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { readPages } from '../../src/cluster/follow/pages.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';
import { pod } from '../support/objects.ts';

const path = '/api/v1/pods';

async function reading(t: Test, count: number) {
  const api = await createFakeApiServer();
  api.serve({ group: '', version: 'v1', resource: 'pods', kind: 'Pod' });
  const names = Array.from({ length: count }, (_, index) => `pod-${index}`);
  for (const name of names) api.put(pod(name, 'shop'));
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  const schedule = createManualSchedule();
  const failures: string[] = [];
  const ending = new AbortController();
  t.teardown(async () => {
    ending.abort();
    connection.close();
    await api.close();
  });
  const pages = readPages(connection, path, {
    signal: ending.signal,
    schedule,
    onFailure: (problem) => void failures.push(problem),
  });
  /** The names of what was read since the collection was begun; `between` comes before each further page. */
  const read = async (between: (pages: number) => void = () => {}) => {
    let found: (string | undefined)[] = [];
    let seen = 0;
    for await (const { objects, isFirst } of pages) {
      if (isFirst) found = [];
      found.push(...objects.map(({ metadata }) => metadata.name));
      between((seen += 1));
    }
    return found;
  };
  return { api, names, schedule, failures, ending, read };
}

t.test('a collection is read page by page, each object with its kind', async (t) => {
  const { api, names, failures, read } = await reading(t, 240);
  t.same(await read(), names);
  const asked = api.requests.map(({ query }) => [query.get('limit'), query.has('continue')]);
  t.same(asked, [
    ['100', false],
    ['100', true],
    ['100', true],
  ]);
  t.same(failures, []);
});

t.test('an empty collection is one page', async (t) => {
  const { api, read } = await reading(t, 0);
  t.same(await read(), []);
  t.equal(api.requests.length, 1);
});

t.test('where the moment of the first page is forgotten, it goes on at a later one', async (t) => {
  const { api, names, failures, schedule, read } = await reading(t, 240);
  const found = await read((pages) => {
    if (pages > 1) return;
    api.put(pod('late', 'shop'));
    api.compact();
  });
  t.same(found, [...names, 'late'], 'nothing is missed, and nothing twice');
  t.same(failures, []);
  t.same(schedule.pauses, [], 'there is nothing to wait for');
});

t.test('without a word on where to go on the collection begins anew', async (t) => {
  const { api, names, failures, schedule, read } = await reading(t, 150);
  const found = await read((pages) => {
    if (pages === 1) api.next('list', fault.status(410));
  });
  t.same(found, names);
  t.equal(failures.length, 1);
  t.ok((schedule.pauses[0] ?? 0) > 0);
});

t.test('a page that fails is asked for again, with growing pauses', async (t) => {
  const { api, names, failures, schedule, read } = await reading(t, 240);
  const found = await read((pages) => {
    if (pages === 1)
      api.next(
        'list',
        fault.status(500),
        fault.reset,
        fault.body('no JSON'),
        fault.body('{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[7]}'),
        fault.status(429, { 'retry-after': '9' }),
      );
  });
  t.same(found, names);
  t.equal(failures.length, 5);
  t.same(schedule.pauses, [400, 800, 1600, 3200, 9000]);
  const tokens = new Set(api.requests.slice(1, 7).map(({ query }) => query.get('continue')));
  t.equal(tokens.size, 1, 'it is the same page');
});

t.test('one that never comes is given up, and ends with the signal', async (t) => {
  const { api, ending, failures, schedule, read } = await reading(t, 10);
  api.next('list', fault.silence, fault.silence);
  const asked = api.seen('list');
  const end = read();
  await asked;
  const again = api.seen('list');
  schedule.elapse(30_000);
  await again;
  t.match(failures, [/did not answer within 30 s/]);
  ending.abort();
  t.same(await end, []);
  t.equal(failures.length, 1, 'an end is no failure');
});
