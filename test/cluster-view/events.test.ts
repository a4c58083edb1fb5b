import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { createEventWriter, type EventOutcome, type Occurrence } from '../../src/cluster/event-writer.ts';
import type { Audit } from '../../src/engine/audit.ts';
import { nothingFound } from '../../src/engine/audit-findings.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import { createNamespaceEvents } from '../../src/application/serve/audit/namespace-events.ts';
import type { ReviewRecord } from '../../src/server/review/review-record.ts';
import { createFakeApiServer, fault, type SeenRequest } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';

const refused = (name: string, note = 'ingress is not denied by default'): Occurrence => ({
  namespace: 'default',
  regarding: { apiVersion: 'v1', kind: 'Namespace', name },
  type: 'Warning',
  reason: 'NamespaceRefused',
  action: 'Review',
  note,
});

/** The time that a write has is not over before the write. */
async function ended(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function writing(t: Test) {
  const api = await createFakeApiServer();
  api.serve({ group: 'events.k8s.io', version: 'v1', resource: 'events', kind: 'Event' });
  const schedule = createManualSchedule();
  const outcomes: EventOutcome[] = [];
  const problems: string[] = [];
  const waiting = new Set<() => void>();
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  const writer = createEventWriter({
    connection,
    schedule: {
      ...schedule,
      pause: (time, signal) => (time === 10_000 ? ended(signal) : schedule.pause(time, signal)),
    },
    instance: 'replica-1',
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      for (const look of waiting) look();
    },
    onProblem: (problem) => void problems.push(problem),
  });
  const until = async (condition: () => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => void (condition() && resolve());
    waiting.add(look);
    look();
    await promise;
    waiting.delete(look);
  };
  const written = () => outcomes.filter((outcome) => outcome === 'written').length;
  const sent = () => api.requests.filter(({ type }) => type === 'write');
  t.teardown(async () => {
    await writer.close();
    connection.close();
    await api.close();
  });
  return { api, schedule, writer, outcomes, problems, until, written, sent };
}

const bodyOf = ({ body }: SeenRequest) => body as Readonly<Record<string, unknown>>;

t.test('an Event says what has happened to whom, where its owner looks', async (t) => {
  const { writer, sent, until, written } = await writing(t);
  writer.start();
  const within = { apiVersion: 'v1', kind: 'Namespace', name: 'shop', namespace: 'shop' };
  writer.write({ ...refused('shop'), namespace: 'shop', regarding: within });
  await until(() => written() === 1);
  const [request] = sent();
  t.match(request, { method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/shop/events' });
  t.match(request?.body, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: /^shop\.[0-9a-f]{16}$/, namespace: 'shop' },
    eventTime: '2026-11-21T12:00:00.000000Z',
    reportingController: 'tollgate.dev/tollgate',
    reportingInstance: 'replica-1',
    type: 'Warning',
    reason: 'NamespaceRefused',
    action: 'Review',
    note: 'ingress is not denied by default',
    regarding: within,
  });
  writer.write(refused('yard', 'ü'.repeat(400) + 'x'.repeat(5000)));
  await until(() => written() === 2);
  t.ok(String(bodyOf(sent()[1] as SeenRequest).note).length <= 1000);
});

t.test('reviews take no more Events than their share, and one object no more than a few', async (t) => {
  const { writer, sent, until, written } = await writing(t);
  const taken = (notes: readonly Occurrence[]) => notes.filter((one) => writer.write(one)).length;
  const notes = (count: number, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => refused(name(index), `reason ${index}`));
  t.equal(taken(notes(20, () => 'shop')), 8, 'of one object');
  t.equal(taken(notes(600, (index) => `flood-${index}`)), 384 - 8, 'of all reviews');
  const audited = { ...refused('yard'), action: 'Audit', reason: 'NamespaceOpen' };
  t.equal(taken([audited]), 1, 'the audit has room left');
  writer.start();
  await until(() => written() >= 1);
  t.match(sent()[0]?.body, { reason: 'NamespaceOpen' }, 'and is written first');
});

