import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import type { CalicoMode } from '../../src/calico/index.ts';
import type { CalicoApi } from '../../src/cluster/view/calico-mode.ts';
import { createClusterView } from '../../src/cluster/view/cluster-view.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { builtIn } from '../support/built-in-kinds.ts';
import {
  createFakeApiServer,
  fault,
  type FakeApiServer,
  type Fault,
  type ServedKind,
} from '../support/fake-api-server.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';

function calico(group: string, version: string): readonly ServedKind[] {
  return [
    { group, version, resource: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy' },
    { group, version, resource: 'networkpolicies', kind: 'NetworkPolicy' },
    { group, version, resource: 'tiers', kind: 'Tier' },
  ];
}
const stored = calico('crd.projectcalico.org', 'v1');
const shown = calico('projectcalico.org', 'v3');
const apiService = '/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org';
const servers: ServedKind = {
  group: 'policy.linkerd.io',
  version: 'v1beta3',
  resource: 'servers',
  kind: 'Server',
};
const routes: ServedKind = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  resource: 'httproutes',
  kind: 'HTTPRoute',
};
const olderServers: ServedKind = { ...servers, version: 'v1beta1' };

function object(apiVersion: string, kind: string, name: string, fields: object = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, ...fields };
}
const policy = (group: string, name: string) => object(group, 'GlobalNetworkPolicy', name);

/** A view of a fake cluster, and what somebody who is only told the changes believes. */
async function see(
  t: Test,
  api: FakeApiServer,
  statedMode: () => CalicoMode | undefined = () => undefined,
  linkerdNamespaces: () => readonly string[] = () => ['linkerd'],
  chance = 0,
) {
  const schedule = createManualSchedule(chance);
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  const believed = new Map<string, KubernetesObject>();
  const turns: CalicoApi[] = [];
  const gapsTold: string[][] = [];
  const waiting = new Set<() => void>();
  const moved = () => {
    for (const look of waiting) look();
  };
  const view = createClusterView({
    connection,
    schedule,
    linkerdNamespaces,
    statedMode,
    onChange: ({ put = [], remove = [] }) => {
      for (const one of put) believed.set(`${one.apiVersion} ${one.kind} ${one.metadata.name}`, one);
      for (const { apiVersion, kind, name } of remove) believed.delete(`${apiVersion} ${kind} ${name}`);
      moved();
    },
    onCalico: ({ api: found }) => {
      turns.push(found);
      moved();
    },
    onGaps: (gaps) => {
      gapsTold.push(gaps.map(({ what, why }) => `${what}: ${why}`));
      moved();
    },
  });
  const until = async (condition: () => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => void (condition() && resolve());
    waiting.add(look);
    look();
    await promise;
    waiting.delete(look);
  };
  t.teardown(async () => {
    await view.close();
    connection.close();
    await api.close();
  });
  view.start();
  /** Lets the view look once more at what the cluster serves. */
  const look = async () => {
    await schedule.pausing(30_000);
    schedule.elapse(30_000);
  };
  const names = () => [...believed.keys()].sort((a, b) => (a < b ? -1 : 1));
  return { view, schedule, believed, names, turns, gapsTold, until, look };
}

async function cluster(...kinds: readonly ServedKind[]): Promise<FakeApiServer> {
  const api = await createFakeApiServer();
  api.serve(...builtIn, ...kinds);
  return api;
}

const kept = (gapsTold: readonly string[][]) => gapsTold.at(-1)?.length === 0;

