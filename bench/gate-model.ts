import { parseArgs } from 'node:util';
import { whyNot } from '../test/cluster/binaries.ts';
import { startModelCluster } from '../test/cluster/model/cluster.ts';
import { runModel } from '../test/cluster/model/run.ts';

/**
 * The long form of `test/cluster/model.test.ts`: `npm run bench -- gate-model --operations N --seed S`. Every run has a
 * seed of its own, counted up from S; half of them with controllers that share one account, unless `--controllers` says
 * `own` or `shared`.
 */
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    'per-run': { type: 'string', default: '1000' },
    'shrink-seconds': { type: 'string', default: '120' },
    controllers: { type: 'string', default: 'both' },
  },
});
const reason = whyNot();
if (reason !== undefined) throw new Error(reason);
const operations = Number(values.operations);
const perRun = Number(values['per-run']);
const runs = Math.ceil(operations / perRun);
let [violations, seed] = [0, Number(values.seed)];
const ways = { own: [false], shared: [true], both: [false, true] }[values.controllers] ?? [];
for (const controllersShareUser of ways) {
  const half = controllersShareUser ? Math.floor(runs / 2) : Math.ceil(runs / 2);
  const share = ways.length === 1 ? runs : half;
  if (share === 0) continue;
  const cluster = await startModelCluster({ controllersShareUser });
  console.log(
    `controllers ${controllersShareUser ? 'that share one account' : 'with accounts of their own'}`,
  );
  try {
    const plan = {
      operations: share * perRun,
      perRun,
      seed,
      shrinkSeconds: Number(values['shrink-seconds']),
    };
    const report = await runModel(cluster, plan, (text) => console.log(text));
    seed += share;
    violations += report.failures.length;
    const speed = (report.operations / report.seconds).toFixed(0);
    console.log(
      `${report.operations.toLocaleString('en')} operations in ${report.runs} runs and ${report.seconds.toFixed(0)} s (${speed}/s): ${JSON.stringify(report.results)}`,
    );
    for (const { violation, times, seed } of report.failures)
      console.log(`${times} times, first with seed ${seed}: ${violation.signature}`);
    for (const [kind, { admitted, refused }] of Object.entries(report.kinds).toSorted(([a], [b]) =>
      a < b ? -1 : 1,
    ))
      console.log(`  ${kind}: ${admitted} admitted, ${refused} refused`);
  } finally {
    await cluster.stop();
  }
}
console.log(`${violations} kinds of violations`);
process.exit(violations > 0 ? 1 : 0);
