import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { createReviewer, type ReviewerOptions } from '../../src/server/review/reviewer.ts';
import { startTracing } from '../../src/server/tracing/tracing.ts';
import { conventions } from '../support/conventions.ts';
import { namespace } from '../support/objects.ts';
import { review, startServer } from '../support/webhook-server.ts';

interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}
interface Sent {
  readonly path: string | undefined;
  readonly body: {
    readonly resourceSpans: readonly {
      readonly resource: Pick<Span, 'attributes'>;
      readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
    }[];
  };
}

/** A collector that takes OTLP over HTTP in JSON, on loopback. */
async function startCollector(t: Test) {
  const sent: Sent[] = [];
  const server = createServer((incoming, reply) => {
    void incoming.toArray().then((chunks) => {
      sent.push({ path: incoming.url, body: JSON.parse(Buffer.concat(chunks).toString()) as Sent['body'] });
      reply.setHeader('content-type', 'application/json').end('{}');
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const spans = () =>
    sent.flatMap(({ body }) =>
      body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
  return { endpoint: `http://127.0.0.1:${port}`, sent, spans };
}

const { inventory } = createInventoryStore({ mode: 'v3crd' }, [namespace('old')]);
const set = conventions({});

async function startTraced(t: Test, endpoint: string, sampleRatio = 1, more: Partial<ReviewerOptions> = {}) {
  const problems: string[] = [];
  const elapsed = () => performance.now();
  const tracing = startTracing({
    choice: { endpoint, sampleRatio },
    version: '1.2.3',
    elapsed,
    onProblem: (problem) => problems.push(problem),
  });
  const reviewer = createReviewer({
    inventory,
    conventions: () => set,
    clock: () => new Date('2026-11-21T12:00:00Z'),
    stage: 'enforce',
    onStep: tracing.step,
    ...more,
  });
  const { send } = await startServer(t, { reviewer, observers: [tracing.observe] });
  return { send, close: tracing.close, problems };
}

const valueOf = ({ attributes }: Pick<Span, 'attributes'>, wanted: string) =>
  attributes.find(({ key }) => key === wanted)?.value.stringValue;

t.test('each review is a span with what it was about, and its steps below it', async (t) => {
  const collector = await startCollector(t);
  const { send, close } = await startTraced(t, collector.endpoint, 1, {
    freshReads: {
      namespace: async () => ({ fresh: true, change: {} }),
      answer: async () => ({ fresh: true, change: {} }),
      takeAway: async () => ({ fresh: true, change: {} }),
    },
  });
  await send('/validate', { body: review() });
  await send('/mutate', { body: review({ uid: 'u-2', dryRun: true }) });
  await close();
  const spans = collector.spans();
  const [denied, mutated] = ['u-1', 'u-2'].map((uid) =>
    spans.find((span) => valueOf(span, 'tollgate.review.uid') === uid),
  );
  t.same(collector.sent[0]?.path, '/v1/traces');
  const [{ resource } = { resource: { attributes: [] } }] = collector.sent[0]?.body.resourceSpans ?? [];
  t.equal(valueOf(resource, 'service.name'), 'tollgate');
  t.equal(valueOf(resource, 'service.version'), '1.2.3');
  if (!denied || !mutated) throw new Error('a review has no span');
  t.equal(denied.name, 'validate CREATE Namespace');
  t.same(
    ['webhook', 'review.operation', 'review.kind', 'review.name', 'verdict', 'rules'].map((key) =>
      valueOf(denied, `tollgate.${key}`),
    ),
    ['validate', 'CREATE', 'Namespace', 'shop', 'denied', 'gate/default-deny-missing'],
  );
  t.equal(valueOf(mutated, 'tollgate.verdict'), 'allowed');
  const below = spans.filter(({ parentSpanId }) => parentSpanId === denied.spanId);
  t.same(
    below.map(({ name }) => name),
    ['judge', 'confirm by a direct read', 'judge'],
    'a denial is judged, confirmed, and judged by what was read',
  );
  for (const { name, startTimeUnixNano, endTimeUnixNano, traceId } of below) {
    t.equal(traceId, denied.traceId, name);
    t.ok(
      BigInt(startTimeUnixNano) >= BigInt(denied.startTimeUnixNano) &&
        BigInt(endTimeUnixNano) <= BigInt(denied.endTimeUnixNano),
      `${name} lies within the review`,
    );
  }
  t.notMatch(JSON.stringify(spans), /jane/, 'no user');
});

t.test('nothing is sent of what is not sampled, and a path of the endpoint is taken as it is', async (t) => {
  const collector = await startCollector(t);
  const unsampled = await startTraced(t, collector.endpoint, 0);
  await unsampled.send('/validate', { body: review() });
  await unsampled.close();
  t.same(collector.sent, []);
  const elsewhere = await startTraced(t, `${collector.endpoint}/otlp/v1/traces`);
  await elsewhere.send('/validate', { body: 'no review' });
  await elsewhere.send('/validate', { body: review({ operation: 'PAINT' }) });
  await elsewhere.close();
  t.same(
    collector.sent.map(({ path }) => path),
    ['/otlp/v1/traces'],
  );
  t.same(
    collector.spans().map((span) => [span.name, valueOf(span, 'tollgate.verdict'), span.status?.code]),
    [['validate', 'failed', 2]],
    'a review that cannot be read is one that failed',
  );
});

t.test('a collector that is not there is told of, and keeps nobody waiting', async (t) => {
  const { send, close, problems } = await startTraced(t, 'http://127.0.0.1:1');
  const { status } = await send('/validate', { body: review() });
  t.equal(status, 200);
  await close();
  t.match(problems[0], /ECONNREFUSED/);
});

t.test('without that choice nothing of it is loaded', async (t) => {
  const src = join(import.meta.dirname, '../../src');
  const importing = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .filter((line) => line.includes('/tracing/tracing.ts') && !line.startsWith('import type '))
        .map((line) => [file, line.trim()]),
    );
  t.same(
    importing.map(([file]) => file),
    ['application/serve/door/build-server.ts'],
  );
  t.match(importing[0]?.[1], /await import\(/);
});