t.test('the same again and again is one Event with a count, told once a minute', async (t) => {
  const { writer, schedule, sent, until, written, api } = await writing(t);
  writer.start();
  writer.write(refused('shop'));
  await until(() => written() === 1);
  for (let time = 0; time < 1000; time += 1) writer.write(refused('shop'));
  await schedule.pausing(60_000);
  t.equal(sent().length, 1);
  schedule.elapse(60_000);
  await until(() => written() === 2);
  const [first, second] = sent();
  t.match(second, {
    method: 'PATCH',
    path: `${first?.path}/${(bodyOf(first as SeenRequest).metadata as { name: string }).name}`,
    body: { series: { count: 1001, lastObservedTime: '2026-11-21T12:00:00.000000Z' } },
  });
  const [name = ''] = Object.keys(api.stored());
  api.remove({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
  });
  writer.write(refused('shop'));
  schedule.elapse(60_000);
  await until(() => written() === 3);
  t.match(sent().at(-1), { method: 'POST', body: { series: { count: 1002 } } }, 'its hour was over');
});

t.test('a flood is written slowly, and only a part of it', async (t) => {
  const { writer, schedule, outcomes, sent, until, written } = await writing(t);
  const taken = Array.from({ length: 2000 }, (_, index) => writer.write(refused(`island-${index}`)));
  t.equal(taken.filter(Boolean).length, 384, 'the share of reviews');
  t.equal(outcomes.length, 2000 - 384, 'the rest is dropped, and counted');
  const begun = schedule.now();
  writer.start();
  await until(() => written() === 100);
  t.ok(schedule.now() - begun >= 74_000, 'after the first 25 one a second');
  t.ok(sent().length <= 101);
});

t.test('what goes wrong', async (t) => {
  const { api, writer, schedule, outcomes, problems, sent, until, written } = await writing(t);
  writer.start();
  await t.test('is tried again where the API server may recover', async (t) => {
    api.next(
      'write',
      fault.status(500),
      fault.reset,
      fault.body('no JSON'),
      fault.status(429, { 'retry-after': '3' }),
    );
    writer.write(refused('shop'));
    await until(() => written() === 1);
    t.same(outcomes, ['failed', 'failed', 'failed', 'failed', 'written']);
    t.equal(schedule.pauses.at(-1), 3200, 'with growing pauses');
    t.equal(problems.length, 4);
  });
  await t.test('is given up where it will not have it', async (t) => {
    const before = sent().length;
    api.next('write', fault.status(403, {}, 'events.k8s.io is forbidden'));
    writer.write(refused('yard'));
    writer.write(refused('mall'));
    await until(() => written() === 2);
    t.equal(sent().length, before + 2);
    t.equal(problems.at(-1), 'events.k8s.io is forbidden');
  });
  await t.test('keeps nobody waiting', async (t) => {
    api.next('write', fault.silence);
    const asked = api.seen('write');
    t.ok(writer.write(refused('quiet')));
    await asked;
    t.ok(writer.write(refused('next')), 'while the API server says nothing');
    await writer.close();
    const end = sent().length;
    writer.write(refused('late'));
    t.equal(sent().length, end);
  });
});

const finding = (
  rule: JudgedFinding['rule'],
  message: string,
  more: Partial<JudgedFinding> = {},
): JudgedFinding => ({
  rule,
  object: { apiVersion: 'v1', kind: 'Namespace', name: 'shop' },
  pointer: '',
  message,
  action: 'deny',
  ...more,
});

function record(
  request: Partial<AdmissionRequest>,
  findings: readonly JudgedFinding[],
  allowed = false,
): ReviewRecord {
  const decision: Decision = {
    allowed,
    warnings: [],
    patch: [],
    auditAnnotations: {},
    findings,
    restsOnInventory: false,
  };
  return {
    webhook: 'validate',
    uid: 'u',
    request: {
      uid: 'u',
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      operation: 'CREATE',
      user: { username: 'ada', groups: [] },
      dryRun: false,
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      ...request,
    },
    decision,
    error: undefined,
    allowed,
    milliseconds: 1,
  };
}

function telling() {
  const told: Occurrence[] = [];
  const clock = { now: 0, takes: true };
  const existing = new Map<string, KubernetesObject>();
  const exist = (name: string, uid: string) =>
    existing.set(name, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid } });
  const events = createNamespaceEvents(
    (occurrence) => {
      if (clock.takes) told.push(occurrence);
      return clock.takes;
    },
    { namespace: (name) => existing.get(name) },
    () => clock.now,
  );
  return { told, clock, events, exist };
}

