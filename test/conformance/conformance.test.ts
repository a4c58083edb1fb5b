import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runConformance } from './run.ts';

t.test("every recorded verdict of Calico's and Linkerd's own code is ours as well", async (t) => {
  const results = await runConformance(join(import.meta.dirname, 'data'));
  t.equal(results.length, 11, 'all files were read');
  for (const { file, passed, failures } of results) {
    t.ok(passed > 0, `${file}: ${passed} passed`);
    t.same(failures.slice(0, 3), [], `${file}: no failures`);
  }
});

t.test('a file without a case and a file of no known prefix are failures', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  writeFileSync(join(folder, 'calico-flow-none.json'), '[]');
  writeFileSync(join(folder, 'nobody-reads-this.json'), '[{}]');
  const results = await runConformance(folder);
  t.same(
    results.map(({ failures }) => failures.length),
    [1, 1],
  );
});
