import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueAuthority, issueServing } from '../src/certificates/issue.ts';
import { manyDocuments } from './many-documents.ts';
import { deploymentReviews } from './server/bodies.ts';
import type { Window, WindowResult } from './server/load.ts';
import { median, printTable, spread } from './table.ts';

/**
 * What a review costs: CPU seconds per 1,000 reviews of 100 different 3 KB Deployments, mutating and validating in turn, over
 * TLS 1.3 and 16 keep-alive connections, beside bare Fastify and bare node:https answering a constant, and once more with
 * many conventions and waivers.
 * The servers take turns in short windows, so that what else the machine does hits them alike; medians are compared.
 */
const contestants = [
  'node:https, constant answer',
  'Fastify, constant answer',
  'tollgate',
  'tollgate, 100 conventions and 2,000 waivers',
];
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const requests = 6000;
const connections = 16;
/** Rounds that do not count: the compiler takes some ten thousand reviews to settle. */
const warmUp = 4;

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const authority = await issueAuthority({ now: new Date(), days: 1 });
const serving = await issueServing({
  authority,
  now: new Date(),
  days: 1,
  hosts: ['localhost', '127.0.0.1'],
});
const paths = {
  ca: join(folder, 'ca.crt'),
  cert: join(folder, 'tls.crt'),
  key: join(folder, 'tls.key'),
  many: join(folder, 'many.yaml'),
};
writeFileSync(
  paths.many,
  manyDocuments(500)
    .map((document) => JSON.stringify(document))
    .join('\n---\n'),
);
writeFileSync(paths.ca, authority.certificate);
writeFileSync(paths.cert, serving.certificate);
writeFileSync(paths.key, serving.key, { mode: 0o600 });

const bodies = deploymentReviews(100, {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { team: 'team-7' } },
});

const started = (file: string, args: string[]) =>
  fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const ask = async <Answer>(child: ChildProcess, question: object): Promise<Answer> => {
  child.send(question);
  const [answer] = await once(child, 'message');
  return answer as Answer;
};

const load = started('./server/load.ts', []);
const servers = new Map<string, { child: ChildProcess; port: number }>();
for (const name of contestants) {
  const child = started('./server/contestant.ts', [name, paths.cert, paths.key, paths.many]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  servers.set(name, { child, port });
}

const figures = new Map(
  contestants.map((name) => [
    name,
    { cpu: [] as number[], rate: [] as number[], p50: [] as number[], p99: [] as number[], rss: 0 },
  ]),
);
for (let round = -warmUp; round < rounds; round++) {
  for (const [name, { child, port }] of servers) {
    const before = await ask<{ cpu: number }>(child, {});
    const window: Window = { port, ca: paths.ca, requests, connections, bodies };
    const result = await ask<WindowResult>(load, window);
    const after = await ask<{ cpu: number; rss: number }>(child, {});
    if (result.failed > 0) throw new Error(`${name}: ${result.failed} requests failed`);
    const figure = figures.get(name);
    if (round < 0 || !figure) continue;
    figure.cpu.push(((after.cpu - before.cpu) / requests) * 1000);
    figure.rate.push(requests / result.seconds);
    figure.p50.push(result.p50);
    figure.p99.push(result.p99);
    figure.rss = after.rss;
  }
}
for (const { child } of [...servers.values(), { child: load }]) child.kill();
rmSync(folder, { recursive: true });

const sizes = bodies.map(({ body }) => body.length);
const fastify = median(figures.get('Fastify, constant answer')?.cpu ?? []);
console.log(
  `\n### Reviews over HTTPS\n\n${rounds} interleaved rounds of ${requests} reviews, ${connections} connections, bodies of ${Math.min(...sizes)} to ${Math.max(...sizes)} bytes.\n`,
);
printTable(
  ['server', 'CPU s per 1,000 reviews', 'beside Fastify', 'reviews/s', 'p50 ms', 'p99 ms', 'RSS MB'],
  [...figures].map(([name, { cpu, rate, p50, p99, rss }]) => [
    name,
    spread(cpu, 3),
    `${(median(cpu) / fastify).toFixed(2)} ×`,
    spread(rate, 0),
    spread(p50, 1),
    spread(p99, 1),
    (rss / 1e6).toFixed(0),
  ]),
);
