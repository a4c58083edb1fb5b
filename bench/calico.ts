import { spawnSync } from 'node:child_process';
import {
  changeWorld,
  createPolicyWorld,
  evaluateSelector,
  judgeCoverage,
  parseSelector,
  type PolicyWorld,
} from '../src/calico/index.ts';
import type { KubernetesObject } from '../src/kubernetes/object.ts';
import { median, printTable, spread } from './table.ts';

/**
 * The Calico engine on one core: selectors, the coverage of one namespace, and a large cluster judged as a whole, the
 * latter in a process of its own for its memory. Times over ten milliseconds are CPU time of the main thread, the help
 * of other threads in collecting garbage left out; shorter ones are medians by the clock.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const namespaceCount = 10_000;
const policyCount = 5_000;

const dns = {
  types: ['Egress'],
  egress: ['UDP', 'TCP'].map((protocol) => ({
    action: 'Allow',
    protocol,
    destination: {
      namespaceSelector: "projectcalico.org/name == 'kube-system'",
      selector: "k8s-app == 'kube-dns'",
      ports: [53],
    },
  })),
};

if (process.argv[2] === 'cluster') console.log(JSON.stringify(measureCluster()));
else measureAll();

function measureAll(): void {
  const figures = new Map<string, number[]>();
  const note = (name: string, value: number) => figures.set(name, [...(figures.get(name) ?? []), value]);
  for (let round = -1; round < rounds; round++) {
    const { parsed, evaluated } = measureSelectors();
    const single = measureOneNamespace();
    const child = spawnSync('taskset', ['-c', '0', process.execPath, import.meta.filename, 'cluster'], {
      encoding: 'utf8',
    });
    if (child.status !== 0) throw new Error(`the cluster ended with ${child.status}: ${child.stderr}`);
    const cluster = JSON.parse(child.stdout) as ClusterFigures;
    if (round < 0) continue; // the first round warms up
    note('selectors parsed, million/s', parsed);
    note('selectors evaluated, million/s', evaluated);
    note('one namespace under 50 policies, both directions, ms', single);
    note(`${grouped(policyCount)} policies and ${grouped(namespaceCount)} namespaces read, s`, cluster.read);
    note('first verdict of all namespaces, s', cluster.first);
    note('all judged again after one GlobalNetworkPolicy changed, ms', cluster.again);
    note('one policy of one namespace changed and that judged again, ms', cluster.one);
    note('RSS of the cluster process, MiB', cluster.rss);
  }
  console.log(`\n### The Calico engine\n\n${rounds} interleaved rounds on one core.\n`);
  printTable(
    ['what', 'median [lowest..highest]'],
    [...figures].map(([name, values]) => [name, spread(values, 2)]),
  );
}

function measureSelectors(): { readonly parsed: number; readonly evaluated: number } {
  const texts = Array.from({ length: 1_000 }, (_, index) => selectorOf(index));
  const parsing = cpu(() => {
    for (let pass = 0; pass < 20; pass++) for (const text of texts) parseSelector(text);
  });
  const selectors = texts.flatMap((text) => {
    const result = parseSelector(text);
    return 'selector' in result ? [result.selector] : [];
  });
  const labels = new Map([
    ['app', 'app-7'],
    ['tier', 'web'],
    ['env', 'prod'],
  ]);
  let matches = 0;
  const evaluating = cpu(() => {
    for (let pass = 0; pass < 200; pass++) {
      for (const selector of selectors) if (evaluateSelector(selector, (key) => labels.get(key))) matches++;
    }
  });
  if (matches === 0) throw new Error('no selector matched');
  return { parsed: 20 / parsing, evaluated: 200 / evaluating };
}

function selectorOf(index: number): string {
  switch (index % 5) {
    case 0:
      return `app == 'app-${index % 20}'`;
    case 1:
      return `app == 'app-${index % 20}' && tier in {'web', 'api', 'db-${index}'}`;
    case 2:
      return `has(app) && !(env == 'dev' || tier starts with 'w${index}')`;
    case 3:
      return `projectcalico.org/name not in {"kube-system", "calico-system", "ns-${index}"}`;
    default:
      return 'all()';
  }
}

/** The median of first judgements, each of a world of its own: nothing can be remembered from the one before. */
function measureOneNamespace(): number {
  const times: number[] = [];
  for (let run = 0; run < 200; run++) {
    const policies = Array.from({ length: 50 }, (_, index) => policyOf(index, run));
    const world = createPolicyWorld(policies, { mode: 'apiserver' });
    const namespace = { name: 'shop', labels: { env: 'prod', team: 'red' } };
    times.push(wall(() => judgeCoverage(world, namespace)));
  }
  return median(times.slice(100));
}

