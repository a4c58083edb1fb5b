import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { build } from './bundle.ts';
import { startGate, type Gate } from './cluster/gate.ts';
import { worldOf } from './cluster/world.ts';
import { deploymentReviews } from './server/bodies.ts';
import type { Window, WindowResult } from './server/load.ts';
import { median, printTable, spread } from './table.ts';

/**
 * What the size of a cluster costs: CPU seconds for 1,000 reviews of Deployments, and memory, of the bundled server
 * that follows clusters of 10 to 40,000 namespaces, with five Deployments and as many ReplicaSets for four of them. The
 * servers run beside each other and take turns in short windows. `--namespaces=10,1000` runs these sizes alone: all of
 * them together take some 8 GiB of memory, most of it for the API servers that are made up.
 */
const sizes = [
  ...[10, 100, 1000, 10_000].map((namespaces) => ({ namespaces, hasWorkloads: true, limitMiB: 512 })),
  { namespaces: 10_000, hasWorkloads: false, limitMiB: 512 },
  { namespaces: 40_000, hasWorkloads: true, limitMiB: 768 },
];
const { values } = parseArgs({ options: { namespaces: { type: 'string' } } });
const wanted = values.namespaces?.split(',').map(Number);
const clusters = sizes.filter(({ namespaces }) => wanted?.includes(namespaces) ?? true);
if (clusters.length === 0)
  throw new Error(`--namespaces takes ${sizes.map(({ namespaces }) => namespaces).join()}`);
/** The heap that the chart sets for a limit. Source: `charts/tollgate/templates/_names.tpl`, `tollgate.environment`. */
const heapOf = (limitMiB: number) => [
  `--max-old-space-size=${Math.floor(limitMiB * 0.7)}`,
  '--max-semi-space-size=4',
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
  readonly limitMiB: number;
  readonly synced: { readonly now: number; readonly most: number };
  readonly cpu: number[];
  readonly p99: number[];
}
const figures = new Map<string, Figure>();
try {
  for (const cluster of clusters) {
    const gate = await startGate({ ...cluster, flags: heapOf(cluster.limitMiB) });
    const name = cluster.namespaces.toLocaleString('en') + (cluster.hasWorkloads ? '' : ' without workloads');
    figures.set(name, { gate, limitMiB: cluster.limitMiB, synced: gate.rss(), cpu: [], p99: [] });
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
      'limit MiB',
      'CPU s per 1,000 reviews',
      'beside the smallest',
      'p99 ms',
      'ready after s',
      'MiB when ready',
      'MiB under load',
      'MiB at most',
    ],
    [...figures].map(([name, { gate, limitMiB, synced, cpu, p99 }]) => [
      name,
      limitMiB.toFixed(0),
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