t.test('reads all there is, in its slim form, and follows it', async (t) => {
  const api = await cluster(servers, routes);
  const last = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  api.put(
    object('v1', 'Namespace', 'shop', { status: { phase: 'Terminating', conditions: [] } }),
    object('v1', 'ServiceAccount', 'cashier', { secrets: [{ name: 'token' }] }),
    object('v1', 'ConfigMap', 'linkerd-config', { data: { values: 'cniEnabled: false' } }),
    object('policy.linkerd.io/v1beta3', 'Server', 'http'),
    object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'reads', {
      spec: {
        parentRefs: [{ kind: 'Server', name: 'http' }],
        rules: [{ matches: [], backendRefs: [{ name: 'web', port: 80 }] }, { matches: [] }],
      },
    }),
    {
      ...object('apps/v1', 'Deployment', 'till', { spec: { replicas: 1 }, status: { replicas: 1 } }),
      metadata: {
        name: 'till',
        annotations: { ...last, team: 'a' },
        managedFields: [{}],
        labels: { app: 'till' },
      },
    },
    {
      ...object('apps/v1', 'ReplicaSet', 'till-1'),
      metadata: {
        name: 'till-1',
        annotations: last,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'till', controller: true }],
      },
    },
    {
      ...object('apps/v1', 'ReplicaSet', 'rollout-1'),
      metadata: {
        name: 'rollout-1',
        annotations: last,
        ownerReferences: [
          { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'rollout', controller: true },
        ],
      },
    },
  );
  const { view, names, believed, gapsTold, turns, until } = await see(t, api);
  t.notOk(view.synced());
  t.same(view.gaps(), [{ what: 'the cluster', why: 'not all of it has been read yet' }]);
  await until(() => view.synced());
  t.same(names(), [
    'apps/v1 Deployment till',
    'apps/v1 ReplicaSet rollout-1',
    'gateway.networking.k8s.io/v1 HTTPRoute reads',
    'policy.linkerd.io/v1beta3 Server http',
    'v1 ConfigMap linkerd-config',
    'v1 Namespace shop',
    'v1 ServiceAccount cashier',
  ]);
  t.same(believed.get('apps/v1 Deployment till'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'till', annotations: { team: 'a' }, labels: { app: 'till' }, resourceVersion: '1006' },
    spec: { replicas: 1 },
  });
  t.same(
    believed.get('gateway.networking.k8s.io/v1 HTTPRoute reads')?.spec,
    {
      parentRefs: [{ kind: 'Server', name: 'http' }],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }, {}],
    },
    'of routes nobody asks for their rules',
  );
  t.same(believed.get('v1 Namespace shop')?.status, { phase: 'Terminating' });
  t.same(Object.keys(believed.get('v1 ServiceAccount cashier') ?? {}), ['apiVersion', 'kind', 'metadata']);
  t.same(Object.keys(believed.get('apps/v1 ReplicaSet rollout-1')?.metadata ?? {}), [
    'name',
    'ownerReferences',
    'resourceVersion',
  ]);
  t.same([...view.objects()].length, 7);
  t.same(turns, ['absent']);
  t.same(gapsTold, [['the cluster: not all of it has been read yet'], []]);
  t.ok(view.resources().every(({ synced }) => synced));
  t.ok(view.resources().some(({ resource, objects }) => resource === 'deployments.apps' && objects === 1));
  const asked = api.requests.find(({ path }) => path === '/api/v1/namespaces/linkerd/configmaps');
  t.equal(asked?.query.get('fieldSelector'), 'metadata.name=linkerd-config');
  api.put(object('v1', 'Service', 'till'));
  await until(() => names().includes('v1 Service till'));
});

t.test('collections of many pages are read whole, side by side', async (t) => {
  const api = await cluster();
  const numbered = Array.from({ length: 1200 }, (_, index) => `car-${index}`);
  for (const kind of ['Deployment', 'StatefulSet', 'ReplicaSet'])
    api.put(...numbered.map((name) => object('apps/v1', kind, name)));
  const { view, until } = await see(t, api);
  await until(() => view.synced());
  for (const resource of ['deployments', 'statefulsets', 'replicasets'])
    t.equal(
      view.resources().find((one) => one.resource === `${resource}.apps`)?.objects,
      numbered.length,
      resource,
    );
});

t.test('not all read is not synced, and the reason is told', async (t) => {
  const api = await cluster();
  const refused = Promise.withResolvers<void>();
  for (let i = 0; i < 26; i += 1) {
    api.next('list', (response, request, proceed) => {
      if (request.path !== '/apis/batch/v1/cronjobs') return proceed();
      fault.status(403, {}, 'cronjobs.batch is forbidden')(response, request, proceed);
      return refused.resolve();
    });
  }
  const { view, until, gapsTold } = await see(t, api);
  await refused.promise;
  await until(() => view.synced());
  t.ok(gapsTold.some((gaps) => gaps.includes('cronjobs.batch: cronjobs.batch is forbidden')));
  await until(() => kept(gapsTold));
});

