import type { FastifyReply, FastifyRequest } from 'fastify';
import { loadConventions } from '../src/conventions/load-conventions.ts';
import { createInventoryStore } from '../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../src/kubernetes/object.ts';
import { rules } from '../src/rules/registry.ts';
import { createMetrics } from '../src/server/metrics/metrics.ts';
import { createReviewRoute } from '../src/server/review/review-route.ts';
import { createReviewer } from '../src/server/review/reviewer.ts';
import { clusterOf, documents } from './worst-case/cluster.ts';
import { type Shape, shapes } from '../test/support/costly-shapes.ts';
import { median, printTable } from './table.ts';

/**
 * What the costliest bodies cost beside a plain one: each is read, judged and answered as the route of the server does
 * it, CREATE and UPDATE, validating and mutating, in turn with a body of the same kind and length that holds annotations
 * of nobody's. `node bench/worst-case.ts REGEX` tries the shapes of that name. Exit 1 where one costs more than five times
 * the plain one.
 */
const bound = 5;
const sizes = (process.env.TOLLGATE_BENCH_SIZES ?? '262144,1048576').split(',').map(Number);
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 3);
const wanted = new RegExp(process.argv[2] ?? '');
const isBrief = process.env.TOLLGATE_BENCH_BRIEF !== undefined;
/** Larger bodies of a shape are left out where one costs so many milliseconds. */
const patience = 20_000;

const { set, problems } = loadConventions(
  documents().map((value, index) => ({ file: `${index}.yaml`, value })),
  rules,
);
if (!set) throw new Error(problems.map(({ message }) => message).join('\n'));
const conventions = set;
const metrics = createMetrics({
  version: 'bench',
  ready: () => true,
  certificateEnd: () => new Date(),
  now: () => new Date(),
  inFlight: () => 0,
  closedForRoom: () => 0,
  auditFindings: () => [],
  auditAges: () => [],
  auditedPods: () => undefined,
  gaps: () => 0,
  resources: () => [],
  namespaces: () => [],
  conventions: () => [],
  conventionProblems: () => 0,
});
const calico = { mode: 'v3crd', version: '3.32' } as const;
const clusters = new Map<boolean, ReturnType<typeof routesOf>>();

function routesOf(namespaces: number) {
  const { inventory } = createInventoryStore(calico, clusterOf(namespaces));
  const reviewer = createReviewer({
    inventory,
    conventions: () => conventions,
    clock: () => new Date(),
    stage: 'enforce',
  });
  const options = {
    reviewer,
    observers: [metrics.observe],
    elapsed: () => performance.now(),
    longestReviewMs: 10_000,
    onReview: () => {},
  };
  return {
    validate: createReviewRoute('validate', options),
    mutate: createReviewRoute('mutate', options),
  };
}

function routesFor(shape: Shape) {
  const large = shape.large === true;
  const known = clusters.get(large) ?? routesOf(large ? 10_000 : 200);
  clusters.set(large, known);
  return known;
}

type Webhook = 'validate' | 'mutate';
const cases = (['validate', 'mutate'] as const).flatMap((webhook) =>
  (['CREATE', 'UPDATE'] as const).map((operation) => ({ webhook, operation })),
);

function bodyOf(operation: 'CREATE' | 'UPDATE', object: KubernetesObject): string {
  const { apiVersion, kind, metadata } = object;
  const [group = '', version = apiVersion] = apiVersion.includes('/')
    ? apiVersion.split('/')
    : ['', apiVersion];
  const changed = {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, changed: 'now' } },
    ...templateChanged(object),
  };
  const request = {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group, version, kind },
    resource: { group, version, resource: `${kind.toLowerCase()}s` },
    name: metadata.name,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    operation,
    userInfo: { username: 'ada', groups: ['system:authenticated'] },
    object: operation === 'UPDATE' ? changed : object,
    oldObject: operation === 'UPDATE' ? object : null,
    dryRun: false,
  };
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
}

/** An update that rolls out anyway, so that it is mutated. */
function templateChanged({ spec }: KubernetesObject): object {
  const { template, ...rest } = (spec ?? {}) as {
    readonly template?: { readonly metadata?: { readonly annotations?: object } };
  };
  if (!template) return {};
  const annotations = { ...template.metadata?.annotations, 'linkerd.io/inject': 'disabled' };
  return { spec: { ...rest, template: { ...template, metadata: { ...template.metadata, annotations } } } };
}

const reply = { code: () => reply } as unknown as FastifyReply;

/** Milliseconds of CPU, of all threads, from the text of the body to the text of the answer. */
async function cost(route: ReturnType<typeof routesOf>[Webhook], body: string): Promise<[number, string]> {
  const before = process.cpuUsage();
  const incoming = { body: JSON.parse(body) as unknown, query: {}, raw: {} } as FastifyRequest;
  const answer = JSON.stringify(await route(incoming, reply));
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e3, answer];
}

/** Lengthens the plain body until it is as long as the other. */
function plainBody(shape: Shape, operation: 'CREATE' | 'UPDATE', length: number): string {
  const base = bodyOf(operation, shape.plain(0)).length;
  const parts = operation === 'UPDATE' ? 2 : 1;
  const plain = bodyOf(operation, shape.plain(Math.max(0, (length - base) / parts)));
  return plain + ' '.repeat(Math.max(0, length - plain.length));
}

const rows: string[][] = [];
let over = 0;
for (const shape of shapes.filter(({ name }) => wanted.test(name))) {
  const routes = routesFor(shape);
  let isTooSlow = false;
  for (const size of sizes) {
    if (isTooSlow) continue;
    const object = shape.make(size);
    for (const { webhook, operation } of cases) {
      const body = bodyOf(operation, object);
      const plain = plainBody(shape, operation, body.length);
      const figures = { shape: [] as number[], plain: [] as number[] };
      let answer = '';
      for (let round = -1; round < rounds; round++) {
        const [plainCost] = await cost(routes[webhook], plain);
        const [shapeCost, told] = await cost(routes[webhook], body);
        answer = told;
        if (shapeCost > patience) isTooSlow = true;
        if (round >= 0 || isTooSlow) {
          figures.plain.push(plainCost);
          figures.shape.push(shapeCost);
        }
        if (shapeCost > patience / 4) break;
      }
      const [plainly, costly] = [median(figures.plain), median(figures.shape)];
      const ratio = costly / Math.max(1, plainly);
      if (ratio > bound) over++;
      if (isBrief && ratio <= bound * 0.6) continue;
      const line = [
        shape.name,
        `${webhook} ${operation}`,
        `${Math.round(body.length / 1024)}`,
        costly.toFixed(1),
        plainly.toFixed(1),
        `${ratio.toFixed(2)}${ratio > bound ? ' !' : ''}`,
        String(answer.length),
      ];
      if (isBrief) console.log(line.join(' | '));
      rows.push(line);
    }
  }
}
if (!isBrief)
  printTable(['shape', 'review', 'KiB', 'CPU ms', 'plain, CPU ms', 'ratio', 'answer, bytes'], rows);
console.log(`\n${over} over ${bound} times the plain body`);
if (over > 0) process.exitCode = 1;
