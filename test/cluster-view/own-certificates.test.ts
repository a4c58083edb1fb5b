import t, { type Test } from 'tap';
import { defaultRotationTimes, type RotationStep } from '../../src/certificates/authority-rotation.ts';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { createCaBundle } from '../../src/cluster/certificates/ca-bundle.ts';
import { createOwnCertificates } from '../../src/cluster/certificates/own-certificates.ts';
import { createSecretSource, rotationAnnotation } from '../../src/cluster/certificates/secret-source.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { createFakeApiServer, fault, type FakeApiServer } from '../support/fake-api-server.ts';
import { createManualSchedule, type ManualSchedule } from '../support/manual-schedule.ts';

const secretPath = '/api/v1/namespaces/gate/secrets/tollgate-tls';
const group = 'admissionregistration.k8s.io';
const hosts = ['tollgate.gate.svc'];
const resources = {
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
} as const;
type Kind = keyof typeof resources;

const configuration = (kind: Kind, name = 'gate-tollgate'): KubernetesObject => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name, labels: { 'helm.sh/chart': 'tollgate' } },
  webhooks: ['validate.tollgate.dev', 'pods.validate.tollgate.dev'].map((webhook) => ({
    name: webhook,
    clientConfig: { service: { namespace: 'gate', name: 'tollgate', path: '/validate' } },
    timeoutSeconds: 3,
  })),
});

async function fake(t: Test): Promise<FakeApiServer> {
  const server = await createFakeApiServer();
  server.serve(
    { group: '', version: 'v1', resource: 'namespaces/gate/secrets', kind: 'Secret' },
    ...Object.entries(resources).map(([kind, resource]) => ({ group, version: 'v1', resource, kind })),
  );
  t.teardown(() => server.close());
  return server;
}

/** A replica whose time stands still until the test lets it pass. */
async function replica(t: Test, server: FakeApiServer, schedule: ManualSchedule, leads: boolean) {
  const credentials = async () => ({ headers: {}, tls: {} });
  const connection = createApiConnection({ server: server.url, credentials, userAgent: 'test' });
  const problems: string[] = [];
  const steps: RotationStep[] = [];
  const onProblem = (problem: string) => void problems.push(problem);
  const now = () => new Date(schedule.now());
  const common = { connection, schedule, onProblem };
  const secret = createSecretSource({ ...common, namespace: 'gate', name: 'tollgate-tls', hosts, now });
  const bundle = createCaBundle({ ...common, names: ['gate-tollgate'], onChange: () => keeper.wake() });
  const keeper = createOwnCertificates({
    ...common,
    secret,
    bundle,
    hosts,
    now,
    leads: () => leads,
    // Less than the silence after which watches are begun anew.
    times: { ...defaultRotationTimes, settleMs: 20_000, keepMs: 60_000 },
    onStep: (step) => void steps.push(step),
  });
  secret.onStored(keeper.wake);
  bundle.start();
  keeper.start();
  const started = secret.start();
  t.teardown(async () => {
    await Promise.all([secret.close(), bundle.close(), keeper.close()]);
    connection.close();
  });
  return { secret, bundle, keeper, problems, steps, started };
}