t.test('how policies are served', async (t) => {
  await t.test('only as they are stored', async (t) => {
    const api = await cluster(...stored);
    api.put(policy('crd.projectcalico.org/v1', 'deny'));
    const { view, names, turns, until } = await see(t, api);
    await until(() => view.synced());
    t.same(turns, ['raw']);
    t.same(names(), ['crd.projectcalico.org/v1 GlobalNetworkPolicy deny']);
  });
  await t.test('as custom resources of v3', async (t) => {
    const api = await cluster(...shown);
    api.put(policy('projectcalico.org/v3', 'knp.default.just-a-name'));
    const { view, names, until } = await see(t, api);
    await until(() => view.synced());
    t.equal(view.calico()?.api, 'v3crd');
    t.same(names(), ['projectcalico.org/v3 GlobalNetworkPolicy knp.default.just-a-name']);
  });
  await t.test('by an API server, without the shadows of other policies', async (t) => {
    const api = await cluster(...shown, ...stored);
    api.document(apiService, { spec: { service: { name: 'calico-api' } } });
    for (const group of ['projectcalico.org/v3', 'crd.projectcalico.org/v1'])
      api.put(policy(group, 'deny'), object(group, 'NetworkPolicy', 'allow'));
    api.put(
      object('projectcalico.org/v3', 'NetworkPolicy', 'knp.default.deny'),
      policy('projectcalico.org/v3', 'kanp.adminnetworkpolicy.deny'),
    );
    const { view, names, gapsTold, until } = await see(t, api);
    await until(() => view.synced());
    t.same(view.calico(), {
      api: 'apiserver',
      from: 'detected',
      version: { problem: 'the cluster serves no clusterinformations.projectcalico.org' },
    });
    t.same(names(), [
      'projectcalico.org/v3 GlobalNetworkPolicy deny',
      'projectcalico.org/v3 NetworkPolicy allow',
    ]);
    await until(() => kept(gapsTold));
  });
  await t.test('by an API server that stores them in an etcd of its own', async (t) => {
    const api = await cluster(...shown);
    api.document(apiService, { spec: { service: { name: 'calico-api' } } });
    api.put(policy('projectcalico.org/v3', 'deny'));
    const { view, gapsTold, until } = await see(t, api);
    await until(() => view.synced() && kept(gapsTold));
    t.match(view.calico(), { api: 'apiserver', from: 'detected' });
  });
  await t.test('by an API server, whatever a convention says', async (t) => {
    const api = await cluster(...shown, ...stored);
    api.document(apiService, { spec: { service: { name: 'calico-api' } } });
    const { view, until } = await see(t, api, () => 'raw');
    await until(() => view.synced());
    t.match(view.calico(), {
      api: 'apiserver',
      from: 'detected',
      contradiction: 'spec.calico.mode of the convention is raw, but the cluster serves Calico as apiserver',
    });
  });
  await t.test('not at all, and then no convention contradicts that', async (t) => {
    const api = await cluster();
    const { view, until } = await see(t, api, () => 'apiserver');
    await until(() => view.synced());
    t.same(view.calico(), { api: 'absent', from: 'detected', version: {} });
  });
});

