import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from './bundle.ts';
import { startGate, type Gate } from './cluster/gate.ts';
import { podsOf } from './cluster/pods.ts';
import { worldOf } from './cluster/world.ts';
import { deploymentReviews } from './server/bodies.ts';
import type { Window, WindowResult } from './server/load.ts';
import { printTable } from './table.ts';

/**
 * What the audit of pods costs: memory, CPU and the wait of reviews of the bundled server on a cluster of 10,000
 * namespaces with 12,500 Deployments, with 50,000 pods and without any. Every pod has a finding that its workload has as
 * well, and one in a hundred has no proxy.
 */
const namespaces = Number(process.env.TOLLGATE_BENCH_NAMESPACES ?? 10_000);
const most = Number(process.env.TOLLGATE_BENCH_PODS ?? 50_000);
const metricsPort = 19_090;

build();
const shop = worldOf(1).find(({ kind }) => kind === 'Namespace');
if (!shop) throw new Error('there is no namespace');
const bodies = deploymentReviews(200, shop);
const [example] = podsOf(1, 2).drop(1);
const load = fork(new URL('./server/load.ts', import.meta.url), [], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});

/** The metrics of the audit by their names, without labels. */
async function metrics(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line.startsWith('tollgate_audit'));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function reviews({ port, ca }: Gate, requests: number): Promise<WindowResult> {
  const window: Window = { port, ca, requests, connections: 4, bodies };
  load.send(window);
  const [result] = (await once(load, 'message')) as [WindowResult];
  if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
  return result;
}

async function measure(pods: number): Promise<readonly string[]> {
  const gate = await startGate({ namespaces, pods, settings: [`--metrics-port=${metricsPort}`] });
  try {
    const begun = performance.now();
    const before = gate.cpu();
    const isRead = async () => {
      const now = await metrics();
      // Of each workload something is found, so this is there once the objects have been judged.
      return (
        now.get('tollgate_audit_pods') === pods &&
        now.has('tollgate_audit_findings{rule="mesh/control-plane-blocked",action="warn"}')
      );
    };
    while (!(await isRead())) await pause(1000);
    const [seconds, cpu] = [(performance.now() - begun) / 1000, gate.cpu() - before];
    const { now: resting, most: peak } = gate.rss();
    const windows: WindowResult[] = [];
    const end = performance.now() + Math.min(seconds, 60) * 1000;
    while (performance.now() < end) windows.push(await reviews(gate, 1000));
    const found = await metrics();
    const missing = found.get('tollgate_audit_findings{rule="mesh/proxy-missing",action="deny"}') ?? 0;
    const worst = windows.map(({ p99 }) => p99).toSorted((a, b) => a - b);
    return [
      pods.toLocaleString('en'),
      seconds.toFixed(1),
      cpu.toFixed(1),
      resting.toFixed(0),
      peak.toFixed(0),
      gate.rss().most.toFixed(0),
      (worst[Math.floor(worst.length / 2)] ?? 0).toFixed(1),
      missing.toLocaleString('en'),
    ];
  } finally {
    gate.stop();
  }
}

try {
  const rows = [await measure(0), await measure(most)];
  const size = (JSON.stringify(example).length / 1024).toFixed(1);
  console.log(
    `\n### The audit of pods\n\n${namespaces.toLocaleString('en')} namespaces, pods of ${size} KiB.\n`,
  );
  printTable(
    [
      'pods',
      'first audit ends, s after ready',
      'CPU s until then',
      'MiB then',
      'MiB at most until then',
      'MiB at most under reviews',
      'p99 ms of reviews (median of windows)',
      'pods without a proxy found',
    ],
    rows,
  );
} finally {
  load.kill();
}
