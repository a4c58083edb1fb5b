import { request } from 'node:http';
import t from 'tap';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { startChartCluster } from './installed-chart.ts';
import { until } from './until.ts';

/** A process can be healthy and guard nothing: nobody asks it, or nobody trusts it. It says so. */
const cluster = await startChartCluster();
t.teardown(() => cluster.stop());
const { kubectl, apply, pods, release, closed, succeeded, helmWaits } = cluster;

type Metrics = ReadonlyMap<string, number>;

/** The metrics of each replica: any of them may have been asked. */
const metricsOfAll = () => Promise.all(pods.running().map(({ address }) => metricsAt(address)));

/** The metrics of one replica, by `name{labels}`. */
async function metrics(): Promise<Metrics> {
  const [replica] = await metricsOfAll();
  return replica ?? new Map();
}

async function metricsAt(address: string): Promise<Metrics> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request({ host: address, port: 9090, path: '/metrics' }, async (answer) =>
    resolve((await answer.toArray()).join('')),
  )
    .on('error', reject)
    .end();
  return new Map(
    (await promise)
      .split('\n')
      .filter((line) => line.startsWith('tollgate_'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
const checkOf = (kind: string, check: string) =>
  `tollgate_webhook_configuration{kind="${kind}",check="${check}"}`;
const seen = (what: string, metric: string, value: number) =>
  until(what, async () => (await metrics()).get(metric) === value);

t.test('a gate that is asked says so', async (t) => {
  succeeded(t, await release('install', 'one'));
  await closed();
  const shown = await metrics();
  for (const kind of ['validating', 'mutating'])
    for (const check of ['present', 'trusted', 'unchanged'])
      t.equal(shown.get(checkOf(kind, check)), 1, check);
  t.equal(shown.get('tollgate_stage{stage="enforce"}'), 1);
  const reviewed = (await metricsOfAll()).map(
    (each) => each.get('tollgate_last_review_timestamp_seconds{webhook="validate"}') ?? 0,
  );
  t.ok(
    Math.max(...reviewed) > Date.now() / 1000 - 600,
    `when each replica was asked last: ${reviewed.join(', ')}`,
  );
  t.ok((shown.get('tollgate_tls_connections_total{version="TLSv1.3"}') ?? 0) > 0);
});

t.test(
  'a configuration that somebody deleted or changed is noticed, and the next upgrade restores it',
  async (t) => {
    await kubectl(['delete', 'validatingwebhookconfiguration/gate-tollgate']);
    await seen('the deletion', checkOf('validating', 'present'), 0);
    t.equal((await metrics()).get('tollgate_ready'), 1, 'ready all the same: it may be asked again any time');
    succeeded(t, await release('upgrade', 'one'));
    await closed();
    await seen('the new one', checkOf('validating', 'unchanged'), 1);
    const patch = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
    await kubectl([
      'patch',
      'validatingwebhookconfiguration/gate-tollgate',
      '--type=json',
      `--patch=${JSON.stringify(patch)}`,
    ]);
    await seen('the change', checkOf('validating', 'unchanged'), 0);
    succeeded(t, await release('upgrade', 'one', {}, { args: ['--force-conflicts'] }));
    await seen('what the chart wrote', checkOf('validating', 'unchanged'), 1);
  },
);

t.test('helm waits in vain where the API server does not trust what is served', async (t) => {
  const now = new Date();
  const validity = { now, days: 1 };
  const [authority, other] = [await issueAuthority(validity), await issueAuthority(validity)];
  const hosts = ['tollgate.tollgate-system.svc'];
  const { certificate, key } = await issueServing({ authority, hosts, now, days: 1 });
  const stringData = { 'tls.crt': certificate, 'tls.key': key };
  const metadata = { name: 'by-hand', namespace: 'tollgate-system' };
  t.equal((await apply([{ apiVersion: 'v1', kind: 'Secret', metadata, stringData }])).code, 0);
  const tls = { source: 'secret', secretName: 'by-hand' };
  await helmWaits('uninstall');
  const foreign = await release('install', 'one', { tls: { ...tls, caBundle: other.certificate } });
  t.not(foreign.code, 0, 'not ready, so the release is not taken for done');
  await seen('what is wrong', checkOf('validating', 'trusted'), 0);
  const own = await release('upgrade', 'one', { tls: { ...tls, caBundle: authority.certificate } });
  succeeded(t, own);
  await closed();
});