t.test('where the custom resources of both groups are installed', async (t) => {
  const both = {
    what: 'Calico policies',
    why: 'both projectcalico.org and crd.projectcalico.org are custom resources, and nothing says which of them Calico reads: set spec.calico.mode in the convention, or remove the CRDs that are not used',
  };
  const clusterOfBoth = async () => {
    const api = await cluster(...shown, ...stored);
    api.document(apiService, { spec: { group: 'projectcalico.org' } });
    api.put(policy('projectcalico.org/v3', 'shown'), policy('crd.projectcalico.org/v1', 'stored'));
    return api;
  };
  const isOfGroup = (names: readonly string[], group: string) =>
    names.length === 1 && names[0]?.startsWith(`${group}/`) === true;

  await t.test('nothing is concluded from either', async (t) => {
    const { view, until, gapsTold } = await see(t, await clusterOfBoth());
    await until(() => view.synced());
    t.match(view.calico(), { api: 'raw', from: 'assumed', doubt: both });
    t.same(view.gaps(), [both]);
    t.same(gapsTold.at(-1), [`${both.what}: ${both.why}`]);
  });
  await t.test('unless a convention says which of them counts', async (t) => {
    for (const [mode, group] of [
      ['v3crd', 'projectcalico.org'],
      ['raw', 'crd.projectcalico.org'],
    ] as const) {
      const { view, until, names } = await see(t, await clusterOfBoth(), () => mode);
      await until(() => view.synced());
      t.match(view.calico(), { api: mode, from: 'convention' });
      t.same(view.gaps(), []);
      t.ok(isOfGroup(names(), group), names().join());
    }
  });
  await t.test('and what it says is listened to from then on', async (t) => {
    let mode: CalicoMode | undefined;
    const { view, until, names, turns, gapsTold, look } = await see(t, await clusterOfBoth(), () => mode);
    await until(() => view.synced());
    mode = 'raw';
    await look();
    await until(() => kept(gapsTold));
    t.match(view.calico(), { api: 'raw', from: 'convention' });
    mode = 'v3crd';
    await look();
    await until(() => isOfGroup(names(), 'projectcalico.org') && kept(gapsTold));
    t.match(view.calico(), { api: 'v3crd', from: 'convention' });
    t.same(turns, ['raw', 'raw', 'v3crd']);
    mode = undefined;
    await look();
    await until(() => !kept(gapsTold));
    t.same(view.gaps()[0], both);
  });
  await t.test('a convention that says what cannot be does not help', async (t) => {
    const { view, until } = await see(t, await clusterOfBoth(), () => 'apiserver');
    await until(() => view.synced());
    t.match(view.calico(), {
      api: 'raw',
      from: 'assumed',
      doubt: both,
      contradiction:
        'spec.calico.mode of the convention is apiserver, but the cluster serves Calico as raw or v3crd',
    });
    t.same(view.gaps(), [both]);
  });
});

t.test('where the API service that tells how Calico is served cannot be read', async (t) => {
  const message = 'apiservices.apiregistration.k8s.io is forbidden';
  const refuse: Fault = (response, request, proceed) =>
    request.path === apiService ? fault.status(403, {}, message)(response, request, proceed) : proceed();
  const forbidden = Array.from({ length: 20 }, () => refuse);
  await t.test('nothing is concluded', async (t) => {
    const api = await cluster(...shown, ...stored);
    api.next('other', ...forbidden);
    const { view, until } = await see(t, api);
    await until(() => view.resources().length > 15 && view.resources().every(({ synced }) => synced));
    t.equal(view.calico()?.api, 'apiserver');
    t.equal(
      view.gaps()[0]?.why,
      `whether Calico's API server serves projectcalico.org cannot be told, since the API service v3.projectcalico.org could not be read (${message}): allow that, or set spec.calico.mode in the convention`,
    );
  });
  await t.test('unless a convention says it', async (t) => {
    const api = await cluster(...shown, ...stored);
    api.next('other', ...forbidden);
    const { view, until, gapsTold } = await see(t, api, () => 'apiserver');
    await until(() => view.synced() && kept(gapsTold));
    t.match(view.calico(), { api: 'apiserver', from: 'convention' });
  });
});

