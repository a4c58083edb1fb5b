import t from 'tap';
import { startGatedCluster } from './gated-cluster.ts';
import { denyAll, denyAllIn, named, namespace, workload, pathOf } from './objects.ts';
import { until } from './until.ts';
import { accepted, refused, warned } from './verdict.ts';

/** Only the storage form of Calico's policies is served here, as where Calico runs without its API server. */
const calico = 'crd.projectcalico.org/v1';
const cluster = await startGatedCluster({ customResources: ['calico/v1', 'linkerd'] });
t.teardown(() => cluster.stop());
const { kubectl, apply, controlPlane } = cluster;
const { api } = controlPlane;

const closed = (name: string) => [denyAll(name, named(name), calico), namespace(name)];
const gone = (name: string): Promise<boolean> =>
  until(`namespace ${name} to be gone`, async () => !(await api.get(`/api/v1/namespaces/${name}`)));

t.test('with tollgate up, policies in crd.projectcalico.org count', async (t) => {
  refused(t, await kubectl(['create', 'namespace', 'shop']), 'gate/default-deny-missing: namespace "shop"');
  const policies = [denyAllIn('shop', 'own', calico), denyAllIn('yard', 'own', calico)];
  warned(
    t,
    await apply([...closed('shop'), ...closed('yard'), ...policies]),
    'policy/raw-group: GlobalNetworkPolicy "shop"',
    'policy/raw-group: GlobalNetworkPolicy "yard"',
    'policy/raw-group: NetworkPolicy "shop/own"',
    'policy/raw-group: NetworkPolicy "yard/own"',
  );
  const car = await apply([workload('Deployment', 'shop', 'car')]);
  warned(t, car, 'mesh/control-plane-blocked: Deployment "shop/car": its proxy cannot reach');
});

t.test('with tollgate stopped, what it guards is refused and everything else goes on', async (t) => {
  t.equal(await cluster.tollgate().stop(), '0');
  const unanswered = [
    'failed calling webhook "validate.tollgate.dev": failed to call webhook: Post "https://10.77.0.2:8443/validate?timeout=3s"',
    'connect: connection refused',
  ];
  refused(t, await kubectl(['create', 'namespace', 'mall']), ...unanswered);
  refused(t, await kubectl(['delete', 'globalnetworkpolicies.crd.projectcalico.org/yard']), ...unanswered);
  refused(t, await apply([workload('Deployment', 'shop', 'truck')]), ...unanswered);
  const image = 'main=registry.example/shop:1.1';
  refused(t, await kubectl(['set', 'image', 'deployment/car', '--namespace=shop', image]), ...unanswered);

  accepted(t, await kubectl(['create', 'configmap', 'menu', '--namespace=shop']));
  accepted(t, await kubectl(['scale', 'deployment/car', '--namespace=shop', '--replicas=2']));
  accepted(t, await apply([workload('Pod', 'kube-system', 'dns')]));
  accepted(
    t,
    await apply([workload('Pod', 'shop', 'scooter')]),
    'pods fail open, so that a lost one is replaced',
  );
  const scooter = await api.get(pathOf('Pod', 'shop', 'scooter'));
  t.notOk(scooter?.metadata.annotations?.['linkerd.io/inject'], 'nobody armoured it');
  const skipped = controlPlane
    .auditLog()
    .filter(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'scooter')
    .flatMap(({ annotations = {} }) => Object.entries(annotations))
    .filter(([key]) => key.startsWith('failed-open.'));
  t.same(
    new Set(skipped.map(([, webhook]) => webhook)),
    new Set(['mutate.tollgate.dev', 'pods.validate.tollgate.dev']),
  );
});

t.test('a namespace can be deleted, with its policies, while tollgate is down', async (t) => {
  accepted(t, await kubectl(['delete', 'namespace', 'yard', '--wait=false']));
  await gone('yard');
});

t.test('once it runs again everything is as before', async (t) => {
  await cluster.restartTollgate();
  refused(t, await kubectl(['create', 'namespace', 'mall']), 'gate/default-deny-missing: namespace "mall"');
  accepted(
    t,
    await kubectl(['delete', 'globalnetworkpolicies.crd.projectcalico.org/yard']),
    'it saw that yard is gone',
  );
  accepted(
    t,
    await kubectl(['delete', 'globalnetworkpolicies.crd.projectcalico.org/shop']),
    'its own covers',
  );
  refused(
    t,
    await kubectl(['delete', 'networkpolicies.crd.projectcalico.org/own', '--namespace=shop']),
    'gate/default-deny-lost: NetworkPolicy "shop/own": without it',
  );
  warned(t, await apply(closed('mall')), 'policy/raw-group: GlobalNetworkPolicy "mall"');
});

t.test('a silent tollgate is waited for as long as its timeout says', async (t) => {
  cluster.tollgate().signal('SIGSTOP');
  refused(t, await kubectl(['create', 'namespace', 'market']), 'context deadline exceeded');
  cluster.tollgate().signal('SIGCONT');
  refused(
    t,
    await kubectl(['create', 'namespace', 'market']),
    'gate/default-deny-missing: namespace "market"',
  );
});

t.test('a restart of the API server loses nothing', async (t) => {
  await controlPlane.program('kube-apiserver').kill();
  await controlPlane.startApi();
  await until('the gate to answer from a picture that is whole again', async () => {
    const { code } = await apply(closed('square'));
    return code === 0;
  });
  refused(t, await kubectl(['create', 'namespace', 'plaza']), 'gate/default-deny-missing: namespace "plaza"');
});
