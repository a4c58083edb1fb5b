import { spawnSync } from 'node:child_process';
import { build } from './bundle.ts';
import { startGate } from './cluster/gate.ts';
import { printTable, spread } from './table.ts';

/**
 * How long the bundled server takes from the start of its process until it listens, and how much memory it then has
 * with a small cluster and nothing to do, beside a bare `node -e 0` in the same interleaved run.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
build();
const figures = {
  node: [] as number[],
  listening: [] as number[],
  cpu: [] as number[],
  idle: [] as number[],
};
for (let round = -1; round < rounds; round++) {
  const begun = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  const node = performance.now() - begun;
  const gate = await startGate({ namespaces: 10 });
  await new Promise((resolve) => void setTimeout(resolve, 3000));
  const { now: idle } = gate.rss();
  gate.stop();
  if (round < 0) continue;
  figures.node.push(node);
  figures.listening.push(gate.listening);
  figures.cpu.push(gate.cpuListening * 1000);
  figures.idle.push((idle * 1024 * 1024) / 1e6);
}
console.log(`\n### Start\n\n${rounds} interleaved rounds.\n`);
printTable(
  ['', 'until it ends or listens, ms', 'CPU ms until then', 'MB three seconds later'],
  [
    ['node -e 0', spread(figures.node, 0), '', ''],
    ['tollgate serve', spread(figures.listening, 0), spread(figures.cpu, 0), spread(figures.idle, 0)],
  ],
);