t.test('which Calico it is', async (t) => {
  const information: ServedKind = {
    group: 'crd.projectcalico.org',
    version: 'v1',
    resource: 'clusterinformations',
    kind: 'ClusterInformation',
  };
  const informationOf = (spec: object) =>
    object('crd.projectcalico.org/v1', 'ClusterInformation', 'default', { spec });
  await t.test('is read where it is written, and followed when it changes', async (t) => {
    const api = await cluster(...stored, information);
    api.put(informationOf({ calicoVersion: 'v3.31.2' }));
    const { view, until, look, turns } = await see(t, api);
    await until(() => view.synced());
    t.same(view.calico()?.version, { version: '3.31.2' });
    api.put(informationOf({ calicoVersion: 'v3.32.0' }));
    await look();
    await until(() => turns.length === 2);
    t.same(view.calico()?.version, { version: '3.32.0' });
    api.put(informationOf({ calicoVersion: 'master' }));
    await look();
    await until(() => turns.length === 3);
    t.same(view.calico()?.version, {
      problem: 'spec.calicoVersion of ClusterInformation "default" says "master", which is no version',
    });
  });
  await t.test('stays unknown where it may not be read, which is no gap', async (t) => {
    const api = await cluster(...stored, information);
    api.put(informationOf({ calicoVersion: 'v3.31.2' }));
    const path = '/apis/crd.projectcalico.org/v1/clusterinformations/default';
    api.next(
      'other',
      ...Array.from(
        { length: 9 },
        (): Fault => (response, request, proceed) => {
          if (request.path !== path) return proceed();
          return fault.status(403, {}, 'no')(response, request, proceed);
        },
      ),
    );
    const { view, until } = await see(t, api);
    await until(() => view.synced());
    t.same(view.gaps(), []);
    t.same(view.calico()?.version, {
      problem:
        'ClusterInformation "default" could not be read (no): allow get on clusterinformations.crd.projectcalico.org "default"',
    });
  });
});

t.test('policies of a tier that may not be read are a gap, which names the right', async (t) => {
  const api = await cluster(...shown);
  api.document(apiService, { spec: { service: { name: 'calico-api' } } });
  for (const name of ['default', 'security']) api.put(object('projectcalico.org/v3', 'Tier', name));
  api.put(policy('projectcalico.org/v3', 'a'));
  const message = 'operation on Calico tiered policy is forbidden';
  const refuse: Fault = (response, request, proceed) => {
    const hidden =
      request.path.endsWith('/globalnetworkpolicies') &&
      request.query.get('labelSelector')?.includes('security') === true;
    return hidden ? fault.status(403, {}, message)(response, request, proceed) : proceed();
  };
  api.next('list', ...Array.from({ length: 200 }, () => refuse));
  const { view, until } = await see(t, api);
  await until(() => view.synced());
  t.same(view.gaps(), [
    {
      what: 'globalnetworkpolicies.projectcalico.org',
      why: `those of tier "security" are hidden from tollgate (${message}): allow get on tiers.projectcalico.org, and list and watch on tier.globalnetworkpolicies.projectcalico.org, without resourceNames`,
    },
  ]);
  const asked = api.requests.flatMap(({ path, query }) =>
    path.endsWith('/v3/networkpolicies') ? (query.get('labelSelector') ?? []) : [],
  );
  t.ok(asked.every((selector) => selector.startsWith('projectcalico.org/tier in (default,security)')));
});

t.test('policies that are stored but not shown are a gap', async (t) => {
  const api = await cluster(...shown, ...stored);
  api.document(apiService, { spec: { service: { name: 'calico-api' } } });
  for (const name of ['a', 'b', 'c']) api.put(policy('crd.projectcalico.org/v1', name));
  api.put(policy('projectcalico.org/v3', 'a'));
  const { view, gapsTold, until, schedule, look } = await see(t, api);
  await until(() => view.synced());
  t.same(view.gaps(), [
    {
      what: 'globalnetworkpolicies.projectcalico.org',
      why: '1 of 3 are shown, although every tier can be read: the others lack the label projectcalico.org/tier, or name a tier that does not exist',
    },
  ]);
  t.equal(schedule.pauses.filter((pause) => pause === 1000).length, 2, 'counted three times');
  api.put(policy('projectcalico.org/v3', 'b'), policy('projectcalico.org/v3', 'c'));
  await look();
  await until(() => kept(gapsTold));
});

