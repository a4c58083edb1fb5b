import type { WaiverCounts } from '../../src/conventions/waiver/waiver-count.ts';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { conventionsOf } from '../../src/application/serve/conventions/conventions-in-force.ts';
import { createFakeApiServer, type FakeApiServer } from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';

const log = pino({ level: 'silent' });

const convention = (name: string, priority: unknown) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'ConventionPolicy',
  metadata: { name },
  spec: { priority, mesh: { inject: 'enabled' } },
});

/** Puts files into a folder as the kubelet does: a link is swapped above them. */
function mount(folder: string, version: string, files: Readonly<Record<string, object>>): void {
  const data = join(folder, `..${version}`);
  mkdirSync(data, { recursive: true });
  for (const [name, document] of Object.entries(files)) {
    writeFileSync(join(data, name), JSON.stringify(document));
    try {
      symlinkSync(join('..data', name), join(folder, name));
    } catch {
      // It is there already.
    }
  }
  symlinkSync(`..${version}`, join(folder, '..next'));
  renameSync(join(folder, '..next'), join(folder, '..data'));
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 20_000; turns += 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never: ${condition.toString()}`);
}

const heldSchedule = () => {
  const schedule = createManualSchedule();
  schedule.hold();
  return schedule;
};

t.test('a mounted folder is followed, and what is wrong leaves the last good state in force', async (t) => {
  const folder = t.testdir({});
  mount(folder, '1', { 'policies.yaml': convention('a', 1) });
  const schedule = heldSchedule();
  const inForce = await conventionsOf(
    { conventions: [folder] },
    { connection: undefined, folder, schedule, leads: () => false },
    log,
  );
  t.teardown(inForce.close);
  inForce.start();
  const priority = () => inForce.current().conventions[0]?.priority;
  t.equal(priority(), 1);
  mount(folder, '2', { 'policies.yaml': convention('a', 2) });
  await schedule.pausing(10_000);
  schedule.elapse(10_000);
  await eventually(() => priority() === 2);
  mount(folder, '3', { 'policies.yaml': convention('a', 'high') });
  await schedule.pausing(10_000);
  schedule.elapse(10_000);
  await eventually(() => inForce.checks()[0]?.detail !== folder);
  t.match(inForce.checks(), [
    { ok: false, harmless: true, detail: /spec\.priority: found "high", expected a number/ },
  ]);
  t.equal(priority(), 2);
});

const waiver = (until: string) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'Waiver',
  metadata: { name: 'ftp' },
  spec: {
    rules: ['mesh/opt-out'],
    match: { namespaces: ['files'] },
    owner: 'team-files',
    reason: 'raw FTP data channel',
    until,
  },
});

t.test(
  'a waiver in a file ends by the clock, without anything that changes, and the log says so once',
  async (t) => {
    const folder = t.testdir({});
    mount(folder, '1', { 'policies.yaml': convention('a', 1), 'waiver.yaml': waiver('2026-11-30') });
    const schedule = heldSchedule();
    let time = new Date('2026-11-01T12:00:00Z');
    const lines: string[] = [];
    const inForce = await conventionsOf(
      { conventions: [folder] },
      { connection: undefined, folder, schedule, leads: () => false, now: () => time },
      pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) }),
    );
    t.teardown(inForce.close);
    inForce.start();
    for (const day of ['2026-11-02', '2026-11-20', '2026-11-20', '2026-12-01', '2026-12-01']) {
      await schedule.pausing(10_000);
      time = new Date(`${day}T12:00:00Z`);
      schedule.elapse(10_000);
    }
    await schedule.pausing(10_000);
    const told = { level: 40, waiver: 'ftp', owner: 'team-files' };
    t.match(
      lines.map((line) => JSON.parse(line) as object),
      [
        {
          ...told,
          rule: 'waiver/expires-soon',
          msg: 'waiver "ftp" of team-files ends on 2026-11-30, in 10 days',
        },
        {
          ...told,
          rule: 'waiver/expired',
          msg: 'waiver "ftp" of team-files ended on 2026-11-30, so it no longer counts',
        },
      ],
    );
    t.equal(lines.length, 2);
  },
);

async function cluster(
  t: Test,
  leads: boolean,
  more: {
    readonly now?: () => Date;
    readonly findings?: () => WaiverCounts;
    /** Files to go by instead of the objects of the cluster; an empty list stands for the packaged convention. */
    readonly files?: readonly string[];
    /** The namespace whose ConfigMap keeps the last good set. */
    readonly namespace?: string;
    /** Another replica's API server. */
    readonly server?: FakeApiServer;
  } = {},
) {
  const server = more.server ?? (await createFakeApiServer());
  const group = 'tollgate.dev';
  if (!more.server)
    server.serve(
      { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true },
      { group, version: 'v1alpha1', resource: 'conventionpolicies', kind: 'ConventionPolicy' },
      { group, version: 'v1alpha1', resource: 'waivers', kind: 'Waiver' },
    );
  const credentials = async () => ({ headers: {}, tls: {} });
  const connection = createApiConnection({ server: server.url, credentials, userAgent: 'test' });
  const schedule = heldSchedule();
  const inForce = await conventionsOf(
    more.files
      ? { conventions: more.files }
      : { conventionsFromCluster: true, ...(more.namespace ? { namespace: more.namespace } : {}) },
    { connection, folder: t.testdirName, schedule, leads: () => leads, ...more },
    log,
  );
  t.teardown(async () => {
    await inForce.close();
    connection.close();
    if (!more.server) await server.close();
  });
  const put = (name: string, priority: unknown, generation: number) => {
    const document = convention(name, priority);
    server.put({ ...document, metadata: { ...document.metadata, uid: name, generation } });
  };
  const accepted = (name: string) => {
    const path = `/apis/tollgate.dev/v1alpha1/conventionpolicies/${name}`;
    const status = server.get(path)?.status as { conditions?: { status: string; message: string }[] };
    return status?.conditions?.[0];
  };
  return { server, schedule, inForce, put, accepted };
}

t.test('objects of the cluster hold at once, and the leader says what has become of them', async (t) => {
  const { server, inForce, put, accepted } = await cluster(t, true);
  const priority = () => inForce.current().conventions.map((one) => `${one.name} ${one.priority}`);
  put('a', 1, 1);
  t.match(inForce.checks(), [{ ok: false }], 'not before they have been read');
  inForce.start();
  await eventually(() => accepted('a')?.status === 'True');
  t.same(priority(), ['a 1']);
  put('a', 2, 2);
  await eventually(() => priority()[0] === 'a 2');
  put('a', 'high', 3);
  await eventually(() => accepted('a')?.status === 'False');
  t.equal(
    accepted('a')?.message,
    'spec.priority: found "high", expected a number\nthe former version stays in force',
  );
  put('b', 3, 1);
  await eventually(() => priority().length === 2);
  t.same(priority(), ['b 3', 'a 2'], 'nobody else waits for it');
  await eventually(() => accepted('b')?.status === 'True');
  const writes = server.requests.filter(({ type }) => type === 'write');
  t.ok(writes.every(({ method, path }) => method === 'PATCH' && path.endsWith('/status')));
});

t.test('the status of a waiver says what becomes of it, by the clock alone', async (t) => {
  let time = new Date('2026-11-01T12:00:00Z');
  let found: WaiverCounts = new Map();
  const { server, schedule, inForce } = await cluster(t, true, { now: () => time, findings: () => found });
  const object = waiver('2026-11-30');
  server.put({ ...object, metadata: { ...object.metadata, uid: 'w', generation: 1 } });
  const path = '/apis/tollgate.dev/v1alpha1/waivers/ftp';
  const status = () => {
    const { conditions = [], findings } = (server.get(path)?.status ?? {}) as {
      conditions?: { status: string; reason: string; message: string }[];
      findings?: number;
    };
    return { ...conditions[0], findings };
  };
  const becomes = async (reason: string) => {
    await eventually(() => status().reason === reason);
    return status();
  };
  inForce.start();
  t.match(await becomes('Unused'), {
    status: 'True',
    message: 'waiver "ftp" of team-files covers nothing: no finding of mesh/opt-out matches it',
    findings: 0,
  });
  const count = { findings: 2, objects: 1, namespaces: new Set(['files']), names: new Set<string>() };
  found = new Map([['ftp', count]]);
  inForce.wake?.();
  t.match(await becomes('InForce'), { status: 'True', message: 'it is in force', findings: 2 });
  /** Its own write comes back as an event, so that it may have to pause once more. */
  const becomesOn = async (day: string, reason: string) => {
    time = new Date(`${day}T00:00:00Z`);
    await eventually(() => {
      schedule.elapse(1000);
      return status().reason === reason;
    });
    return status();
  };
  t.match(await becomesOn('2026-11-20', 'EndsSoon'), {
    status: 'True',
    message: /ends on 2026-11-30, in 10 days$/,
  });
  t.match(await becomesOn('2026-12-01', 'Ended'), {
    status: 'False',
    message: 'waiver "ftp" of team-files ended on 2026-11-30, so it no longer counts',
  });
});

t.test('a replica that does not lead judges by them and writes nothing', async (t) => {
  const { server, inForce, put } = await cluster(t, false);
  put('a', 1, 1);
  inForce.start();
  await eventually(() => inForce.current().conventions[0]?.name === 'a');
  t.same(
    server.requests.filter(({ type }) => type === 'write'),
    [],
  );
});

t.test('objects of the cluster are named where they are not in use', async (t) => {
  const folder = t.testdir({ 'policies.yaml': JSON.stringify(convention('filed', 1)) });
  for (const files of [[folder], []]) {
    const { server, inForce, put } = await cluster(t, true, { files });
    const source = files[0] ?? 'the packaged convention';
    const detail = () => inForce.checks()[0]?.detail;
    inForce.start();
    t.equal(detail(), source);
    put('a', 1, 1);
    const remark = 'not in use without --conventions-from-cluster: ConventionPolicy/a';
    await eventually(() => detail() === `${source}; ${remark}`);
    t.not(inForce.current().conventions[0]?.name, 'a');
    server.remove(convention('a', 1));
    await eventually(() => detail() === source);
    t.same(
      server.requests.filter(({ type }) => type === 'write'),
      [],
    );
  }
});

t.test('the last good set is kept in the cluster, and a new replica begins with it', async (t) => {
  const namespace = 'tollgate-system';
  const path = `/api/v1/namespaces/${namespace}/configmaps/tollgate-conventions-in-force`;
  const first = await cluster(t, true, { namespace });
  const { server, put } = first;
  const hash = () => server.get(path)?.metadata.annotations?.['tollgate.dev/hash'];
  put('a', 1, 1);
  first.inForce.start();
  await eventually(() => hash() !== undefined && first.accepted('a')?.status === 'True');
  const kept = hash();
  put('a', 'high', 2);
  await eventually(() => first.accepted('a')?.status === 'False');
  t.match(first.inForce.checks(), [
    { ok: false, harmless: true, detail: /not in force as it is written: ConventionPolicy\/a/ },
  ]);
  t.equal(first.inForce.problems(), 1);
  t.equal(hash(), kept);
  const second = await cluster(t, false, { namespace, server });
  second.inForce.start();
  await eventually(() => second.inForce.checks()[0]?.harmless === true);
  const inForce = ({ inForce }: typeof first) =>
    inForce.current().conventions.map((one) => `${one.name} ${one.priority}`);
  t.same(inForce(second), ['a 1']);
  server.remove(convention('a', 1));
  for (const replica of [first, second]) {
    await eventually(() => /deleted without the annotation/.test(replica.inForce.checks()[0]?.detail ?? ''));
    t.same(inForce(replica), ['a 1']);
  }
  server.put({
    ...convention('b', 1),
    metadata: { name: 'b', uid: 'b', generation: 1, annotations: { 'tollgate.dev/confirm-delete': 'a' } },
  });
  for (const replica of [first, second]) {
    await eventually(() => inForce(replica)[0] === 'b 1');
    t.match(replica.inForce.checks(), [{ ok: true, detail: '1 object' }]);
  }
  // A status that could not be written makes the leader pause.
  await eventually(() => {
    first.schedule.elapse(1000);
    return hash() !== kept;
  });
});

t.test(
  'a replica that does not know the last good version of an invalid convention is not ready',
  async (t) => {
    const { inForce, put, server } = await cluster(t, true, { namespace: 'tollgate-system' });
    put('a', 'high', 1);
    inForce.start();
    await eventually(() =>
      /no version of ConventionPolicy\/a is known/.test(inForce.checks()[0]?.detail ?? ''),
    );
    t.match(inForce.checks(), [{ ok: false, harmless: undefined }]);
    t.notOk(server.requests.some(({ type, path }) => type === 'write' && path.includes('configmaps')));
    put('a', 1, 2);
    await eventually(() => inForce.checks()[0]?.ok === true);
    t.equal(inForce.current().conventions[0]?.name, 'a');
  },
);

t.test('a convention that never was good does not make a gate unready that judges by others', async (t) => {
  const { inForce, put, server } = await cluster(t, true, { namespace: 'tollgate-system' });
  inForce.start();
  await eventually(() => inForce.checks()[0]?.detail === 'the packaged convention, 0 objects');
  await eventually(() =>
    server.requests.some(({ type, path }) => type === 'write' && path.includes('configmaps')),
  );
  put('a', 'high', 1);
  await eventually(() => inForce.checks()[0]?.ok === false);
  t.match(inForce.checks(), [{ ok: false, harmless: true }]);
});

t.test('the record is written again when somebody deletes or spoils it', async (t) => {
  const namespace = 'tollgate-system';
  const { inForce, put, server, accepted, schedule } = await cluster(t, true, { namespace });
  const path = `/api/v1/namespaces/${namespace}/configmaps/tollgate-conventions-in-force`;
  put('a', 1, 1);
  inForce.start();
  await eventually(() => server.get(path) !== undefined && accepted('a')?.status === 'True');
  const object = server.get(path);
  if (!object) throw new Error('there is none');
  server.remove(object);
  await eventually(() => server.get(path) !== undefined);
  server.put({ ...object, binaryData: {} });
  await eventually(() => {
    schedule.elapse(1000);
    return Object.keys(server.get(path)?.['binaryData'] ?? {}).length === 1;
  });
  t.equal(inForce.current().conventions[0]?.name, 'a');
});
