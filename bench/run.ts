import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** Runs every benchmark of this folder, one after the other, each in a process of its own; a name runs that one. */
const shared = new Set(['run.ts', 'table.ts']);
const wanted = process.argv.slice(2);
const benchmarks = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !shared.has(name),
);
for (const name of benchmarks.toSorted()) {
  if (wanted.length > 0 && !wanted.includes(name.replace('.ts', ''))) continue;
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${name}`], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
