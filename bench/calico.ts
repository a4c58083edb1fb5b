import { spawnSync } from 'node:child_process';
import { answerValidate } from '../src/admission/review.ts';
import {
  changeWorld,
  createPolicyWorld,
  evaluateSelector,
  judgeCoverage,
  parseSelector,
  type PolicyWorld,
} from '../src/calico/index.ts';
import { defaultConventions } from '../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../src/kubernetes/object.ts';
import { median, printTable, spread } from './table.ts';

/**
 * The Calico engine on one core: selectors, the coverage of one namespace, a large cluster judged as a whole in a
 * process of its own for its memory, the same cluster asked by reviews of policies, and input that means no good. Times over ten milliseconds are CPU time of the main thread, the help
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

/** Born closed: one policy for every namespace of production. */
const closing = global('closed', { namespaceSelector: "env == 'prod'", types: ['Ingress', 'Egress'] });

const measures = { cluster: measureCluster, reviews: measureReviews, hostile: measureHostile };
const [, , part] = process.argv;
if (part === undefined) measureAll();
else console.log(JSON.stringify(measures[part as keyof typeof measures]()));

function measureAll(): void {
  const figures = new Map<string, number[]>();
  const note = (name: string, value: number) => figures.set(name, [...(figures.get(name) ?? []), value]);
  for (let round = -1; round < rounds; round++) {
    const { parsed, evaluated } = measureSelectors();
    const single = measureOneNamespace();
    const cluster = inOwnProcess('cluster');
    const reviews = inOwnProcess('reviews');
    const hostile = inOwnProcess('hostile');
    if (round < 0) continue; // the first round warms up
    note('selectors parsed, million/s', parsed);
    note('selectors evaluated, million/s', evaluated);
    note('one namespace under 50 policies, both directions, ms', single);
    note(`${grouped(policyCount)} policies and ${grouped(namespaceCount)} namespaces read, s`, cluster.read);
    note('first verdict of all namespaces, s', cluster.first);
    note('all judged again after one GlobalNetworkPolicy changed, ms', cluster.again);
    note('one policy of one namespace changed and that judged again, ms', cluster.one);
    note('RSS of the cluster process, MiB', cluster.rss);
    for (const [name, value] of Object.entries(reviews)) note(`review: ${name}, ms`, value);
    for (const [name, { time, memory }] of Object.entries(hostile)) {
      note(`hostile: ${name}, ms`, time);
      note(`hostile: ${name}, MiB`, memory);
    }
  }
  console.log(`\n### The Calico engine\n\n${rounds} interleaved rounds on one core.\n`);
  printTable(
    ['what', 'median [lowest..highest]'],
    [...figures].map(([name, values]) => [name, spread(values, 2)]),
  );
}

