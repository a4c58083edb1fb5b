import { join } from 'node:path';
import t from 'tap';
import { runConformance } from './run.ts';

t.test("every recorded verdict of Calico's and Linkerd's own code is ours as well", async (t) => {
  const results = await runConformance(join(import.meta.dirname, 'data'));
  t.equal(results.length, 10, 'all files were read');
  for (const { file, passed, failures } of results) {
    t.ok(passed > 0, `${file}: ${passed} passed`);
    t.same(failures.slice(0, 3), [], `${file}: no failures`);
  }
});
