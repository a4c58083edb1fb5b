import t from 'tap';
import { startGatedCluster } from './gated-cluster.ts';
import { denyAll, namespace, pathOf, workload } from './objects.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';

const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: baseline }
spec:
  calico: { mode: v3crd }
  namespaces: { selector: {}, exclude: [kube-system, kube-public, kube-node-lease, default, linkerd] }
  mesh: { inject: enabled }
  # Linkerd is here in name only: no pod ever gets the proxy it asks for, and nothing would answer one.
  rules: { mesh/proxy-missing: off, mesh/control-plane-blocked: off }
  labels:
    - { key: team, value: { namespaceLabel: team }, required: true }
`;
const cluster = await startGatedCluster({
  conventions,
  before: async ({ apply }) => {
    await apply([denyAll('default-deny', 'has(team)'), namespace('b', { team: 'fishers' })]);
  },
});
t.teardown(() => cluster.stop());
const { kubectl, apply, controlPlane } = cluster;
const { api } = controlPlane;

const optedOut = [
  '--namespace=b',
  '--image=x',
  '--labels=team=fishers',
  '--annotations=linkerd.io/inject=disabled',
];

/** The notes of the audit's Events about a pod. */
async function told(name: string): Promise<readonly string[] | undefined> {
  const events = await api.list('/apis/events.k8s.io/v1/namespaces/b/events');
  const notes = events
    .filter(({ regarding, reason }) => {
      return reason === 'RuleViolated' && (regarding as { readonly name: string }).name === name;
    })
    .map(({ note }) => String(note));
  return notes.length > 0 ? notes : undefined;
}

/** The lines of the audit's log about a pod. */
function logged(name: string): readonly string[] | undefined {
  const lines = cluster
    .tollgate()
    .log()
    .split('\n')
    .filter((line) => line.includes('"msg":"audit: ') && line.includes(`"name":"${name}"`));
  return lines.length > 0 ? lines : undefined;
}

const metric = async (line: string): Promise<number | undefined> => {
  const text = await (await fetch(cluster.tollgate().metrics)).text();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length));
};

t.test('with tollgate up, a pod that opts out is refused, and the rest comes in right', async (t) => {
  refused(t, await kubectl(['run', 'quiet', ...optedOut]), 'mesh/opt-out: Pod "b/quiet"');
  accepted(t, await apply([workload('Deployment', 'b', 'car')]));
});

t.test('what came in, and what was changed, while tollgate was down is told by name', async (t) => {
  const car = await until('the pod of the Deployment', async () => (await api.list(pathOf('Pod', 'b')))[0]);
  const { name, uid } = car.metadata;
  t.equal(car.metadata.labels?.['team'], 'fishers');
  await cluster.tollgate().stop();
  accepted(t, await kubectl(['run', 'quiet', ...optedOut]), 'pods fail open');
  accepted(t, await kubectl(['label', 'pod', name, '--namespace=b', 'team-']));
  // More than a page of them, of an owner who proves nothing.
  const owner = await api.call('POST', '/api/v1/namespaces/b/configmaps', { metadata: { name: 'fleet' } });
  const { uid: owning } = owner.body.metadata;
  const fleet = Array.from({ length: 260 }, (_, index) => ({
    ...workload('Pod', 'b', `fleet-${index}`),
    metadata: {
      name: `fleet-${index}`,
      labels: { app: 'fleet', team: 'fishers' },
      annotations: { 'linkerd.io/inject': 'disabled' },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'fleet', uid: owning, controller: true },
      ],
    },
  }));
  const answers = await Promise.all(fleet.map((pod) => api.call('POST', pathOf('Pod', 'b'), pod)));
  t.same(new Set(answers.map(({ status }) => status)), new Set([201]));

  await cluster.restartTollgate();
  const [quiet] = await until('the Event of the pod that opts out', () => told('quiet'));
  t.match(quiet, /^mesh\/opt-out: Pod "b\/quiet": its pods would run outside the mesh, .*inject: disabled/);
  const [lost] = await until('the Event of the relabelled pod', () => told(name));
  t.match(lost, `label/required-missing: Pod "b/${name}": the pod template has no label team`);
  const events = await api.list('/apis/events.k8s.io/v1/namespaces/b/events');
  t.ok(
    events.some(({ regarding }) => (regarding as { readonly uid?: string }).uid === uid),
    'kubectl describe finds it',
  );
  const line = logged('quiet')?.map((text) => JSON.parse(text) as Record<string, unknown>);
  t.match(line, [
    { level: 40, rule: 'mesh/opt-out', action: 'deny', object: { kind: 'Pod', namespace: 'b' } },
  ]);
  t.equal(logged(name)?.length, 1);
  const group = cluster
    .tollgate()
    .log()
    .split('\n')
    .filter((text) => text.includes('and 259 more pods of ConfigMap'));
  t.equal(group.length, 1, 'a fleet of one owner is one line');
  t.equal(await metric('tollgate_audit_findings{rule="mesh/opt-out",action="deny"}'), 261);
  t.ok(((await metric('tollgate_audit_findings{rule="label/required-missing",action="deny"}')) ?? 0) >= 1);
  t.equal(await metric('tollgate_audit_pods'), 262);
  t.equal(await metric('tollgate_audit_failed_reads_total'), 0);
});

t.test('what came in past a tollgate that was too busy to answer is found within a minute', async (t) => {
  cluster.tollgate().signal('SIGSTOP');
  accepted(t, await kubectl(['run', 'late', ...optedOut]), 'after its timeout');
  cluster.tollgate().signal('SIGCONT');
  const [late] = await until('the Event of the late pod', () => told('late'), { seconds: 90 });
  t.match(late, 'mesh/opt-out: Pod "b/late"');
  t.equal(logged('late')?.length, 1);
  t.equal(logged('quiet')?.length, 1, 'what is known is not said again');
});

t.test('what is gone is no longer counted', async (t) => {
  const { status } = await api.call('DELETE', `${pathOf('Pod', 'b')}?labelSelector=app%3Dfleet`, {
    gracePeriodSeconds: 0,
  });
  t.equal(status, 200);
  await until(
    'the metric to fall',
    async () => (await metric('tollgate_audit_findings{rule="mesh/opt-out",action="deny"}')) === 2,
    { seconds: 120 },
  );
});
