import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { build } from './bundle.ts';
import { startGate } from './cluster/gate.ts';
import { worldOf } from './cluster/world.ts';
import { deploymentReviews } from './server/bodies.ts';
import type { Window, WindowResult } from './server/load.ts';
import { printTable, spread } from './table.ts';

/**
 * What a storm of denials does to those who are admitted: the latency of allowed reviews over two connections, alone,
 * beside as many reviews that are allowed as well, and beside a storm of new namespaces that are refused, each of which
 * the API server is asked about directly before the answer.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const requests = 2000;

build();
const shop = worldOf(1).find(({ kind }) => kind === 'Namespace');
if (!shop) throw new Error('there is no namespace');
const allowed = deploymentReviews(50, shop);
const created = JSON.parse(readFileSync('examples/reviews/namespace-create.json', 'utf8')) as {
  request: { object: { metadata: object } };
};
const refused = Array.from({ length: 50 }, (_, index) => {
  const text = JSON.stringify(created).replaceAll('"shop"', `"uncovered-${index}"`);
  return { path: '/validate', body: text };
});
const started = () =>
  fork(new URL('./server/load.ts', import.meta.url), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const [measuring, other] = [started(), started()];
const gate = await startGate({ namespaces: 1000 });
const ask = async (child: ChildProcess, part: Pick<Window, 'requests' | 'connections' | 'bodies'>) => {
  child.send({ port: gate.port, ca: gate.ca, ...part } satisfies Window);
  const [result] = (await once(child, 'message')) as [WindowResult];
  return result;
};
const beside = {
  nothing: undefined,
  'as many that are allowed': { requests: 8000, connections: 14, bodies: allowed },
  // A denial waits for its direct read, so there are fewer of them in the same time.
  'a storm of denials': { requests: 1500, connections: 100, bodies: refused },
} as const;
const figures = new Map(
  Object.keys(beside).map((name) => [
    name,
    { p50: [] as number[], p99: [] as number[], others: [] as number[] },
  ]),
);
try {
  for (let round = -2; round < rounds; round++) {
    for (const [name, part] of Object.entries(beside)) {
      // The other load lasts longer than the measurement.
      const others = part && ask(other, part);
      const result = await ask(measuring, { requests, connections: 2, bodies: allowed });
      const around = await others;
      const figure = figures.get(name);
      if (round < 0 || !figure) continue;
      figure.p50.push(result.p50);
      figure.p99.push(result.p99);
      if (part && around) figure.others.push(part.requests / around.seconds);
    }
  }
  console.log(`\n### A storm of denials\n\n${rounds} interleaved rounds of ${requests} allowed reviews.\n`);
  printTable(
    ['beside', 'p50 ms', 'p99 ms', 'the others, per second'],
    [...figures].map(([name, { p50, p99, others }]) => [
      name,
      spread(p50, 2),
      spread(p99, 2),
      others.length > 0 ? spread(others, 0) : '',
    ]),
  );
} finally {
  for (const child of [measuring, other]) child.kill();
  gate.stop();
}