/** Lets time pass for two replicas, in steps so short that what they wait for in between can come. */
async function passing(schedule: ManualSchedule, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 10) {
    await schedule.pausing(10_000, 2);
    schedule.elapse(10_000);
  }
  await schedule.pausing(10_000, 2);
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 20_000; turns += 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never: ${condition.toString()}`);
}

const writes = (server: FakeApiServer) =>
  server.requests.filter(({ type }) => type === 'write').map(({ method, path }) => `${method} ${path}`);

function bundlesIn(server: FakeApiServer): readonly string[] {
  return Object.values(resources).flatMap((resource) => {
    const found = server.get(`/apis/${group}/v1/${resource}/gate-tollgate`);
    const webhooks = (found?.webhooks ?? []) as { clientConfig: { caBundle?: string } }[];
    return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
  });
}

const certificates = (bundle: string) => bundle.split('BEGIN CERTIFICATE').length - 1;

t.test('the leader makes the Secret and publishes its authority, and all serve it', async (t) => {
  const server = await fake(t);
  server.put(configuration('ValidatingWebhookConfiguration'), configuration('MutatingWebhookConfiguration'));
  server.put(configuration('ValidatingWebhookConfiguration', 'somebody-else'));
  const schedule = createManualSchedule();
  schedule.hold();
  const follower = await replica(t, server, schedule, false);
  const leader = await replica(t, server, schedule, true);
  await Promise.all([follower.started, leader.started]);
  t.ok(follower.secret.present() && leader.secret.present());
  t.equal(follower.secret.current().fingerprint, leader.secret.current().fingerprint);
  const authorities = leader.secret.current().authorities ?? '';
  await eventually(() => leader.bundle.trusts(authorities) && follower.bundle.trusts(authorities));
  t.same(new Set(bundlesIn(server)), new Set([authorities]));
  t.same(leader.steps, ['create']);
  t.same(writes(server), [
    'POST /api/v1/namespaces/gate/secrets',
    ...Object.values(resources).map((resource) => `PATCH /apis/${group}/v1/${resource}/gate-tollgate`),
  ]);

  const kind = 'ValidatingWebhookConfiguration';
  const after = server.get(`/apis/${group}/v1/${resources[kind]}/gate-tollgate`);
  const caBundle = Buffer.from(authorities).toString('base64');
  const { webhooks } = configuration(kind);
  const expected = (webhooks as { clientConfig: object }[]).map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle },
  }));
  t.same(after?.webhooks, expected, 'nothing but the bundle is touched');

  await passing(schedule, 50);
  t.equal(writes(server).length, 3, 'nothing is written where nothing differs');
  t.same([...leader.problems, ...follower.problems], []);

  server.put(configuration(kind));
  await eventually(() => bundlesIn(server).every((bundle) => bundle === authorities));
  t.equal(writes(server).length, 4, 'a bundle that somebody took away is put back');
});

t.test(
  'a rotation trusts the new authority first, then shows its leaf, then forgets the old one',
  async (t) => {
    const server = await fake(t);
    server.put(
      configuration('ValidatingWebhookConfiguration'),
      configuration('MutatingWebhookConfiguration'),
    );
    const schedule = createManualSchedule();
    schedule.hold();
    const leader = await replica(t, server, schedule, true);
    const follower = await replica(t, server, schedule, false);
    await Promise.all([leader.started, follower.started]);
    const old = leader.secret.current();
    await eventually(() => leader.bundle.trusts(old.authorities ?? ''));

    const secret = server.get(secretPath);
    if (!secret) throw new Error('there is no Secret');
    const { metadata } = secret;
    server.put({
      ...secret,
      metadata: { ...metadata, annotations: { [rotationAnnotation]: 'now', a: 'b' } },
    });
    await eventually(() => bundlesIn(server).every((bundle) => certificates(bundle) === 2));
    t.same(server.get(secretPath)?.metadata.annotations, { a: 'b' }, 'asked once, done once');
    await eventually(() => leader.bundle.trusts(bundlesIn(server)[0] ?? ''));
    t.equal(leader.secret.current().fingerprint, old.fingerprint, 'nobody shows the new leaf yet');

    await passing(schedule, 30);
    await eventually(() => follower.secret.current().fingerprint !== old.fingerprint);
    await eventually(() => leader.secret.current().fingerprint === follower.secret.current().fingerprint);
    t.ok(
      bundlesIn(server).every(
        (bundle) => certificates(bundle) === 2 && bundle.includes(old.authorities ?? '-'),
      ),
    );

    await passing(schedule, 70);
    await eventually(() => bundlesIn(server).every((bundle) => certificates(bundle) === 1));
    t.ok(bundlesIn(server).every((bundle) => bundle !== old.authorities));
    t.same(leader.steps, ['create', 'add-successor', 'switch', 'drop-former']);
    t.same([...leader.problems, ...follower.problems], []);
  },
);

t.test('a Secret that is deleted or spoiled is written again as it was', async (t) => {
  const server = await fake(t);
  const schedule = createManualSchedule();
  schedule.hold();
  const leader = await replica(t, server, schedule, true);
  await leader.started;
  const before = server.get(secretPath);
  if (!before) throw new Error('there is no Secret');
  server.remove(before);
  await eventually(() => server.get(secretPath) !== undefined);
  t.same(server.get(secretPath)?.data, before.data);
  server.put({ ...before, data: { ...(before.data as object), 'tls.crt': 'eA==' } });
  const crt = () => (server.get(secretPath)?.data as Record<string, string> | undefined)?.['tls.crt'];
  await eventually(() => crt() !== 'eA==');
  t.same(server.get(secretPath)?.data, before.data);
  t.same(leader.problems, [
    'there is no Secret gate/tollgate-tls yet',
    'Secret gate/tollgate-tls: tls.crt: expected PEM certificates, found a text that is none or is cut off',
  ]);
});

t.test('a Secret of somebody else is left alone', async (t) => {
  const server = await fake(t);
  const data = { 'tls.crt': 'eA==', 'tls.key': 'eA==' };
  const metadata = { name: 'tollgate-tls', namespace: 'gate' };
  server.put({ apiVersion: 'v1', kind: 'Secret', metadata, data });
  const schedule = createManualSchedule();
  schedule.hold();
  const leader = await replica(t, server, schedule, true);
  await eventually(() => leader.problems.length >= 2);
  t.same(leader.problems, [
    'Secret gate/tollgate-tls: it has no authority.crt',
    'Secret gate/tollgate-tls holds something else (tls.crt, tls.key); delete it, or name another Secret',
  ]);
  t.same(writes(server), []);
  schedule.elapse(2000);
  await leader.started;
  t.notOk(leader.secret.present());
  t.ok(leader.secret.current().certificate, 'something is served for the probes');
});

t.test('two that write at once do not undo each other', async (t) => {
  const server = await fake(t);
  server.put(configuration('ValidatingWebhookConfiguration'));
  const schedule = createManualSchedule();
  schedule.hold();
  const both = await Promise.all([replica(t, server, schedule, true), replica(t, server, schedule, true)]);
  await Promise.all(both.map(({ started }) => started));
  await eventually(() => new Set(both.map(({ secret }) => secret.current().fingerprint)).size === 1);
  t.equal(both.flatMap(({ steps }) => steps).length, 1, 'one of them made it');
  t.same(
    both.flatMap(({ problems }) => problems),
    [],
  );
});

t.test('what may not be written is said once, and tried again', async (t) => {
  const server = await fake(t);
  const schedule = createManualSchedule();
  schedule.hold();
  const refused = fault.status(403, {}, 'secrets "tollgate-tls" is forbidden');
  server.next('write', refused, refused);
  const leader = await replica(t, server, schedule, true);
  await schedule.pausing(400);
  schedule.elapse(400);
  await schedule.pausing(800);
  schedule.elapse(800);
  await leader.started;
  t.same(leader.problems, ['secrets "tollgate-tls" is forbidden']);
  t.ok(leader.secret.present());
});
