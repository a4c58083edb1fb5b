import { whyNot } from '../test/cluster/binaries.ts';
import { soak } from '../test/cluster/soak.ts';

/**
 * The long form of `test/cluster/soak.test.ts`: `node test/cluster/netns.ts node bench/soak.ts`, and a number of reviews
 * if it is to be another one.
 */
const reason = whyNot();
if (reason !== undefined) throw new Error(reason);
const plan = {
  reviews: Number(process.argv[2] ?? 100_000),
  rotations: 3,
  leafSwaps: 20,
  apiRestarts: 1,
  replicaRestarts: 3,
};
const { right, wrong, failed, unasked, seconds } = await soak(plan, (event) => console.log(event));
for (const message of new Set([...wrong, ...failed])) console.log(message);
console.log(
  `${(right + wrong.length + failed.length).toLocaleString('en')} reviews in ${seconds.toFixed(0)} s: ${failed.length} failed, ${wrong.length} answered wrongly; ${unasked} not sent while the API server was away.`,
);
process.exit(wrong.length + failed.length > 0 ? 1 : 0);
