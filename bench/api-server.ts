import { startGatedCluster } from '../test/cluster/gated-cluster.ts';
import { whyNot } from '../test/cluster/binaries.ts';
import { denyAll, namespace, workload } from '../test/cluster/objects.ts';
import { printTable, spread } from './table.ts';

/**
 * What the gate costs those who wait for it, through a real API server: dry runs over one connection, of a namespace
 * that is admitted and of a Deployment, with and without the webhooks. Whether they are asked is a matter of the names:
 * the configurations of this run look at half of them, so that both take turns without anything being changed.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const requests = 400;
const reason = whyNot();
if (reason !== undefined) throw new Error(reason);

const cluster = await startGatedCluster({ customResources: ['calico/v3'] });
const { api } = cluster.controlPlane;
try {
  const islands = ['asked', 'unasked'];
  const applied = await cluster.apply([
    denyAll('all', 'has(covered)'),
    ...islands.map((name) => namespace(name, { covered: 'yes' })),
  ]);
  if (applied.code !== 0) throw new Error(applied.stderr);
  await narrow();
  const writes: Readonly<Record<string, (isAsked: boolean) => Promise<number>>> = {
    'namespace create': async (isAsked) => {
      const labels = { covered: 'yes', gate: isAsked ? 'asked' : 'unasked' };
      const { status } = await api.call('POST', '/api/v1/namespaces?dryRun=All', namespace('new', labels));
      return status;
    },
    'deployment create': async (isAsked) => {
      const island = isAsked ? 'asked' : 'unasked';
      const path = `/apis/apps/v1/namespaces/${island}/deployments?dryRun=All`;
      return (await api.call('POST', path, workload('Deployment', island, 'car'))).status;
    },
  };
  const rows: string[][] = [];
  for (const [name, write] of Object.entries(writes)) {
    const figures = {
      with: [] as number[],
      without: [] as number[],
      over: [] as number[],
      p99: [] as number[],
    };
    for (let round = -2; round < rounds; round++) {
      const times = { asked: [] as number[], unasked: [] as number[] };
      for (let number = 0; number < requests * 2; number++) {
        const isAsked = number % 2 === 0;
        const begun = performance.now();
        const status = await write(isAsked);
        times[isAsked ? 'asked' : 'unasked'].push(performance.now() - begun);
        if (status !== 201) throw new Error(`${name}: ${status}`);
      }
      if (round < 0) continue;
      const [asked, unasked] = [at(times.asked, 0.5), at(times.unasked, 0.5)];
      figures.with.push(asked);
      figures.without.push(unasked);
      figures.over.push(asked - unasked);
      figures.p99.push(at(times.asked, 0.99));
    }
    rows.push([
      name,
      spread(figures.without, 2),
      spread(figures.with, 2),
      spread(figures.over, 2),
      spread(figures.p99, 1),
    ]);
  }
  console.log(
    `\n### Through a real API server\n\n${rounds} rounds of ${requests} dry runs each way, one after the other.\n`,
  );
  printTable(['dry run of', 'p50 ms without', 'p50 ms with the gate', 'p50 ms over it', 'p99 ms with'], rows);
} finally {
  await cluster.stop();
}

function at(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

/** Has the API server ask about `asked` alone, by a condition that it evaluates itself. */
async function narrow(): Promise<void> {
  for (const resource of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${resource}/gate-tollgate`;
    const found = (await api.get(path)) as unknown as { webhooks: { matchConditions?: object[] }[] };
    const expression =
      "request.kind.kind == 'Namespace' ? object.metadata.labels['gate'] == 'asked' : request.namespace == 'asked'";
    const webhooks = found.webhooks.map((webhook) => ({
      ...webhook,
      matchConditions: [...(webhook.matchConditions ?? []), { name: 'asked', expression }],
    }));
    const { status, body } = await api.call('PATCH', path, { webhooks });
    if (status !== 200) throw new Error(body.message);
  }
}
