import { deleteNamespace } from './fragments.ts';
import type { Operation, Step } from './operation.ts';
import { path } from './paths.ts';
import * as policies from './policies.ts';
import * as request from './requests.ts';
import { gates, nets, ranks, roles, teams } from './rules.ts';
import { userIn, type Known, type View } from './view.ts';
import { plain, podShape, pod, type PodShape, resources, workload, type WorkloadKind } from './workloads.ts';

type Single = (view: View) => Operation | undefined;

const names = ['p1', 'p2', 'closed'];

const calicoPolicy: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const { at, path, body } = request.calicoPolicy(namespace, draw.one(names), policies.spec(draw));
  return draw.chance(0.5)
    ? request.create('NetworkPolicy', user, at, body)
    : request.apply('NetworkPolicy', user, path, body);
};

/** What is staged decides nothing yet, whatever it says. */
const stagedPolicy: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const [kind, resource, isNamespaced] = draw.one([
    ['StagedNetworkPolicy', 'stagednetworkpolicies', true],
    ['StagedKubernetesNetworkPolicy', 'stagedkubernetesnetworkpolicies', true],
    ['StagedGlobalNetworkPolicy', 'stagedglobalnetworkpolicies', false],
  ] as const);
  const name = isNamespaced ? draw.one(names) : 'staged%';
  const spec = kind === 'StagedKubernetesNetworkPolicy' ? policies.kubernetesSpec(draw) : policies.spec(draw);
  const at = path('calico', resource, isNamespaced ? namespace : undefined);
  const metadata = { name, ...(isNamespaced && { namespace }) };
  const staged = {
    apiVersion: 'projectcalico.org/v3',
    kind,
    metadata,
    spec: { stagedAction: 'Set', ...spec },
  };
  const by = kind === 'StagedNetworkPolicy' ? user : 'admin';
  return draw.chance(0.5) ? request.create(kind, by, at, staged) : request.remove(kind, by, `${at}/${name}`);
};

const kubernetesPolicy: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const at = path('networking', 'networkpolicies', namespace);
  const made = (spec: object, name: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  });
  if (draw.chance(0.3)) {
    const closing = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
    const why = 'a NetworkPolicy that only denies takes nothing from anybody';
    return request.create('closing NetworkPolicy', user, at, made(closing, 'k-closed'), why);
  }
  const name = draw.one(['k1', 'k-closed']);
  const body = made(policies.kubernetesSpec(draw), name);
  return draw.chance(0.5)
    ? request.create('networking NetworkPolicy', user, at, body)
    : request.apply('networking NetworkPolicy', user, `${at}/${name}`, body);
};

const globalPolicy: Single = (view) => {
  const { draw } = view;
  const name = `${draw.one(['g1', 'g2', 'g-shop', 'g-shut'])}%`;
  const at = path('calico', 'globalnetworkpolicies');
  const namespaceSelector = policies.namespaceSelector(
    draw,
    view.namespaces.map((one) => one.name),
  );
  const body = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name },
    spec: { ...policies.spec(draw), namespaceSelector },
  };
  return draw.chance(0.5)
    ? request.create('GlobalNetworkPolicy', 'admin', at, body)
    : request.apply('GlobalNetworkPolicy', 'admin', `${at}/${name}`, body);
};

const changeSpec: Single = (view) => {
  const found = ofKinds(view, ['NetworkPolicy', 'GlobalNetworkPolicy']);
  if (!found || found.path.includes('networking.k8s.io')) return undefined;
  const { draw } = view;
  const spec = policies.spec(draw);
  if (found.kind === 'NetworkPolicy') return request.replaceSpec(found, userIn(draw, found.namespace), spec);
  const namespaceSelector = policies.namespaceSelector(
    draw,
    view.namespaces.map((one) => one.name),
  );
  return request.replaceSpec(found, 'admin', { ...spec, namespaceSelector });
};

const removePolicy: Single = (view) => {
  const found = ofKinds(view, [
    'NetworkPolicy',
    'GlobalNetworkPolicy',
    'NetworkSet',
    'GlobalNetworkSet',
    'Tier',
    'HostEndpoint',
  ]);
  return found && request.remove(found.kind, userIn(view.draw, found.namespace), found.path);
};

const removeCollection: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  return draw.weighted([
    [
      3,
      request.remove(
        'all NetworkPolicies of a namespace',
        user,
        path('calico', 'networkpolicies', namespace),
      ),
    ],
    [1, request.remove('all NetworkSets of a namespace', user, path('calico', 'networksets', namespace))],
    [
      1,
      request.remove(
        'all networking NetworkPolicies of a namespace',
        user,
        path('networking', 'networkpolicies', namespace),
      ),
    ],
  ]);
};