t.test(
  'policies are at no time unknown while the cluster turns to another way of serving them',
  async (t) => {
    const api = await cluster(...stored);
    api.put(policy('crd.projectcalico.org/v1', 'deny'));
    const { view, names, turns, gapsTold, until, believed, look } = await see(t, api);
    await until(() => view.synced());
    let without = 0;
    api.serve(...shown);
    api.document(apiService, { spec: { service: { name: 'calico-api' } } });
    api.put(policy('projectcalico.org/v3', 'deny'));
    await look();
    await until(() => {
      if (believed.size === 0) without += 1;
      return turns.length > 1;
    });
    t.equal(without, 0);
    t.same(turns, ['raw', 'apiserver']);
    t.same(names(), ['projectcalico.org/v3 GlobalNetworkPolicy deny']);
    await until(() => kept(gapsTold));
    t.ok(
      view.resources().every(({ resource }) => !resource.endsWith('crd.projectcalico.org')),
      'nothing of the former group is followed',
    );
  },
);

t.test('groups come and go', async (t) => {
  const api = await cluster();
  const { view, names, turns, gapsTold, until, look } = await see(t, api);
  await until(() => view.synced());
  api.serve(...stored, servers);
  api.put(policy('crd.projectcalico.org/v1', 'deny'), object('policy.linkerd.io/v1beta3', 'Server', 'http'));
  await look();
  await until(() => names().length === 2 && kept(gapsTold));
  t.same(turns, ['absent', 'raw']);
  gapsTold.length = 0;
  api.withdraw('policy.linkerd.io');
  await until(() => names().length === 1 && kept(gapsTold));
  t.same(gapsTold[0], ['servers.policy.linkerd.io: it is no longer served'], 'until discovery says so too');
  t.notOk(view.resources().some(({ resource }) => resource === 'servers.policy.linkerd.io'));
  api.serve(servers);
  api.put(object('policy.linkerd.io/v1beta3', 'Server', 'grpc'));
  await look();
  await until(() => names().includes('policy.linkerd.io/v1beta3 Server grpc'));
});

t.test('another version of a kind takes the place of the former', async (t) => {
  const api = await cluster(olderServers);
  api.put(object('policy.linkerd.io/v1beta1', 'Server', 'http'));
  const { view, names, until, look } = await see(t, api);
  await until(() => view.synced());
  t.same(names(), ['policy.linkerd.io/v1beta1 Server http']);
  api.withdraw('policy.linkerd.io');
  api.serve(servers, olderServers);
  api.put(object('policy.linkerd.io/v1beta3', 'Server', 'http'));
  await look();
  await until(() => names().includes('policy.linkerd.io/v1beta3 Server http'));
  t.same(view.resources().filter(({ resource }) => resource.startsWith('servers')).length, 1);
});

t.test('an API server that has just started is not believed when it knows of no policies', async (t) => {
  await t.test('while the view follows them', async (t) => {
    const api = await cluster(...stored, servers);
    api.put(policy('crd.projectcalico.org/v1', 'deny'));
    const { view, schedule, names, turns, gapsTold, until, look } = await see(t, api);
    await until(() => view.synced() && kept(gapsTold));
    api.starting(true);
    for (const { end } of api.watches()) end();
    const before = schedule.pauses.length;
    await look();
    const refused = await api.seen('discovery');
    t.equal(refused.path, '/apis', 'asked again');
    t.ok(schedule.pauses.length > before);
    api.starting(false);
    await schedule.pausing(30_000);
    t.same(turns, ['raw']);
    t.same(names(), ['crd.projectcalico.org/v1 GlobalNetworkPolicy deny']);
    t.ok(kept(gapsTold));
  });
  await t.test('at the start of the view', async (t) => {
    const api = await cluster(...stored);
    api.put(policy('crd.projectcalico.org/v1', 'deny'));
    api.starting(true);
    api.next(
      'discovery',
      fault.meanwhile(() => {}),
      fault.meanwhile(() => api.starting(false)),
    );
    const { view, turns, until } = await see(t, api);
    await until(() => view.synced());
    t.same(turns, ['raw']);
  });
});

