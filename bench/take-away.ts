import { startTwoReplicas } from '../test/cluster/two-replicas.ts';
import { whyNot } from '../test/cluster/binaries.ts';
import { denyAllIn, namespace } from '../test/cluster/objects.ts';
import { printTable, spread } from './table.ts';

/**
 * What a change costs that takes cover away, through a real API server and two replicas: policies are deleted one after
 * the other over one connection, in turn those that cover a namespace beside others, those that select some of its
 * pods, and those of a namespace about which the gate is not asked.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const requests = 30;
const reason = whyNot();
if (reason !== undefined) throw new Error(reason);

const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: all }
spec:
  namespaces: { selector: {}, exclude: [kube-*, default, tollgate-system] }
  defaultDeny: { directions: [Ingress, Egress], families: [IPv4, IPv6], onMissing: hold }
`;
const cluster = await startTwoReplicas(conventions);
const { api } = cluster.controlPlane;
const policies = (place: string) => `/apis/projectcalico.org/v3/namespaces/${place}/networkpolicies`;

const covering = (name: string) => denyAllIn('island', name);
const some = (name: string) => {
  const policy = denyAllIn('island', name);
  return { ...policy, spec: { ...policy.spec, selector: 'app == "web"' } };
};
const elsewhere = (name: string) => denyAllIn('kube-public', name);
const kinds: Readonly<Record<string, (name: string) => ReturnType<typeof denyAllIn>>> = {
  'not asked about': elsewhere,
  'selects some pods': some,
  'covers a namespace': covering,
};

try {
  const applied = await cluster.apply([namespace('island'), covering('stays')]);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const figures = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
    for (let number = 0; number < requests; number++) {
      for (const [kind, make] of Object.entries(kinds)) {
        const policy = make(`p-${number}`);
        const path = policies(policy.metadata.namespace);
        const made = await api.call('POST', path, policy);
        if (made.status !== 201) throw new Error(`${kind}: ${made.status} ${made.body.message}`);
        const begun = performance.now();
        const { status, body } = await api.call('DELETE', `${path}/p-${number}`);
        times.get(kind)?.push(performance.now() - begun);
        if (status !== 200) throw new Error(`${kind}: ${status} ${body.message}`);
      }
    }
    if (round < 0) continue;
    for (const [kind, found] of times) figures.get(kind)?.push(median(found));
  }
  const base = figures.get('not asked about') ?? [];
  console.log(
    `\n### Cover that is taken away\n\n${rounds} rounds of ${requests} deletions of each kind, in turn, two replicas.\n`,
  );
  printTable(
    ['a policy that', 'p50 ms', 'times the one not asked about'],
    [...figures].map(([kind, found]) => [
      kind,
      spread(found, 1),
      spread(
        found.map((time, index) => time / (base[index] ?? Number.NaN)),
        1,
      ),
    ]),
  );
} finally {
  await cluster.stop();
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
