import t from 'tap';
import { startModelCluster } from './model/cluster.ts';
import { runModel } from './model/run.ts';

/** The short form of `bench/gate-model.ts`. What it finds it prints as lines for a shell. */
t.test(
  'whatever users do, no governed namespace opens, no pod comes unmeshed, and nothing is refused needlessly',
  async (t) => {
    const cluster = await startModelCluster();
    t.teardown(() => cluster.stop());
    const plan = { operations: 1000, perRun: 500, seed: 1, shrinkSeconds: 20 };
    const { failures, operations, kinds } = await runModel(cluster, plan, (text) => t.comment(text));
    for (const { violation, lines } of failures) t.fail(`${violation.signature}\n${lines.join('\n')}`);
    t.ok(operations >= plan.operations, `${operations} operations`);
    const admitted = Object.values(kinds).filter((kind) => kind.admitted > 0);
    t.ok(admitted.length > 40, `${admitted.length} kinds of operations were admitted`);
  },
);
