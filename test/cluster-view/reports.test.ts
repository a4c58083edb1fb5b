import { once } from 'node:events';
import t, { type Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import {
  createReportWriter,
  type ReportOutcome,
  type WantedReport,
} from '../../src/cluster/reports/report-writer.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { openReports as openReportsApi, type ReportApi } from '../../src/kubernetes/report-api.ts';
import { createFakeApiServer, fault, type ServedKind } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';

const openReports: readonly ServedKind[] = [
  { group: 'openreports.io', version: 'v1alpha1', resource: 'reports', kind: 'Report' },
  { group: 'openreports.io', version: 'v1alpha1', resource: 'clusterreports', kind: 'ClusterReport' },
];
const policyReports: readonly ServedKind[] = [
  { group: 'wgpolicyk8s.io', version: 'v1alpha2', resource: 'policyreports', kind: 'PolicyReport' },
  {
    group: 'wgpolicyk8s.io',
    version: 'v1alpha2',
    resource: 'clusterpolicyreports',
    kind: 'ClusterPolicyReport',
  },
];
const name = 'tollgate-audit';
const labels = { 'app.kubernetes.io/managed-by': 'tollgate', 'tollgate.dev/gate': 'tollgate' };

/** A report with a result for each id, found at a time. */
const reportOf = (namespace: string, ids: readonly string[], seconds = 1): WantedReport => ({
  digest: () => ids.join(' '),
  object: ({ group, version, report, clusterReport }: ReportApi, most = Infinity) => ({
    apiVersion: `${group}/${version}`,
    kind: (namespace === '' ? clusterReport : report).kind,
    metadata: { name, labels, ...(namespace === '' ? {} : { namespace }) },
    results: ids.slice(0, most).map((resultID) => ({
      policy: 'mesh/opt-out',
      timestamp: { seconds, nanos: 0 },
      properties: { resultID },
    })),
  }),
});

const wanted = (reports: Readonly<Record<string, readonly string[]>>, seconds = 1) =>
  new Map(
    Object.entries(reports).map(
      ([namespace, ids]) => [namespace, reportOf(namespace, ids, seconds)] as const,
    ),
  );

/** The time that a request has is not over before the request. */
async function ended(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

const [silenceMs, readSilenceMs, rereadMs, unservedMs] = [4_000, 30_000, 30 * 60_000, 5 * 60_000];
const limits = new Set([silenceMs, readSilenceMs]);

async function writing(t: Test, served: readonly ServedKind[] = openReports) {
  const api = await createFakeApiServer();
  api.serve(...served);
  const schedule = createManualSchedule();
  const outcomes: ReportOutcome[] = [];
  const problems: string[] = [];
  const state = { leads: true };
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  const writer = createReportWriter({
    connection,
    schedule: {
      ...schedule,
      pause: (time, signal) => (limits.has(time) ? ended(signal) : schedule.pause(time, signal)),
    },
    name,
    labels,
    leads: () => state.leads,
    onOutcome: (outcome) => void outcomes.push(outcome),
    onProblem: (problem) => void problems.push(problem),
  });
  t.teardown(async () => {
    await writer.close();
    connection.close();
    await api.close();
  });
  let isStarted = false;
  /** Wants reports, and waits until everything has been done about it. */
  const bring = async (reports: ReadonlyMap<string, WantedReport>, pause = rereadMs) => {
    const from = api.requests.length;
    outcomes.length = 0;
    writer.want(reports);
    if (!isStarted) writer.start();
    isStarted = true;
    // The loop leaves its pause in a microtask.
    await new Promise((resolve) => void setImmediate(resolve));
    await schedule.pausing(pause);
    const requests = api.requests.slice(from);
    return requests.filter(({ type }) => type === 'write').map(({ method, path }) => `${method} ${path}`);
  };
  return { api, schedule, writer, outcomes, problems, state, bring };
}

const at = '/apis/openreports.io/v1alpha1';
const own = (namespace: string) => `${at}/namespaces/${namespace}/reports/${name}`;
const resultsOf = (object: KubernetesObject | undefined) =>
  object?.['results'] as readonly { readonly timestamp: { readonly seconds: number } }[] | undefined;

t.test('a report is written when it changes, and removed when nothing is left of it', async (t) => {
  const { api, bring, outcomes } = await writing(t);
  t.same(await bring(wanted({ shop: ['a'], '': ['b'] })), [
    `POST ${at}/namespaces/shop/reports`,
    `POST ${at}/clusterreports`,
  ]);
  t.same(outcomes, ['written', 'written']);
  t.match(api.get(own('shop')), { kind: 'Report', metadata: { labels } });
  t.same(await bring(wanted({ shop: ['a'], '': ['b'] }, 60)), [], 'only the clock has gone on');
  t.same(await bring(wanted({ shop: ['a', 'c'], '': ['b'] }, 60)), [`PUT ${own('shop')}`]);
  t.same(
    resultsOf(api.get(own('shop')))?.map(({ timestamp }) => timestamp.seconds),
    [1, 60],
    'what was found before was found then',
  );
  t.same(await bring(wanted({ shop: ['a', 'c'] })), [`DELETE ${at}/clusterreports/${name}`]);
  t.same(outcomes, ['removed']);
  t.same(await bring(new Map()), [`DELETE ${own('shop')}`]);
  t.same(api.stored(), {});
});

t.test(
  'reports of a former leader are taken over with their times, and those of others left alone',
  async (t) => {
    const { api, bring, problems } = await writing(t);
    const [object] = ['shop', 'yard', 'gone'].map((namespace) => {
      const object = reportOf(namespace, ['a'], 7).object(openReportsApi) as KubernetesObject;
      api.put(object);
      return object;
    });
    const foreign = { ...object, metadata: { name, namespace: 'mall', labels: { by: 'somebody' } } };
    const other = { ...object, metadata: { name: 'kyverno', namespace: 'shop', labels } };
    api.put(foreign as KubernetesObject, other as KubernetesObject);
    t.same(await bring(wanted({ shop: ['a'], yard: ['a', 'b'], mall: ['a'] }, 60)), [
      `PUT ${own('yard')}`,
      `POST ${at}/namespaces/mall/reports`,
      `DELETE ${own('gone')}`,
    ]);
    t.same(problems, [`Report mall/${name} exists and is not of this gate`]);
    t.match(api.get(own('mall')), { metadata: { labels: { by: 'somebody' } } });
    t.ok(api.get(`${at}/namespaces/shop/reports/kyverno`));
    t.same(
      resultsOf(api.get(own('yard')))?.map(({ timestamp }) => timestamp.seconds),
      [7, 60],
    );
    t.same(
      await bring(wanted({ shop: ['a'], yard: ['a', 'b'], mall: ['a'] })),
      [],
      'it is not asked for again',
    );
  },
);

t.test('what somebody else has changed or deleted is read again, and written as it should be', async (t) => {
  const { api, bring, schedule } = await writing(t);
  await bring(wanted({ shop: ['a'], yard: ['a'] }));
  const changed = reportOf('shop', ['x']).object(openReportsApi) as KubernetesObject;
  api.put(changed);
  api.remove(api.get(own('yard')) as KubernetesObject);
  t.same(await bring(wanted({ shop: ['a', 'b'], yard: ['a', 'b'] })), [
    `PUT ${own('shop')}`,
    `PUT ${own('shop')}`,
    `POST ${at}/namespaces/yard/reports`,
  ]);
  t.equal(resultsOf(api.get(own('shop')))?.length, 2);
  api.remove(api.get(own('yard')) as KubernetesObject);
  t.same(await bring(wanted({ shop: ['a', 'b'], yard: ['a', 'b'] })), [], 'not known yet');
  schedule.elapse(rereadMs);
  t.same(await bring(wanted({ shop: ['a', 'b'], yard: ['a', 'b'] })), [`POST ${at}/namespaces/yard/reports`]);
  const before = api.get(own('shop')) as KubernetesObject;
  api.put({ ...before, metadata: { ...before.metadata, labels: { ...labels, team: 'a' } } });
  schedule.elapse(rereadMs);
  t.same(await bring(wanted({ shop: ['a', 'b'], yard: ['a', 'b'] })), [], 'a label of somebody is no reason');
});

t.test(
  'the API of the working group does where the other is not served, and either may come later',
  async (t) => {
    const older = await writing(t, policyReports);
    t.same(await older.bring(wanted({ shop: ['a'], '': ['a'] })), [
      'POST /apis/wgpolicyk8s.io/v1alpha2/namespaces/shop/policyreports',
      'POST /apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports',
    ]);
    const both = await writing(t, [...policyReports, ...openReports]);
    t.same(await both.bring(wanted({ shop: ['a'] })), [`POST ${at}/namespaces/shop/reports`]);

    const none = await writing(t, []);
    t.same(await none.bring(wanted({ shop: ['a'] }), unservedMs), []);
    t.match(none.problems, [
      /^the cluster serves no reports: install .* of openreports.io\/v1alpha1 or wgpolicyk8s.io\/v1alpha2$/,
    ]);
    none.api.serve(...openReports);
    none.schedule.elapse(unservedMs);
    await none.schedule.pausing(rereadMs);
    t.ok(none.api.get(own('shop')));
  },
);

t.test('only the replica that leads writes, and after another one has led it begins afresh', async (t) => {
  const { api, bring, state, writer, schedule } = await writing(t);
  await bring(wanted({ shop: ['a'] }));
  state.leads = false;
  writer.startAfresh();
  t.same(await bring(wanted({ shop: ['a', 'b'], yard: ['a'] })), []);
  t.ok(api.get(own('shop')), 'what stands is the next leader’s');
  api.put(reportOf('shop', ['z']).object(openReportsApi) as KubernetesObject);
  state.leads = true;
  writer.startAfresh();
  await schedule.pausing(rereadMs);
  t.same(await bring(wanted({ shop: ['a'] })), [`PUT ${own('shop')}`], 'of the version of the other');
});

t.test('nothing is begun by a leader that has ceased to lead in the middle', async (t) => {
  const { api, state, bring } = await writing(t);
  api.next(
    'write',
    fault.meanwhile(() => {
      state.leads = false;
    }),
  );
  t.same(await bring(wanted({ a: ['a'], b: ['a'], c: ['a'] })), [`POST ${at}/namespaces/a/reports`]);
});

t.test('a report that is too large loses half of its results, until the API server takes it', async (t) => {
  const { api, bring, problems, outcomes } = await writing(t);
  const etcd = fault.status(500, {}, 'etcdserver: request is too large');
  api.next('write', fault.status(413), etcd);
  const post = `POST ${at}/namespaces/shop/reports`;
  t.same(await bring(wanted({ shop: ['a', 'b', 'c', 'd'] })), [post, post, post]);
  t.equal(resultsOf(api.get(own('shop')))?.length, 1);
  t.same([problems, outcomes], [[], ['written']]);
  api.next('write', fault.status(413));
  t.same(await bring(wanted({ shop: ['x', 'y', 'z'] })), [`PUT ${own('shop')}`]);
  t.same(problems, [`Report shop/${name} is too large for the API server`], 'one result is the least');
});

t.test('what the API server refuses keeps no other report waiting, and is not offered twice', async (t) => {
  const { api, bring, problems, outcomes } = await writing(t);
  api.next('write', fault.status(403, {}, 'the namespace is being terminated'));
  const both = wanted({ shop: ['a'], yard: ['a'] });
  t.same(await bring(both), [`POST ${at}/namespaces/shop/reports`, `POST ${at}/namespaces/yard/reports`]);
  t.same(outcomes, ['failed', 'written']);
  t.match(problems, [/^the report of namespace "shop" cannot be written: .*terminated/]);
  t.same(await bring(both), []);
  t.same(await bring(wanted({ shop: ['a', 'b'], yard: ['a'] })), [`POST ${at}/namespaces/shop/reports`]);
  api.next('write', fault.status(403));
  t.same(await bring(wanted({ shop: ['a', 'b'] })), [`DELETE ${own('yard')}`]);
  t.same(await bring(wanted({ shop: ['a', 'b'] })), []);
});

t.test('what fails for a while is tried again', async (t) => {
  const { api, bring, outcomes } = await writing(t);
  api.next('list', fault.status(503), fault.reset);
  api.next('write', fault.status(500), fault.reset);
  const [shop, yard] = ['shop', 'yard'].map((namespace) => `POST ${at}/namespaces/${namespace}/reports`);
  t.same(await bring(wanted({ shop: ['a'], yard: ['a'] })), [shop, yard, shop, yard]);
  t.same(outcomes, ['failed', 'failed', 'failed', 'failed', 'written', 'written']);
});

t.test('a flood of reports is written at leisure', async (t) => {
  const { bring, schedule, api } = await writing(t);
  const from = schedule.now();
  const names = Array.from({ length: 60 }, (_, index) => [`n-${index}`, ['a']] as const);
  t.equal((await bring(wanted(Object.fromEntries(names)))).length, 60);
  t.ok(schedule.now() - from >= 30_000, 'one a second after the first 25');
  t.equal(Object.keys(api.stored()).length, 1, 'all have one name');
});

t.test('the reports of a former leader are read in small pages', async (t) => {
  const { api, bring } = await writing(t);
  const spaces = Array.from({ length: 45 }, (_, index) => `n-${index}`);
  for (const space of spaces) api.put(reportOf(space, ['a']).object(openReportsApi) as KubernetesObject);
  t.same(await bring(wanted(Object.fromEntries(spaces.map((space) => [space, ['a']])))), []);
  const lists = api.requests.filter(({ path }) => path === `${at}/reports`);
  t.same(
    lists.map(({ query }) => query.get('limit')),
    ['20', '20', '20'],
  );
  t.same(new Set(lists.map(({ query }) => query.get('labelSelector'))).size, 1);
});

t.test('what has been compared is not made again before it changes', async (t) => {
  const { bring } = await writing(t);
  const made: string[] = [];
  const counting = (digest: string) =>
    new Map([
      [
        'shop',
        {
          digest: () => digest,
          object: (api: ReportApi) => {
            made.push(digest);
            return reportOf('shop', ['a']).object(api);
          },
        },
      ],
    ]);
  t.same(await bring(counting('first')), [`POST ${at}/namespaces/shop/reports`]);
  made.length = 0;
  for (const digest of ['first', 'first', 'other', 'other']) t.same(await bring(counting(digest)), []);
  t.same(made, ['first', 'other'], 'once to see that it stands, and once when it may have changed');
});

t.test('what comes back as it was before is written again', async (t) => {
  const { bring } = await writing(t);
  const [first, other] = [wanted({ shop: ['a'] }), wanted({ shop: ['b'] })];
  await bring(first);
  await bring(first);
  t.same(await bring(other), [`PUT ${own('shop')}`]);
  t.same(await bring(first), [`PUT ${own('shop')}`]);
  await bring(first);
  t.same(await bring(new Map()), [`DELETE ${own('shop')}`]);
  t.same(await bring(first), [`POST ${at}/namespaces/shop/reports`]);
});