t.test('an API server behind the API server that does not answer', async (t) => {
  await t.test('at the start: not synced before it does', async (t) => {
    const api = await cluster(...shown);
    api.put(policy('projectcalico.org/v3', 'deny'));
    api.answering('projectcalico.org', false);
    const { view, gapsTold, until, look } = await see(t, api);
    await until(() => view.resources().length === 15 && view.resources().every(({ synced }) => synced));
    t.notOk(view.synced());
    t.same(view.gaps(), [{ what: 'projectcalico.org/v3', why: 'the API server behind it does not answer' }]);
    api.answering('projectcalico.org', true);
    await look();
    await until(() => view.synced() && kept(gapsTold));
  });
  await t.test('later: what is known stays, with a gap', async (t) => {
    const api = await cluster(...shown);
    api.put(policy('projectcalico.org/v3', 'deny'));
    const { view, names, gapsTold, until, look } = await see(t, api);
    await until(() => view.synced() && kept(gapsTold));
    api.answering('projectcalico.org', false);
    await look();
    await until(() => !kept(gapsTold));
    t.same(gapsTold.at(-1)?.[0], 'projectcalico.org/v3: the API server behind it does not answer');
    t.same(names(), ['projectcalico.org/v3 GlobalNetworkPolicy deny']);
    t.ok(view.synced());
    api.answering('projectcalico.org', true);
    await look();
    await until(() => kept(gapsTold));
  });
});

t.test('an API server that does not say what it serves is asked again', async (t) => {
  const api = await cluster();
  api.next(
    'discovery',
    fault.status(500),
    fault.reset,
    fault.body('{"kind":"APIGroupList","groups":[]}'),
    fault.body('<html>'),
  );
  const { view, schedule, until, gapsTold } = await see(t, api);
  await until(() => view.synced());
  t.same(schedule.pauses.slice(0, 4), [400, 800, 1600, 3200]);
  t.same(gapsTold[0], ['the cluster: it does not work'], 'and why it cannot be read is told');
});

t.test('what has not been heard of for five minutes is a gap', async (t) => {
  const api = await cluster();
  const { view, schedule, until, gapsTold } = await see(t, api);
  await until(() => view.synced() && kept(gapsTold));
  const silent = Array.from({ length: 40 }, () => fault.silence);
  api.next('watch', ...silent);
  for (const { reset } of api.watches()) reset();
  schedule.elapse(400_000);
  await until(() => gapsTold.at(-1)?.length === 15);
  t.match(gapsTold.at(-1)?.[0], /^namespaces: nothing was heard of it since 2026-11-21T12:/);
});

t.test('once the API server answers again, nobody waits any longer', async (t) => {
  const api = await cluster();
  const { view, schedule, until, gapsTold } = await see(t, api);
  await until(() => view.synced() && kept(gapsTold));
  while (api.watches().length < 15) await api.seen('watch');
  schedule.hold();
  const [first, ...others] = api.watches();
  first?.reset();
  await schedule.pausing(400);
  schedule.elapse(300);
  for (const { reset } of others) reset();
  await schedule.pausing(400, 15);
  schedule.elapse(100); // the pause of the first is over, and of nobody else
  while (api.watches().length < 15) await api.seen('watch');
  t.same(schedule.pauses, []);
});

t.test('five seconds after an outage, however long, all is right again, whatever chance says', async (t) => {
  const outages: Record<string, Fault> = {
    'nobody answers': fault.reset,
    'what stands before the API server answers': fault.status(503),
  };
  const cases = Object.entries(outages).flatMap(([name, outage]) =>
    [12_800, 30_000].map((pause) => ({ name: `${name}, pauses of ${pause} ms`, outage, pause })),
  );
  for (const { name, outage, pause } of cases) {
    const api = await cluster();
    const { view, schedule, until, names, gapsTold } = await see(t, api, undefined, undefined, 1);
    /** Lets time pass until something has happened. */
    const during = async (happens: Promise<unknown>) => {
      const happened = happens.then(() => true);
      while ((await Promise.race([happened, turn()])) !== true) schedule.elapse(100);
    };
    await until(() => view.synced() && kept(gapsTold));
    while (api.watches().length < 15) await api.seen('watch');
    schedule.hold();
    api.outage(outage);
    for (const { reset } of api.watches()) reset();
    await during(schedule.pausing(pause, 15));
    // Nobody asks for longer than just after all have asked in vain.
    await during(api.seen('discovery'));
    api.unseen(() => api.put(object('v1', 'Service', 'new')));
    api.outage();
    await schedule.pausing(4000);
    schedule.elapse(5000);
    // No more time passes.
    await until(() => names().includes('v1 Service new') && kept(gapsTold));
    while (view.resources().some(({ problem }) => problem !== undefined)) await turn();
    t.pass(name);
  }
});