function inOwnProcess<Part extends keyof typeof measures>(
  measured: Part,
): ReturnType<(typeof measures)[Part]> {
  const command = ['-c', '0', process.execPath, '--expose-gc', import.meta.filename, measured];
  const child = spawnSync('taskset', command, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${measured} ended with ${child.status}: ${child.stderr}`);
  return JSON.parse(child.stdout) as ReturnType<(typeof measures)[Part]>;
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

function everywhere(labels: Readonly<Record<string, string>>): KubernetesObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkSet',
    metadata: { name: 'everywhere', namespace: 'ns-9', labels },
    spec: { nets: ['0.0.0.0/0', '::/0'] },
  };
}

interface ClusterFigures {
  readonly read: number;
  readonly first: number;
  readonly again: number;
  readonly one: number;
  readonly rss: number;
}

/** A quarter of the namespaces have a default-deny and a policy of their own, the others rest on the cluster's policies. */
function largeCluster(): {
  readonly namespaces: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
  readonly objects: readonly KubernetesObject[];
} {
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
  const objects = namespaces.map(({ name, labels }) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  }));
  return { namespaces, objects: [...objects, ...globals, ...own] };
}

function measureCluster(): ClusterFigures {
  const { namespaces, objects } = largeCluster();
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
  // It comes where there was none, and is gone again.
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

/** The median of some reviews of one GlobalNetworkPolicy, each answered by all rules of the default convention. */
function measureReviews(): Readonly<Record<string, number>> {
  const calico = { mode: 'apiserver', version: '3.32' } as const;
  const conventions = defaultConventions();
  const { objects } = largeCluster();
  const open = createInventoryStore(calico, objects).inventory;
  const closed = createInventoryStore(calico, [...objects, closing]).inventory;
  const finding = createInventoryStore(calico, [
    ...objects,
    closing,
    namespaced('partners', 'ns-7', {
      types: ['Ingress'],
      ingress: [{ action: 'Allow', source: { namespaceSelector: 'all()', selector: "role == 'partner'" } }],
    }),
  ]).inventory;
  const widened = global('closed', {
    namespaceSelector: "env == 'prod'",
    types: ['Ingress', 'Egress'],
    ingress: [{ action: 'Allow', protocol: 'TCP' }],
  });
  const narrowed = global('closed', { namespaceSelector: "env == 'prod'", types: ['Ingress'] });
  const team = global('team', { namespaceSelector: "team == 'team-7'", types: ['Ingress'] });
  const reviews = {
    'one comes that closes 6,666 namespaces': [open, 'CREATE', closing],
    'one comes that is about 250 namespaces': [open, 'CREATE', team],
    'it goes, and they are open': [closed, 'DELETE', closing],
    'it changes, and they are open one way': [closed, 'UPDATE', narrowed],
    'it changes, and opens them wide': [closed, 'UPDATE', widened],
    'a NetworkSet of all addresses comes that no rule finds': [closed, 'CREATE', everywhere({ role: 'x' })],
    'a NetworkSet of all addresses comes that one namespace finds': [
      finding,
      'CREATE',
      everywhere({ role: 'partner' }),
    ],
    'a NetworkPolicy of 1,024 rules with selectors of 1 kB': [open, 'CREATE', wordy('ns-7')],
    'a NetworkPolicy of 200 rules with 256 blocks': [open, 'CREATE', blocky('ns-7')],
  } as const;
  const figures = Object.entries(reviews).map(([name, [inventory, operation, object]]) => {
    const times = Array.from({ length: 15 }, () => {
      const request: AdmissionRequest = {
        uid: '1',
        kind: { group: 'projectcalico.org', version: 'v3', kind: object.kind },
        operation,
        dryRun: false,
        user: { username: 'ada', groups: [] },
        ...(operation === 'DELETE' ? {} : { object: structuredClone(object) }),
        ...(operation === 'CREATE' ? {} : { oldObject: closing }),
      };
      return cpu(() => answerValidate(request, inventory, conventions, new Date()));
    });
    return [name, median(times.slice(5))] as const;
  });
  return Object.fromEntries(figures);
}

function wordy(namespace: string): KubernetesObject {
  return namespaced('wordy', namespace, {
    types: ['Ingress', 'Egress'],
    ingress: Array.from({ length: 1_024 }, (_, index) => ({
      action: index % 3 === 0 ? 'Deny' : 'Allow',
      protocol: 'TCP',
      source: { selector: Array.from({ length: 55 }, (_, at) => `k${index}x${at} == 'v'`).join(' || ') },
      destination: { ports: [80 + index] },
    })),
  });
}

function blocky(namespace: string): KubernetesObject {
  return namespaced('blocky', namespace, {
    types: ['Ingress', 'Egress'],
    ingress: Array.from({ length: 200 }, (_, index) => ({
      action: 'Allow',
      source: { nets: Array.from({ length: 256 }, (_, at) => `${at}.${index}.0.0/16`) },
    })),
  });
}

interface HostileFigures {
  readonly time: number;
  readonly memory: number;
}

/** What one namespace's coverage costs at the first question, and what the heap has grown by afterwards. */
function measureHostile(): Readonly<Record<string, HostileFigures>> {
  const many = <Item>(count: number, make: (index: number) => Item) =>
    Array.from({ length: count }, (_, index) => make(index));
  const both = ['Ingress', 'Egress'];
  const subject = (selector: string) => [global('p', { selector, types: both })];
  const inShop = (index: number, spec: object) => namespaced(`p-${index}`, 'shop', spec);
  const inputs: Readonly<Record<string, readonly KubernetesObject[]>> = {
    'a selector of 1 MB': subject(many(60_000, (index) => `k${index} == 'v'`).join(' || ')),
    '10,000 parentheses': subject(`${'('.repeat(1e4)}has(a)${')'.repeat(1e4)}`),
    '64 labels in selectors': many(60, (index) =>
      inShop(index, {
        selector: many(
          12,
          (at) => `(has(k${(at * index + 7 * at) % 64}) || k${(at * 5 + index) % 64} != 'b')`,
        ).join(' && '),
        types: both,
      }),
    ),
    '5,000 policies of one namespace': many(5_000, (index) =>
      inShop(index, {
        selector: `app == 'a${index}'`,
        types: both,
        ingress: [{ action: 'Allow', source: { selector: 'all()' } }],
      }),
    ),
    '5,000 with Pass for some pods only': many(5_000, (index) =>
      inShop(index, {
        order: index,
        selector: `a${index % 64} == 'v${index}'`,
        types: both,
        ingress: [{ action: 'Pass', destination: { selector: `b${index % 61} == 'x'` } }],
      }),
    ),
  };
  const namespace = { name: 'shop', labels: { env: 'prod' } };
  for (let run = 0; run < 20; run++)
    judgeCoverage(createPolicyWorld([policyOf(run, 0)], { mode: 'raw' }), namespace);
  const figures = Object.entries(inputs).map(([name, objects]) => {
    const world = createPolicyWorld(objects, { mode: 'apiserver', version: '3.32' });
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const time = cpu(() => judgeCoverage(world, namespace));
    return [name, { time, memory: (process.memoryUsage().heapUsed - before) / 2 ** 20 }] as const;
  });
  return Object.fromEntries(figures);
}

function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
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
