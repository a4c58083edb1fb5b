import { runConformance } from './run.ts';

const folder = process.argv[2] ?? 'test/conformance/data';
const shown = 5;
let failed = 0;
const results = await runConformance(folder);
if (results.length === 0) console.error(`${folder} holds no case files`);
for (const { file, passed, failures } of results) {
  failed += failures.length;
  console.log(`${file}: ${passed} passed, ${failures.length} failed`);
  for (const { name, reason } of failures.slice(0, shown)) console.log(`  ${name}\n    ${reason}`);
  if (failures.length > shown) console.log(`  … and ${failures.length - shown} more`);
}
process.exitCode = failed > 0 || results.length === 0 ? 1 : 0;
