import { fork } from 'node:child_process';
import { once } from 'node:events';
import { build } from './bundle.ts';
import { startGate, type Gate } from './cluster/gate.ts';
import { worldOf } from './cluster/world.ts';
import { deploymentReviews } from './server/bodies.ts';
import type { Window, WindowResult } from './server/load.ts';
import { median, printTable, spread } from './table.ts';

/**
 * What the size of a cluster costs: CPU seconds for 1,000 reviews of Deployments, and memory, of the bundled server
 * that follows clusters of 10 to 10,000 namespaces. The servers run beside each other and take turns in short windows.
 */
const clusters = [
  ...[10, 100, 1000, 10_000].map((namespaces) => ({ namespaces, hasWorkloads: true })),
  { namespaces: 10_000, hasWorkloads: false },
];
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const requests = 4000;
const warmUp = 4;

build();
const shop = worldOf(1).find(({ kind }) => kind === 'Namespace');
if (!shop) throw new Error('there is no namespace');
const bodies = deploymentReviews(200, shop);
const load = fork(new URL('./server/load.ts', import.meta.url), [], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});

interface Figure {
  readonly gate: Gate;
  readonly synced: { readonly now: number; readonly most: number };
  readonly cpu: number[];
  readonly p99: number[];
}
const figures = new Map<string, Figure>();
try {
  for (const cluster of clusters) {
    const gate = await startGate(cluster);
    const name = cluster.namespaces.toLocaleString('en') + (cluster.hasWorkloads ? '' : ' without workloads');
    figures.set(name, { gate, synced: gate.rss(), cpu: [], p99: [] });
  }
  for (let round = -warmUp; round < rounds; round++) {
    for (const { gate, cpu, p99 } of figures.values()) {
      const before = gate.cpu();
      const window: Window = { port: gate.port, ca: gate.ca, requests, connections: 16, bodies };
      load.send(window);
      const [result] = (await once(load, 'message')) as [WindowResult];
      if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
      if (round < 0) continue;
      cpu.push(((gate.cpu() - before) / requests) * 1000);
      p99.push(result.p99);
    }
  }
  const smallest = median([...figures.values()][0]?.cpu ?? []);
  console.log(`\n### The size of a cluster\n\n${rounds} interleaved rounds of ${requests} reviews.\n`);
  printTable(
    [
      'namespaces',
      'CPU s per 1,000 reviews',
      'beside 10',
      'p99 ms',
      'ready after s',
      'MiB when ready',
      'MiB under load',
      'MiB at most',
    ],
    [...figures].map(([name, { gate, synced, cpu, p99 }]) => [
      name,
      spread(cpu, 3),
      `${(median(cpu) / smallest).toFixed(2)} ×`,
      spread(p99, 1),
      (gate.ready / 1000).toFixed(1),
      synced.now.toFixed(0),
      gate.rss().now.toFixed(0),
      gate.rss().most.toFixed(0),
    ]),
  );
} finally {
  load.kill();
  for (const { gate } of figures.values()) gate.stop();
}
