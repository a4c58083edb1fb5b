import t from 'tap';
import { connectionsTo } from './connections.ts';
import { startChartCluster } from './installed-chart.ts';
import { type LoadReport, loadTarget, startSteadyLoad } from './steady-load.ts';
import { until } from './until.ts';

/** What users see when replicas end without a warning; the figures that it prints are in docs/operations.md. */
const cluster = await startChartCluster();
t.teardown(() => cluster.stop());
const { controlPlane, kubectl, apply, pods } = cluster;
const { release, createNamespace, closed, readyEndpoints, succeeded } = cluster;

t.test('two replicas enforce', async (t) => {
  succeeded(t, await release('install', 'one'));
  await closed();
  t.equal((await apply(loadTarget)).code, 0);
});

/** When the last write failed, since a moment, and how long a user waited for that; what is in docs/operations.md. */
const inWords = ({ enforced, failures, slowest }: LoadReport, since: number) => {
  const last = Math.max(0, ...failures.map(({ at }) => at - since));
  const longest = Math.max(0, ...failures.map(({ took }) => took));
  const failed = `${failures.length} of ${failures.length + enforced} writes failed, the last after ${last} ms`;
  return `${failed}; a failure took up to ${longest} ms, an answer up to ${slowest} ms`;
};

t.test('a replica that is killed costs what was on its way to it, and no more', async (t) => {
  await until('two replicas', async () => (await readyEndpoints()) === 2);
  const during = startSteadyLoad(controlPlane);
  await during.writes(200);
  const killed = during.elapsed();
  await pods.running()[0]?.program.kill();
  await until('its endpoint to be gone', async () => (await readyEndpoints()) === 1);
  await until('it to be started again', async () => (await readyEndpoints()) === 2);
  const back = during.elapsed() - killed;
  await during.writes(200);
  const report = await during.stop();
  t.equal(report.unenforced, 0, 'what fails is refused, not let through');
  for (const message of report.failed) t.match(message, /failed calling webhook|mesh\/inject-missing/);
  t.ok(
    report.failures.every(({ at }) => at - killed < back),
    'nothing fails any more when it is back',
  );
  t.comment(`killed: ${inWords(report, killed)}; two replicas again after ${back} ms`);
});

t.test(
  'a replica that falls silent holds writes up for the timeout, until its endpoint is gone',
  async (t) => {
    const during = startSteadyLoad(controlPlane, 4);
    await during.writes(200);
    const [silent] = pods.running();
    const lost = during.elapsed();
    silent?.loseNode(8000);
    await until('its endpoint to be gone', async () => (await readyEndpoints()) === 1);
    const unnoticed = during.elapsed() - lost;
    await during.writes(200);
    const report = await during.stop();
    t.equal(report.unenforced, 0, 'what fails is refused, not let through');
    for (const message of report.failed) t.match(message, /context deadline exceeded|mesh\/inject-missing/);
    t.comment(`silent, unnoticed for ${unnoticed} ms: ${inWords(report, lost)}`);

    // The API server keeps unused connections for 90 s, and learns only from a write that nobody answers on one.
    const left = silent ? connectionsTo(silent) : 0;
    const late: string[] = [];
    await until('one replica to carry on alone', async () => {
      const alone = startSteadyLoad(controlPlane, 4);
      await alone.writes(200);
      const { failed, unenforced } = await alone.stop();
      t.equal(unenforced, 0);
      late.push(...failed);
      return failed.length === 0;
    });
    t.ok(late.length <= left, `${late.length} writes failed over ${left} connections that were left to it`);
    for (const message of late) t.match(message, /context deadline exceeded|mesh\/inject-missing/);
    await silent?.program.kill();
    await until('it to be started again', async () => (await readyEndpoints()) === 2);
  },
);

t.test('without any replica what is guarded waits, and everything else goes on', async (t) => {
  const start = pods.holdStarts();
  await Promise.all(pods.running().map(({ program }) => program.kill()));
  const seen = new Set<string>();
  await until('the API server to know that nobody is there', async () => {
    const { stderr } = await createNamespace();
    for (const [words] of stderr.matchAll(/connection refused|no endpoints available/g)) seen.add(words);
    t.match(stderr, 'failed calling webhook "validate.tollgate.dev"');
    return seen.has('no endpoints available');
  });
  const guarded = startSteadyLoad(controlPlane);
  await guarded.writes(50);
  const { enforced, unenforced, failures } = await guarded.stop();
  t.same({ enforced, unenforced }, { enforced: 0, unenforced: 0 });
  t.ok(
    failures.every(({ took }) => took < 1000),
    'nobody has to wait for the refusal',
  );
  t.equal((await kubectl(['create', 'deployment', 'dns', '--image=dns', '--namespace=kube-system'])).code, 0);
  t.equal((await kubectl(['label', 'namespace/kube-system', 'seen=true'])).code, 0);
  t.equal((await kubectl(['create', 'configmap', 'menu', '--namespace=harbour'])).code, 0);
  const started = performance.now();
  start();
  await closed();
  await until('two replicas', async () => (await readyEndpoints()) === 2);
  t.comment(`nobody there: refused within ${Math.max(...failures.map(({ took }) => took))} ms each`);
  t.comment(`enforcing again ${Math.round(performance.now() - started)} ms after the containers could start`);
});
