import { setTimeout as after } from 'node:timers/promises';
import t from 'tap';
import { textAnnotation } from '../../src/cluster/lease/shared-text.ts';
import { denyAll, denyAllIn, named, namespace, pathOf, workload } from './objects.ts';
import { startTwoReplicas } from './two-replicas.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';

const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: reject }
spec:
  namespaces: { selector: {}, exclude: [kube-*, default, tollgate-system] }
  defaultDeny: { directions: [Ingress, Egress], families: [IPv4, IPv6], onMissing: reject }
---
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: hold }
spec:
  priority: 10
  namespaces: { selector: { matchLabels: { gate: hold } } }
  defaultDeny: { directions: [Ingress, Egress], families: [IPv4, IPv6], onMissing: hold }
---
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: lax }
spec:
  priority: 20
  namespaces: { selector: { matchLabels: { zone: lax } } }
  rules: { gate/wide-hole: warn }
`;

const cluster = await startTwoReplicas(conventions);
t.teardown(() => cluster.stop());
const { kubectl, apply, controlPlane, replicas } = cluster;
const { api } = controlPlane;

const globalPolicies = '/apis/projectcalico.org/v3/globalnetworkpolicies';
const lease = '/apis/coordination.k8s.io/v1/namespaces/tollgate-system/leases/tollgate-take-aways';

t.test('of two policies that go at the same moment through two replicas, one stays, each time', async (t) => {
  // The API server chooses a replica for each connection that it opens, and keeps many of them.
  const refusedAt = () => replicas.map((replica) => replica.log().includes('review denied'));
  await until('connections to both replicas', async () => {
    const rehearsed = Array.from({ length: 16 }, (_, index) =>
      api.call('POST', '/api/v1/namespaces?dryRun=All', namespace(`open-${index}`)),
    );
    await Promise.all(rehearsed);
    return refusedAt().every(Boolean);
  });
  const codes: number[] = [];
  for (let round = 1; round <= 14; round += 1) {
    const name = `twin-${round}`;
    const policies = [`${name}-one`, `${name}-two`];
    accepted(t, await apply([...policies.map((policy) => denyAll(policy, named(name))), namespace(name)]));
    const answers = await Promise.all(
      policies.map((policy) => api.call('DELETE', `${globalPolicies}/${policy}`)),
    );
    t.equal(answers.filter(({ status }) => status === 200).length, 1, `round ${round}`);
    const refusal = answers.find(({ status }) => status !== 200);
    codes.push(refusal?.status ?? 0);
    t.match(
      refusal?.body.message,
      /^admission webhook "validate.tollgate.dev" denied the request: gate\/default-deny-lost/,
    );
    const left = await Promise.all(policies.map((policy) => api.get(`${globalPolicies}/${policy}`)));
    t.equal(left.filter(Boolean).length, 1);
  }
  t.comment(`refused with ${codes.join(', ')}`);
});

t.test('of the policies of a namespace all but the last can be deleted in one go', async (t) => {
  const policies = Array.from({ length: 20 }, (_, index) => denyAllIn('row', `p-${index}`));
  accepted(t, await apply([denyAll('row', named('row')), namespace('row'), ...policies]));
  const removed = await kubectl(['delete', 'networkpolicies.projectcalico.org', '--all', '--namespace=row']);
  accepted(t, removed, 'one after the other');
  refused(
    t,
    await kubectl(['delete', 'globalnetworkpolicies.projectcalico.org/row']),
    'gate/default-deny-lost',
  );
});

t.test('a held namespace keeps its cover while a pod runs in it, whoever made the pod', async (t) => {
  const remove = ['delete', 'networkpolicies.projectcalico.org/default-deny', '--namespace=yard'];
  const inYard = '/apis/projectcalico.org/v3/namespaces/yard/networkpolicies';
  t.equal((await apply([namespace('yard', { gate: 'hold' })])).code, 0);
  await until('the account of its pods', () => api.get('/api/v1/namespaces/yard/serviceaccounts/default'));
  const bare = workload('Pod', 'yard', 'bare');
  refused(t, await apply([bare]), 'gate/held');
  accepted(t, await apply([denyAllIn('yard')]));
  accepted(t, await kubectl(remove), 'nothing runs there');
  accepted(t, await apply([denyAllIn('yard'), bare]));
  refused(t, await kubectl([...remove, '--dry-run=server']), 'NetworkPolicy "yard/default-deny": without it');
  refused(t, await kubectl(remove), 'NetworkPolicy "yard/default-deny": without it');
  const path = '/api/v1/namespaces/yard/pods/bare';
  await api.call('PATCH', `${path}/status`, { status: { phase: 'Succeeded' } });
  // It has ended for good, and until it is old enough nobody knows that no other pod still comes.
  t.match((await api.call('DELETE', `${inYard}/default-deny`)).body.message, 'another change was allowed');
  const isGone = async () => (await api.call('DELETE', `${inYard}/default-deny`)).status === 200;
  await until('the pod to count no more', isGone, { seconds: 90 });
});

t.test(
  'of a pod that comes to a held namespace and its policy that goes at that moment one stays',
  async (t) => {
    const first: string[] = [];
    for (let round = 1; round <= 14; round += 1) {
      const name = `bank-${round}`;
      t.equal((await apply([namespace(name, { gate: 'hold' }), denyAllIn(name)])).code, 0);
      await until('its account', () => api.get(`/api/v1/namespaces/${name}/serviceaccounts/default`));
      const kind = round % 3 === 0 ? 'Deployment' : 'Pod';
      const closed = `/apis/projectcalico.org/v3/namespaces/${name}/networkpolicies/default-deny`;
      const create = () => api.call('POST', pathOf(kind, name), workload(kind, name, 'web'));
      // A pod is asked about twice, so it comes a little later than what is sent with it.
      const remove = () => after(8 * (round % 7)).then(() => api.call('DELETE', closed));
      const [came, went] = await Promise.all([create(), remove()]);
      const [isThere, isClosed] = [await api.get(pathOf(kind, name, 'web')), await api.get(closed)];
      t.equal(came.status < 300, isThere !== undefined);
      t.equal(went.status < 300, isClosed === undefined);
      t.notOk(isThere && !isClosed, `round ${round}: it runs in an open namespace`);
      t.ok(isThere || !isClosed, `round ${round}: one of the two goes through`);
      const refusal = isThere ? went : came;
      t.match(
        refusal.body.message,
        /^admission webhook "(?:pods\.)?validate.tollgate.dev" denied the request: gate\/(?:held|default-deny-lost): /,
      );
      first.push(`${isThere ? kind : 'policy'} (${refusal.status})`);
    }
    t.comment(`let in: ${first.join(', ')}`);
  },
);

t.test('a namespace with a bare pod does not come back under hold while it is open', async (t) => {
  t.equal((await apply([namespace('depot', { gate: 'hold' }), denyAllIn('depot')])).code, 0);
  await until('its account', () => api.get('/api/v1/namespaces/depot/serviceaccounts/default'));
  accepted(t, await apply([workload('Pod', 'depot', 'bare')]));
  const relabel = (labels: object) => api.call('PATCH', '/api/v1/namespaces/depot', { metadata: { labels } });
  t.equal((await relabel({ zone: 'lax' })).status, 200);
  accepted(
    t,
    await kubectl(['delete', 'networkpolicies.projectcalico.org/default-deny', '--namespace=depot']),
  );
  const back = await relabel({ zone: null });
  t.equal(back.status, 403);
  t.match(back.body.message, 'gate/default-deny-missing: namespace "depot"');
  accepted(t, await apply([denyAllIn('depot')]));
  t.equal((await relabel({ zone: null })).status, 200);
});

t.test('without the right to the Lease nothing is taken away, and it is said why', async (t) => {
  accepted(
    t,
    await apply([denyAll('cut-1', named('cut')), denyAll('cut-2', named('cut')), namespace('cut')]),
  );
  const role = '/apis/rbac.authorization.k8s.io/v1/namespaces/tollgate-system/roles/tollgate';
  const rules = (await api.get(role))?.['rules'];
  await api.call('PATCH', role, { rules: [] });
  const refusal = await until('the right to be gone', async () => {
    const answer = await api.call('DELETE', `${globalPolicies}/cut-1`);
    if (answer.status === 200) await apply([denyAll('cut-1', named('cut'))]);
    return answer.status === 503 && answer;
  });
  t.match(refusal.body, {
    reason: 'ServiceUnavailable',
    message:
      /GlobalNetworkPolicy "cut-1": .*\n {2}because: Lease tollgate-system\/tollgate-take-aways cannot be (?:read|written): .*forbidden.*\n {2}To fix: try again/,
    details: { retryAfterSeconds: 1 },
  });
  t.equal((await api.call('DELETE', `${globalPolicies}/nobody`)).status, 404);
  await api.call('PATCH', role, { rules });
  // kubectl asks again by itself for as long as it is told to.
  accepted(t, await kubectl(['delete', 'globalnetworkpolicies.projectcalico.org/cut-1']));
  const text = (await api.get(lease))?.metadata.annotations?.[textAnnotation] ?? '';
  t.match(text, 'cut-1', 'the other replicas are told of it');
});
