import t from 'tap';
import { soak } from './soak.ts';

/** The short form of `bench/soak.ts`: at least one of each event. */
t.test(
  'no review is lost or answered wrongly, whatever happens to the certificates, the replicas and the API server',
  async (t) => {
    const plan = { reviews: 3000, rotations: 1, leafSwaps: 2, apiRestarts: 1, replicaRestarts: 1 };
    const { right, wrong, failed, events } = await soak(plan, (event) => t.comment(event));
    t.same(wrong, []);
    t.same(failed, []);
    t.equal(events.length, 5);
    t.ok(right >= plan.reviews, `${right} reviews`);
  },
);
