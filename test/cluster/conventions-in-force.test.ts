import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { issueServing } from '../../src/certificates/issue.ts';
import { type RunningServer, serve } from '../../src/main.ts';
import { renderChart } from './chart.ts';
import { startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { namespace } from './objects.ts';
import { loadTarget, startSteadyLoad } from './steady-load.ts';
import { until } from './until.ts';
import { pointedAt, registerWebhooks, type WebhookConfiguration } from './webhook.ts';

/**
 * Conventions and waivers as objects of a real API server, which two replicas follow. They run in this process, so that
 * their clock can be set; their rights and the webhooks are those of the chart.
 */
const definitions = resolve(import.meta.dirname, '../../charts/tollgate/files/crds');
const day = 24 * 60 * 60 * 1000;

const controlPlane = await startControlPlane({ controllers: true, audit: 'Metadata' });
t.teardown(() => controlPlane.stop());
const { api, authority, folder } = controlPlane;
const commands = createKubectl(controlPlane);
const { kubectl, apply } = commands;

let ahead = 0;
const now = () => new Date(Date.now() + ahead);

const replicas: RunningServer[] = [];
/** What they log as an error: each wrong document, and nothing else. */
const errors: string[] = [];
const users = ['system:serviceaccount:tollgate-system:tollgate', 'another-replica'];
const addresses = ['10.77.0.2', '10.77.0.3'];

await installCustomResources(controlPlane, ['calico/v3', 'linkerd']);
await kubectl(['apply', '-f', definitions]);
await apply([namespace('tollgate-system')]);
await apply(
  await renderChart(commands, ['cluster-role.yaml', 'role.yaml'], { 'conventions.source': 'cluster' }),
);
await apply([
  bindingOf('ClusterRoleBinding', 'ClusterRole', {}),
  bindingOf('RoleBinding', 'Role', { namespace: 'tollgate-system' }),
]);
for (const [index, address] of addresses.entries()) {
  const kubeconfig = await controlPlane.kubeconfigFor(users[index] ?? '');
  const { certificate, key } = await issueServing({ authority, hosts: [address], now: new Date(), days: 1 });
  const file = (name: string, content: string) => {
    const path = join(folder, `${address}-${name}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const replica = await serve({
    kubeconfig,
    address,
    port: 8443,
    tlsCert: file('tls.crt', certificate),
    tlsKey: file('tls.key', key),
    conventionsFromCluster: true,
    namespace: 'tollgate-system',
    lease: 'tollgate',
    now,
    log: pino({ level: 'error' }, { write: (line: string) => void errors.push(line) }),
  });
  t.teardown(() => replica.close());
  replicas.push(replica);
  await until(`${address} to be ready`, () => replica.readiness().ready);
}
const configurations = await renderChart(commands, ['validating-webhook.yaml', 'mutating-webhook.yaml']);
await registerWebhooks(
  controlPlane,
  configurations.map((one) =>
    pointedAt(one as WebhookConfiguration, replicas[0]?.url ?? '', authority.certificate),
  ),
);

function bindingOf(kind: string, role: string, metadata: object): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: 'another-replica', ...metadata },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role, name: 'tollgate' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'another-replica' }],
  };
}

const policies = '/apis/tollgate.dev/v1alpha1/conventionpolicies';
const waivers = '/apis/tollgate.dev/v1alpha1/waivers';

const baseline = (spec: object) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'ConventionPolicy',
  metadata: { name: 'baseline' },
  spec: { defaultDeny: {}, mesh: {}, ...spec },
});

interface Status {
  readonly observedGeneration?: number;
  readonly findings?: number;
  readonly conditions?: readonly {
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

async function statusAt(path: string) {
  const object = await api.get(path);
  const { observedGeneration, findings, conditions = [] } = (object?.['status'] ?? {}) as Status;
  return { generation: object?.metadata.generation, observedGeneration, findings, ...conditions[0] };
}

/** Waits until the status says this of the generation that is stored. */
async function statusOf(path: string, reason: string) {
  return until(`${path}: ${reason}`, async () => {
    const status = await statusAt(path);
    return status.reason === reason && status.observedGeneration === status.generation && status;
  });
}

/** Whether a namespace that nobody covers is refused, as a replica says it without the API server between. */
async function refuses(replica: RunningServer | undefined): Promise<boolean> {
  const review = readFileSync(resolve('examples/reviews/namespace-create.json'), 'utf8');
  const { promise, resolve: done, reject } = Promise.withResolvers<string>();
  const outgoing = request(
    `${replica?.url}/validate`,
    {
      method: 'POST',
      ca: authority.certificate,
      agent: false,
      headers: { 'content-type': 'application/json' },
    },
    (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => done(text));
    },
  );
  outgoing.on('error', reject).end(review);
  const { response } = JSON.parse(await promise) as { response: { allowed: boolean } };
  return !response.allowed;
}

/** Waits until every replica refuses it, or none does; resolves with the milliseconds that took. */
async function inForceOnAll(refused: boolean): Promise<number> {
  const begun = performance.now();
  await until(`every replica to ${refused ? 'refuse' : 'warn'}`, async () => {
    const answers = await Promise.all(replicas.map(refuses));
    return answers.every((answer) => answer === refused);
  });
  return performance.now() - begun;
}

const create = (name: string) => apply([namespace(name)], '--dry-run=server');

t.test(
  'a convention that is edited while reviews run is in force on every replica within seconds',
  async (t) => {
    await apply(loadTarget);
    await apply([baseline({})]);
    t.match(await statusOf(`${policies}/baseline`, 'InForce'), { status: 'True', message: 'it is in force' });
    const load = startSteadyLoad(controlPlane);
    await load.writes(40);
    for (const action of ['warn', 'deny', 'warn', 'deny']) {
      await apply([baseline({ rules: { 'gate/default-deny-missing': action } })]);
      const took = await inForceOnAll(action === 'deny');
      t.ok(took < 5000, `${action} was in force after ${Math.round(took)} ms`);
      await load.writes(40);
    }
    const { failed, enforced, unenforced } = await load.stop();
    t.same(failed.slice(0, 3), [], 'no review failed');
    t.same(errors, []);
    t.ok(enforced > 0 && unenforced > 0, `${enforced} reviews were enforced, ${unenforced} warned about`);
  },
);

t.test('a convention that is wrong never comes into force', async (t) => {
  const refused = await apply([baseline({ mesh: { inject: 'enable' } })]);
  t.equal(refused.code, 1);
  t.match(refused.stderr, /spec\.mesh\.inject: Unsupported value|spec\.mesh\.inject/, 'the CRD refuses it');

  await apply([baseline({ rules: { 'gate/default-deny-mising': 'off' } })]);
  t.match(await statusOf(`${policies}/baseline`, 'Invalid'), {
    status: 'False',
    message:
      /^spec\.rules\["gate\/default-deny-mising"\]: there is no rule "gate\/default-deny-mising"; did you mean "gate\/default-deny-missing"\?\nthe former version stays in force$/,
  });
  t.ok(await refuses(replicas[0]), 'what was in force still is');
  t.ok(await refuses(replicas[1]));
  t.match(
    replicas[1]?.readiness().checks.find(({ name }) => name === 'conventions'),
    {
      ok: false,
      harmless: true,
      detail: '1 object; not in force as it is written: ConventionPolicy/baseline',
    },
  );

  const rival = { ...baseline({}), metadata: { name: 'rival' } };
  await apply([baseline({}), rival]);
  t.match(await statusOf(`${policies}/rival`, 'Invalid'), {
    status: 'False',
    message:
      'spec.priority: "rival" and "baseline" (ConventionPolicy/baseline) both have priority 0 and both select a namespace such as "shop"; give one of them another priority\nit is not in force',
  });
  t.match(await statusOf(`${policies}/baseline`, 'InForce'), { status: 'True' });
  await kubectl(['delete', 'conventionpolicy', 'rival']);
});

t.test('a waiver ends by the clock, without an event', async (t) => {
  const until = new Date(Date.now() + 40 * day).toISOString().slice(0, 10);
  const waiver = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'lagoon' },
    spec: {
      rules: ['gate/default-deny-missing'],
      match: { namespaces: ['lagoon*'] },
      owner: 'team-sea',
      reason: 'moves in Q1',
      until,
    },
  };
  await apply([waiver]);
  await statusOf(`${waivers}/lagoon`, 'Unused');
  const waived = await apply([namespace('lagoon')]);
  t.equal(waived.code, 0, waived.stderr);
  t.match(
    waived.stderr,
    `Warning: gate/default-deny-missing: waived by lagoon of team-sea until ${until}: moves in Q1`,
  );
  const counted = await statusOf(`${waivers}/lagoon`, 'InForce');
  t.match(counted, { status: 'True', findings: 1 }, 'the audit has counted what it covers');
  const before = await api.get(`${waivers}/lagoon`);

  ahead = 30 * day;
  t.match(await statusOf(`${waivers}/lagoon`, 'EndsSoon'), { status: 'True', message: /in 10 days$/ });
  t.equal((await create('lagoon-2')).code, 0, 'on its last days it counts');
  ahead = 41 * day;
  const ended = await create('lagoon-2');
  t.equal(ended.code, 1);
  t.match(ended.stderr, `not waived: waiver "lagoon" of team-sea ended on ${until}`);
  t.match(await statusOf(`${waivers}/lagoon`, 'Ended'), { status: 'False', findings: 0 });
  const after = await api.get(`${waivers}/lagoon`);
  t.equal(after?.metadata.generation, before?.metadata.generation, 'nobody has changed it');
  ahead = 0;
});

t.test('one replica alone has written the statuses', async (t) => {
  const writers = controlPlane
    .auditLog()
    .filter(({ verb, requestURI }) => verb === 'patch' && /tollgate\.dev.*\/status/.test(requestURI))
    .map(({ user }) => user.username);
  t.ok(writers.length > 5, `${writers.length} statuses were written`);
  t.equal(new Set(writers).size, 1, [...new Set(writers)].join());
});