t.test('an API server that asks for time before it says what it serves gets it', async (t) => {
  const api = await cluster();
  api.next('discovery', fault.status(429, { 'retry-after': '20' }));
  const { view, schedule, until } = await see(t, api);
  await until(() => view.synced());
  t.equal(schedule.pauses[0], 20_000);
});

t.test('a direct read tells how a part of the cluster differs from the copy', async (t) => {
  const api = await cluster(...shown);
  const group = 'projectcalico.org/v3';
  const inIsland = (name: string, namespace: string) => ({
    apiVersion: group,
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
  });
  api.put(inIsland('own', 'shop'), inIsland('other', 'shop'), inIsland('own', 'yard'));
  api.put(object('v1', 'Namespace', 'shop'), object('v1', 'Namespace', 'yard'), policy(group, 'all'));
  const { view, until, gapsTold } = await see(t, api);
  await until(() => view.synced() && kept(gapsTold));
  const { signal } = new AbortController();
  const networkPolicies = { resource: 'networkpolicies.projectcalico.org' };
  const inShop = { ...networkPolicies, namespace: 'shop' };
  const named = { resource: 'namespaces', name: 'shop' };
  const same = { put: [], remove: [] };
  for (const scope of [inShop, named, networkPolicies]) t.same(await view.read(scope, signal), same);

  api.unseen(() => {
    api.remove(inIsland('own', 'shop'));
    api.put(
      inIsland('new', 'shop'),
      inIsland('own', 'yard'),
      object('v1', 'Namespace', 'shop', { spec: {} }),
    );
  });
  t.match(await view.read(inShop, signal), {
    put: [{ apiVersion: group, kind: 'NetworkPolicy', metadata: { name: 'new', namespace: 'shop' } }],
    remove: [{ apiVersion: group, kind: 'NetworkPolicy', namespace: 'shop', name: 'own' }],
  });
  t.match((await view.read(networkPolicies, signal)).put?.length, 2, 'what is new, and what has changed');
  t.match(await view.read(named, signal), { put: [{ metadata: { name: 'shop' } }], remove: [] });
  t.match(api.requests.at(-1)?.query.get('fieldSelector'), 'metadata.name=shop');
  t.same(await view.read({ resource: 'tiers.crd.projectcalico.org' }, signal), {}, 'is not followed');
  api.next('list', fault.status(403, {}, 'networkpolicies is forbidden'));
  await t.rejects(view.read(inShop, signal), { message: 'networkpolicies is forbidden' });
});

t.test('unchanged discovery is not sent again', async (t) => {
  const api = await cluster();
  const answers: number[] = [];
  const look = fault.meanwhile(() => {});
  api.next('discovery', look, (response, _request, proceed) => {
    proceed();
    answers.push(response.statusCode);
  });
  const again = Promise.withResolvers<void>();
  api.next('discovery', fault.meanwhile(again.resolve));
  const { look: lookAgain, until, view } = await see(t, api);
  await until(() => view.synced());
  await lookAgain();
  await lookAgain();
  await again.promise;
  t.same(answers, [304]);
});

t.test('follows the ConfigMap of Linkerd to where conventions say that it is', async (t) => {
  const api = await cluster({
    group: '',
    version: 'v1',
    resource: 'namespaces/mesh/configmaps',
    kind: 'ConfigMap',
  });
  let namespaces = ['linkerd'];
  api.put(object('v1', 'ConfigMap', 'linkerd-config'));
  const { view, names, until, look } = await see(t, api, undefined, () => namespaces);
  const followed = () => view.resources().map(({ resource }) => resource);
  await until(() => view.synced());
  t.same(names(), ['v1 ConfigMap linkerd-config']);
  namespaces = ['mesh'];
  await look();
  await until(() => !followed().includes('namespaces/linkerd/configmaps'));
  t.ok(followed().includes('namespaces/mesh/configmaps'));
  t.same(view.gaps(), []);
});