const networkSet: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const labels = draw.one([
    { role: draw.one(roles) },
    { role: 'partner', app: 'web' },
    {},
    { 'pcns.team': draw.one(teams) },
  ]);
  const { at, path, body } = request.networkSet(namespace, draw.one(['s1', 's2']), labels, nets(draw));
  return draw.chance(0.5)
    ? request.create('NetworkSet', user, at, body)
    : request.apply('NetworkSet', user, path, body);
};

const globalSet: Single = ({ draw }) => {
  const name = `${draw.one(['gs1', 'gs2'])}%`;
  const at = path('calico', 'globalnetworksets');
  const body = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name, labels: { role: draw.one(roles) } },
    spec: { nets: nets(draw) },
  };
  return draw.chance(0.5)
    ? request.create('GlobalNetworkSet', 'admin', at, body)
    : request.apply('GlobalNetworkSet', 'admin', `${at}/${name}`, body);
};

const changeSet: Single = (view) => {
  const found = ofKinds(view, ['NetworkSet', 'GlobalNetworkSet']);
  if (!found) return undefined;
  const { draw } = view;
  const user = userIn(draw, found.namespace);
  return draw.chance(0.5)
    ? request.relabel(found.kind, user, found.path, { role: draw.one(roles) })
    : request.mergePatch(`change nets of ${found.kind}`, { user }, found.path, {
        spec: { nets: nets(draw) },
      });
};

const tier: Single = (view) => {
  const { draw } = view;
  const spec = draw.one([
    { order: 50, defaultAction: 'Pass' },
    { order: 50, defaultAction: 'Deny' },
    { order: 2_000_000, defaultAction: 'Deny' },
  ]);
  const name = draw.one(['front%', 'back%', 'missing%']);
  const body = { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name }, spec };
  return request.apply('Tier', 'admin', path('calico', 'tiers', undefined, name), body);
};

const hostEndpoint: Single = ({ draw }) => {
  const name = 'node%';
  return request.apply('HostEndpoint', 'admin', path('calico', 'hostendpoints', undefined, name), {
    apiVersion: 'projectcalico.org/v3',
    kind: 'HostEndpoint',
    metadata: { name, labels: { role: draw.one(roles) } },
    spec: { node: 'node', interfaceName: 'eth0', expectedIPs: ['192.0.2.9'] },
  });
};

const namespaceLabels = [
  ...gates.map((gate) => ({ gate })),
  ...teams.map((team) => ({ team })),
  { gate: null },
  { zone: 'lax' },
  { zone: null },
  { zone: null },
  { mode: 'hold' },
  { mode: null },
  { ways: 'in' },
  { ways: null },
  { born: 'closed' },
  { born: null },
  { 'tollgate.dev/default-deny': null },
];

const relabelNamespace: Single = (view) => {
  const { draw } = view;
  const found = draw.one(view.namespaces);
  return request.relabel('namespace', 'admin', found.path, draw.one(namespaceLabels));
};

const newNamespace: Single = ({ draw }) => {
  const name = `${draw.one(['shop', 'orders', 'bank', 'depot', 'lab', 'gate', 'new', 'kube-tools'])}%`;
  const labels = { ...draw.one(namespaceLabels), ...draw.one(namespaceLabels) };
  const kept = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== null));
  const metadata = { name, labels: kept };
  return request.create('namespace', 'admin', path('core', 'namespaces'), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
  });
};

const endNamespace: Single = ({ draw, namespaces }) => {
  const found = draw.one(namespaces);
  return found.name.endsWith('%') && draw.chance(0.3) ? deleteNamespace(found.name) : undefined;
};

const account: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const name = draw.one(['default', 'a1']);
  const at = path('core', 'serviceaccounts', namespace);
  const labels = { rank: draw.one([...ranks, null]) };
  if (name === 'default' || draw.chance(0.5))
    return request.relabel('ServiceAccount', user, `${at}/${name}`, labels);
  return draw.chance(0.3)
    ? request.remove('ServiceAccount', user, `${at}/${name}`)
    : request.create('ServiceAccount', user, at, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace, labels: { rank: draw.one(ranks) } },
      });
};

/** Where nothing is held back until it is covered, what has all that is asked of it must pass. */
function reasonToPass(view: View, namespace: string, shape: PodShape): string | undefined {
  const labels = view.namespaces.find(({ name }) => name === namespace)?.labels;
  return shape === plain && labels?.['mode'] !== 'hold' ? 'it has all that is asked of it' : undefined;
}