/** What is usual: a default-deny, some policies of the whole cluster, and most for one application each. */
function policyOf(index: number, run: number): KubernetesObject {
  const name = `p-${index}-${run}`;
  if (index === 0) return namespaced(name, 'shop', { types: ['Ingress', 'Egress'] });
  if (index % 10 === 0) return global(name, { namespaceSelector: `team == 'red'`, ...dns });
  return namespaced(name, 'shop', ofApplication(index));
}

interface ClusterFigures {
  readonly read: number;
  readonly first: number;
  readonly again: number;
  readonly one: number;
  readonly rss: number;
}

/** A quarter of the namespaces have a default-deny and a policy of their own, the others rest on the cluster's policies. */
function measureCluster(): ClusterFigures {
  const namespaces = Array.from({ length: namespaceCount }, (_, index) => ({
    name: `ns-${index}`,
    labels: {
      'kubernetes.io/metadata.name': `ns-${index}`,
      env: index % 3 === 0 ? 'dev' : 'prod',
      team: `team-${index % 40}`,
    },
  }));
  const globals = Array.from({ length: 50 }, (_, index) =>
    global(`global-${index}`, { order: index, namespaceSelector: `team == 'team-${index}'`, ...dns }),
  );
  const own = Array.from({ length: (policyCount - 50) / 2 }, (_, index) => [
    namespaced('default-deny', `ns-${index}`, { types: ['Ingress', 'Egress'] }),
    namespaced(`app-${index}`, `ns-${index}`, ofApplication(index)),
  ]).flat();
  const objects = [
    ...namespaces.map(({ name, labels }) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    })),
    ...globals,
    ...own,
  ];
  let world: PolicyWorld | undefined;
  const read = cpu(() => {
    world = createPolicyWorld(objects, { mode: 'apiserver' });
  });
  const judgeAll = () => {
    let covered = 0;
    for (const namespace of namespaces) {
      const { directions } = judgeCoverage(world as PolicyWorld, namespace);
      if (directions.every(({ verdict }) => verdict === 'deny')) covered++;
    }
    return covered;
  };
  const first = cpu(judgeAll);
  // Born closed: one policy for every namespace of production, where there was none, and gone again.
  const closing = global('closed', { namespaceSelector: "env == 'prod'", types: ['Ingress', 'Egress'] });
  const times = [0, 1, 2, 3, 4].map((turn) =>
    cpu(() => {
      const change = turn % 2 === 0 ? { put: [closing] } : { remove: [{ ...closing, name: 'closed' }] };
      world = changeWorld(world as PolicyWorld, change);
      judgeAll();
    }),
  );
  const ones = Array.from({ length: 200 }, (_, turn) =>
    wall(() => {
      world = changeWorld(world as PolicyWorld, { put: [namespaced('app-7', 'ns-7', ofApplication(turn))] });
      judgeCoverage(world, namespaces[7] ?? { name: '', labels: {} });
    }),
  );
  return {
    read: read / 1e3,
    first: first / 1e3,
    again: times[0] ?? 0,
    one: median(ones),
    rss: process.resourceUsage().maxRSS / 1024,
  };
}

function ofApplication(index: number): object {
  return {
    selector: `app == 'app-${index}'`,
    types: ['Ingress', 'Egress'],
    ingress: [
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { selector: `app == 'web-${index}'` },
        destination: { ports: [8080] },
      },
    ],
    egress: [{ action: 'Allow', destination: { nets: [`10.${index % 256}.0.0/16`] } }],
  };
}

function namespaced(name: string, namespace: string, spec: object): KubernetesObject {
  return { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

function global(name: string, spec: object): KubernetesObject {
  return { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', metadata: { name }, spec };
}

/** Milliseconds by the clock, for what is too short for the CPU time that Linux counts. */
function wall(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** Milliseconds of CPU time. */
function cpu(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e3;
}

function grouped(number: number): string {
  return number.toLocaleString('en');
}