t.test('of reviews, what was refused is told', async (t) => {
  const { told, events, exist } = telling();
  const open = finding('gate/default-deny-missing', 'namespace "shop": ingress is not denied by default', {
    witness: 'no policy selects it',
    expected: 'a policy that selects every pod',
  });
  events.observe(record({}, [open]));
  t.same(told.splice(0), [
    {
      ...refused('shop'),
      note: 'gate/default-deny-missing: namespace "shop": ingress is not denied by default; because: no policy selects it; expected: a policy that selects every pod',
    },
  ]);
  const within = { apiVersion: 'v1', kind: 'Namespace', name: 'shop', namespace: 'shop' };
  exist('shop', 'u-1');
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'u-1' } };
  const relabelled = finding('gate/default-deny-lost', 'relabelled');
  events.observe(record({ operation: 'UPDATE', object }, [relabelled]));
  t.match(told.splice(0), [{ namespace: 'shop', regarding: within, reason: 'NamespaceChangeRefused' }]);
  const deployment = { kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, namespace: 'shop' };
  events.observe(record(deployment, [finding('gate/held', 'Deployment "shop/car"')]));
  t.match(told.splice(0), [{ namespace: 'shop', regarding: within, reason: 'WorkloadRefused' }]);

  const yard = { object: { ...object, metadata: { name: 'yard' } } };
  events.observe(record({ ...yard, dryRun: true }, [open]));
  events.observe(record(yard, [open], true));
  events.observe({ ...record(yard, [open]), webhook: 'mutate' });
  events.observe(record(deployment, [finding('mesh/opt-out', 'no plates')]));
  events.observe({
    ...record({}, []),
    request: undefined,
    decision: undefined,
    error: new Error('unreadable'),
  });
  t.same(told, [], 'nothing of dry runs, of what was admitted, and of what is not about namespaces');
});

t.test('what no API server could have sent is not reported', async (t) => {
  const { told, events, exist } = telling();
  exist('shop', 'u-1');
  const open = finding('gate/default-deny-missing', 'open');
  const lost = finding('gate/default-deny-lost', 'relabelled');
  const held = finding('gate/held', 'Deployment "yard/car"');
  const named = (name: string, uid?: string) => ({
    object: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, ...(uid === undefined ? {} : { uid }) },
    },
  });
  events.observe(record(named('shop'), [open]));
  events.observe(record(named('No-Name'), [open]));
  events.observe(record(named('x'.repeat(64)), [open]));
  events.observe(record({ operation: 'UPDATE', ...named('shop', 'u-2') }, [lost]));
  events.observe(record({ operation: 'UPDATE', ...named('yard', 'u-3') }, [lost]));
  const deployment = { kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, namespace: 'yard' };
  events.observe(record(deployment, [held]));
  t.same(told, []);
});

t.test('of audits, what is not closed is told, and when it has become so', async (t) => {
  const { told, clock, events } = telling();
  const audit = (...entries: readonly (readonly [string, JudgedFinding])[]): Audit => ({
    coverage: [],
    waived: new Map(),
    notClosed: new Map(entries),
    findings: nothingFound,
  });
  const open = finding('gate/default-deny-missing', 'open');
  const reasons = () => told.splice(0).map(({ namespace, type, reason }) => `${namespace} ${type} ${reason}`);
  const all = audit(
    ['shop', open],
    ['yard', { ...open, advisory: true }],
    ['mall', finding('gate/unknown', 'a tier is missing')],
  );
  events.tell(all);
  t.same(reasons(), [
    'shop Warning NamespaceOpen',
    'yard Warning NamespaceHeld',
    'mall Warning NamespaceUnknown',
  ]);
  events.tell(all);
  t.same(reasons(), [], 'once');
  events.tell(audit(['shop', finding('gate/default-deny-missing', 'open in another way')]));
  t.same(reasons(), [
    'shop Warning NamespaceOpen',
    'yard Normal NamespaceClosed',
    'mall Normal NamespaceClosed',
  ]);
  clock.now += 31 * 60_000;
  clock.takes = false;
  const still = audit(['shop', finding('gate/default-deny-missing', 'open in another way')]);
  events.tell(still);
  clock.takes = true;
  events.tell(still);
  t.same(
    reasons(),
    ['shop Warning NamespaceOpen'],
    'again before it is forgotten, and what was dropped later',
  );
});