const onePod: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const name = draw.one(['web', 'quiet']);
  const shape = podShape(draw);
  const why = reasonToPass(view, namespace, shape);
  return request.create('Pod', user, path('core', 'pods', namespace), pod(namespace, name, shape), why);
};

const removePod: Single = ({ draw, pods }) => {
  if (pods.length === 0) return undefined;
  const found = draw.one(pods);
  return request.remove('Pod', userIn(draw, found.namespace), found.path);
};

const kinds: readonly WorkloadKind[] = [
  'Deployment',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'CronJob',
];

const newWorkload: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const kind = draw.one(kinds);
  const [group, resource] = resources[kind];
  const shape = podShape(draw);
  const body = workload(kind, namespace, 'web', shape);
  const why = reasonToPass(view, namespace, shape);
  return request.create(kind, user, path(group, resource, namespace), body, why);
};

const changeWorkload: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const kind = draw.one(kinds);
  const [group, resource] = resources[kind];
  const at = path(group, resource, namespace, 'web');
  if (draw.chance(0.4)) return request.remove(kind, user, `${at}?propagationPolicy=Background`);
  if (draw.chance(0.2)) {
    const by = { user, mustPass: 'labels of a workload itself decide nothing' };
    return request.mergePatch(`relabel ${kind}`, by, at, { metadata: { labels: { role: draw.one(roles) } } });
  }
  const { annotations = {}, labels = {} } = podShape(draw);
  const template = { metadata: { annotations, labels } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  return request.mergePatch(`change template of ${kind}`, { user }, at, { spec });
};

const scale: Single = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const [kind, resource] = draw.one([
    ['Deployment', 'deployments'],
    ['ReplicaSet', 'replicasets'],
    ['StatefulSet', 'statefulsets'],
  ] as const);
  const at = path('apps', resource, namespace, 'web');
  const by = { user, mustPass: 'a scale changes no template' };
  return request.mergePatch(`scale ${kind}`, by, at, { spec: { replicas: draw.below(3) } });
};

/** Something that decides nothing. */
const unrelated: Single = (view) => {
  const { draw } = view;
  const found = draw.one([...view.namespaces, ...view.policies, ...view.accounts, ...view.pods]);
  const user = found.kind === 'Namespace' ? 'admin' : userIn(draw, found.namespace);
  if (found.kind === 'Namespace' && draw.chance(0.3))
    return request.mergePatch(
      'write status of namespace',
      { user: 'admin', mustPass: 'a status decides nothing' },
      `${found.path}/status`,
      {
        status: {
          conditions: [
            { type: 'example.com/Seen', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
          ],
        },
      },
    );
  return request.annotate(found.kind, user, found.path, String(draw.below(1000)));
};

const endOfTerminating: Single = (view) => {
  const leaving = view.policies.filter(
    ({ finalizers, terminating }) => terminating && finalizers.includes(request.finalizer),
  );
  if (leaving.length === 0) return undefined;
  const found = view.draw.one(leaving);
  return request.setFinalizers(found.kind, 'admin', found.path, null);
};

function ofKinds(view: View, kinds: readonly string[]): Known | undefined {
  const found = view.policies.filter(({ kind }) => kinds.includes(kind));
  return found.length === 0 ? undefined : view.draw.one(found);
}

const singles: readonly (readonly [number, Single])[] = [
  [8, calicoPolicy],
  [2, stagedPolicy],
  [5, kubernetesPolicy],
  [4, globalPolicy],
  [5, changeSpec],
  [6, removePolicy],
  [1, removeCollection],
  [4, networkSet],
  [2, globalSet],
  [4, changeSet],
  [2, tier],
  [1, hostEndpoint],
  [6, relabelNamespace],
  [4, newNamespace],
  [1, endNamespace],
  [3, account],
  [4, onePod],
  [4, removePod],
  [4, newWorkload],
  [4, changeWorkload],
  [3, scale],
  [6, unrelated],
  [3, endOfTerminating],
];

/** One operation of any kind, now and then two at once. */
export function drawSingle(view: View): Step {
  const { draw } = view;
  const one = draw.weighted(singles)(view);
  const other = draw.chance(0.05) ? draw.weighted(singles)(view) : undefined;
  // What must pass alone may be told to try again beside something else.
  return one && other ? [mayFail(one), mayFail(other)] : one ? [one] : [];
}

function mayFail(operation: Operation): Operation {
  const { mustPass: _mustPass, ...rest } = operation;
  return rest;
}
