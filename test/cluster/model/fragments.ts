import type { Step } from './operation.ts';
import { path } from './paths.ts';
import { closed, openSpec, partnersSpec, unreadableSpec } from './policies.ts';
import * as request from './requests.ts';
import { everywhere, narrow, quarters } from './rules.ts';
import { type User, tenantsOf } from './users.ts';
import type { Known, View } from './view.ts';
import { optedOut, ownerReference, plain, pod, podShape, workload } from './workloads.ts';

/**
 * Several operations in a row that get somewhere together, with the parts drawn anew each time. Their steps are mixed
 * with those of others, so that each meets states that nobody thought of.
 */
export type Fragment = (view: View) => readonly Step[];

/** A set in one namespace that a rule of another finds. */
const foreignPeer: Fragment = (view) => {
  const { draw } = view;
  const [home, away] = [view.place(), view.place()];
  const partners = request.calicoPolicy(home.namespace, 'partners', partnersSpec);
  const [labels, nets] = draw.one([
    [{ role: 'partner' }, everywhere],
    [{ role: 'partner' }, narrow],
    [{ role: 'nobody' }, everywhere],
    [{ role: 'partner' }, quarters],
  ] as const);
  const set = request.networkSet(away.namespace, draw.one(['s1', 'branch']), labels, nets);
  return [
    [request.apply('NetworkPolicy', home.user, partners.path, partners.body)],
    [request.apply('NetworkSet', away.user, set.path, set.body)],
    [request.mergePatch('widen NetworkSet', away, set.path, { spec: { nets: everywhere } })],
    [request.relabel('NetworkSet', away.user, set.path, { role: 'partner' })],
    ...(draw.chance(0.5) ? [[request.remove('NetworkSet', away.user, set.path)]] : []),
  ];
};

/** What is being deleted is changed. */
const terminatingChanged: Fragment = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const metadata = { finalizers: [request.finalizer] };
  const extra = request.calicoPolicy(namespace, 'extra', closed, metadata);
  const set = request.networkSet(namespace, 'leaving', { role: 'partner' }, narrow);
  if (draw.chance(0.3)) {
    return [
      [
        request.create('NetworkSet', user, set.at, {
          ...set.body,
          metadata: { ...set.body.metadata, ...metadata },
        }),
      ],
      [request.remove('NetworkSet', user, set.path)],
      [
        request.mergePatch('widen terminating NetworkSet', { user }, set.path, {
          spec: { nets: everywhere },
        }),
      ],
      [request.setFinalizers('NetworkSet', user, set.path, null)],
    ];
  }
  return [
    [request.create('NetworkPolicy', user, extra.at, extra.body)],
    [request.remove('NetworkPolicy', user, extra.path)],
    [
      {
        ...request.mergePatch('change spec of terminating NetworkPolicy', { user }, extra.path, {
          spec: openSpec,
        }),
      },
    ],
    [request.setFinalizers('NetworkPolicy', user, extra.path, null)],
  ];
};

/** A namespace of which nobody can tell whether it is closed is opened. */
const undecidedOpened: Fragment = (view) => {
  const { draw } = view;
  const namespace = draw.chance(0.7) ? 'fog%' : view.place().namespace;
  const user = tenantIn(namespace);
  const mist = request.calicoPolicy(namespace, 'mist', unreadableSpec);
  const open = request.calicoPolicy(namespace, 'open', openSpec);
  return [
    ...(draw.chance(0.5) ? [[request.apply('NetworkPolicy', user, mist.path, mist.body)]] : []),
    [request.create('NetworkPolicy', user, open.at, open.body)],
    [request.remove('NetworkPolicy', user, open.path)],
    ...(draw.chance(0.3) ? [[request.remove('NetworkPolicy', user, mist.path)]] : []),
  ];
};

/** Something is named as the owner that did not make it: the user's own, or a workload that stands. */
const forgedOwner: Fragment = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const owner = request.configMap(namespace, 'owner');
  const reference = draw.weighted([
    [3, { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', path: owner.path }],
    [
      1,
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web',
        path: path('apps', 'replicasets', namespace, 'web'),
      },
    ],
    [
      1,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'web',
        path: path('apps', 'deployments', namespace, 'web'),
      },
    ],
    [1, { apiVersion: 'batch/v1', kind: 'Job', name: 'web', path: path('batch', 'jobs', namespace, 'web') }],
  ]);
  const shape = draw.chance(0.6) ? optedOut : podShape(draw);
  const name = draw.one(['web', 'job']);
  const made = draw.weighted([
    [3, pod(namespace, name, shape, reference)],
    [2, { ...workload('ReplicaSet', namespace, name, shape), ...owned(namespace, name, reference) }],
    [1, { ...workload('Job', namespace, name, shape), ...owned(namespace, name, reference) }],
  ]) as { kind: string };
  const [group, resource] = {
    Pod: ['core', 'pods'],
    ReplicaSet: ['apps', 'replicasets'],
    Job: ['batch', 'jobs'],
  }[made.kind] as ['core' | 'apps' | 'batch', string];
  return [
    [request.create('ConfigMap', user, owner.at, owner.body)],
    [request.create(`${made.kind} with a forged owner`, user, path(group, resource, namespace), made)],
    ...(draw.chance(0.7) ? [[request.remove(made.kind, user, path(group, resource, namespace, name))]] : []),
  ];
};

function owned(namespace: string, name: string, owner: Parameters<typeof ownerReference>[0]) {
  return { metadata: { name, namespace, ownerReferences: [ownerReference(owner)] } };
}

/** Labels of a namespace by its subresources. */
const subresource: Fragment = (view) => {
  const { draw } = view;
  const closedByLabel = view.namespaces.filter(
    ({ labels }) => labels['gate'] ?? labels['tollgate.dev/default-deny'],
  );
  const { name, labels } = draw.one(
    draw.chance(0.7) && closedByLabel.length > 0 ? closedByLabel : view.namespaces,
  );
  const change = draw.one([
    { gate: 'open', born: null, 'tollgate.dev/default-deny': null },
    { gate: null, 'tollgate.dev/default-deny': null },
    { zone: 'lax' },
    { gate: 'shut' },
  ]);
  const at = path('core', 'namespaces', undefined, name);
  const kept = Object.fromEntries(
    Object.entries({ ...labels, ...change }).filter(([, value]) => value !== null),
  );
  return [
    [
      draw.chance(0.6)
        ? request.mergePatch('relabel namespace by status', { user: 'admin' }, `${at}/status`, {
            metadata: { labels: change },
          })
        : {
            what: 'relabel namespace by finalize',
            user: 'admin',
            method: 'PUT',
            path: `${at}/finalize`,
            body: {
              apiVersion: 'v1',
              kind: 'Namespace',
              metadata: { name, labels: kept },
              spec: { finalizers: ['kubernetes'] },
            },
          },
    ],
    [
      request.relabel('namespace', 'admin', at, {
        gate: labels['gate'] ?? null,
        zone: labels['zone'] ?? null,
      }),
    ],
  ];
};

/** Pods in a held namespace, and what closes it. */
const heldPod: Fragment = (view) => {
  const { draw } = view;
  const namespace = draw.one(['bank%', 'depot%']);
  const user = tenantIn(namespace);
  const cover = request.calicoPolicy(namespace, 'closed', closed);
  const name = draw.one(['quiet', 'loud']);
  const create = request.create('Pod', user, path('core', 'pods', namespace), pod(namespace, name, plain));
  const open = request.remove('NetworkPolicy', user, cover.path);
  const end = [request.remove('Pod', user, path('core', 'pods', namespace, name))];
  return [
    [request.apply('NetworkPolicy', user, cover.path, cover.body)],
    ...(draw.chance(0.7) ? [[create], [open]] : [[create, open]]),
    ...(draw.chance(0.6) ? [end] : []),
  ];
};

/** Two policies that each close a namespace go in the same moment. */
const twoAtOnce: Fragment = (view) => {
  const { draw } = view;
  const namespace = draw.one(['orders%', 'shop%', 'lab%']);
  const user = tenantIn(namespace);
  const [one, other] = ['closed', 'second'].map((name) => request.calicoPolicy(namespace, name, closed));
  if (!one || !other) return [];
  const global = path('calico', 'globalnetworkpolicies', undefined, 'g-shop%');
  const first =
    namespace === 'shop%'
      ? request.remove('GlobalNetworkPolicy', 'admin', global)
      : namespace === 'lab%'
        ? request.relabel('namespace', 'admin', path('core', 'namespaces', undefined, 'lab%'), {
            gate: 'open',
          })
        : request.remove('NetworkPolicy', user, one.path);
  return [
    ...(namespace === 'orders%' ? [[request.apply('NetworkPolicy', user, one.path, one.body)]] : []),
    [request.apply('NetworkPolicy', user, other.path, other.body)],
    [first, request.remove('NetworkPolicy', user, other.path)],
    ...(namespace === 'lab%'
      ? [
          [
            request.relabel('namespace', 'admin', path('core', 'namespaces', undefined, 'lab%'), {
              gate: 'shut',
            }),
          ],
        ]
      : []),
  ];
};

/** The template of a Job that waits changes before it runs. */
const suspendedJob: Fragment = (view) => {
  const { namespace, user } = view.place();
  const name = 'later';
  const at = path('batch', 'jobs', namespace, name);
  const template = {
    metadata: { annotations: optedOut.annotations, labels: { 'app.kubernetes.io/name': null } },
  };
  const job = workload('Job', namespace, name, {}, { suspend: true });
  return [
    [request.create('suspended Job', user, path('batch', 'jobs', namespace), job)],
    [request.mergePatch('change template of suspended Job', { user }, at, { spec: { template } })],
    [request.mergePatch('resume Job', { user }, at, { spec: { suspend: false } })],
    [request.remove('Job', user, at)],
  ];
};

/** A policy that goes with its owner. */
const collected: Fragment = (view) => {
  const { draw } = view;
  const policies = view.policies.filter(
    ({ kind, namespace }) => kind === 'NetworkPolicy' && namespace !== undefined,
  );
  const target = draw.chance(0.5) ? undefined : draw.one([...policies, undefined]);
  const namespace = target?.namespace ?? 'orders%';
  const user = tenantIn(namespace);
  const owner = request.configMap(namespace, 'owner');
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'owner',
    uid: `{uid:${owner.path}}`,
  };
  const policy = target?.path ?? request.calicoPolicy(namespace, 'closed', closed).path;
  return [
    [request.create('ConfigMap', user, owner.at, owner.body)],
    [
      request.mergePatch('give NetworkPolicy an owner', { user }, policy, {
        metadata: { ownerReferences: [reference] },
      }),
    ],
    [request.remove('ConfigMap that owns a NetworkPolicy', user, owner.path)],
  ];
};

/** A namespace goes to a laxer convention and comes back. */
const laxForAWhile: Fragment = (view) => {
  const { draw } = view;
  const namespace = draw.one(['orders%', 'depot%', view.place().namespace]);
  const user = tenantIn(namespace);
  const at = path('core', 'namespaces', undefined, namespace);
  const label = draw.one(['zone', 'zone', 'mode', 'ways']);
  const value = { zone: 'lax', mode: 'hold', ways: 'in' }[label] ?? '';
  const policy = draw.one([
    ...view.policies
      .filter((one) => one.namespace === namespace && one.kind === 'NetworkPolicy')
      .map((one) => one.path),
    request.calicoPolicy(namespace, 'closed', closed).path,
  ]);
  return [
    [request.relabel('namespace', 'admin', at, { [label]: value })],
    [request.remove('NetworkPolicy', user, policy)],
    [request.relabel('namespace', 'admin', at, { [label]: null })],
  ];
};

/** A name that resembles one of the installation. */
const lookAlike: Fragment = (view) => {
  const name = `${view.draw.one(['kube-tools', 'calico-extra', 'linkerd-extra', 'plain'])}%`;
  const labels = view.draw.one([{}, { team: 'red' }, { gate: 'shut' }, { born: 'closed' }]);
  const at = path('core', 'namespaces');
  return [
    [
      request.create('namespace', 'admin', at, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels },
      }),
    ],
    ...(view.draw.chance(0.5) ? [[deleteNamespace(name)]] : []),
  ];
};

export function deleteNamespace(name: string) {
  return {
    ...request.remove('namespace', 'admin' as const, path('core', 'namespaces', undefined, name)),
    mustPass: 'the deletion of a namespace is nobody’s to refuse',
  };
}

/** The chart's own words in another policy than the chart's. */
const ownWords: Fragment = ({ draw, ownDefaultDeny }) => {
  const namespaceSelector = 'tollgate.dev/default-deny == "enforced"';
  const both = (action: string) => ({
    ingress: [{ action }],
    egress: [{ action }],
    types: ['Ingress', 'Egress'],
  });
  const at = path('calico', 'globalnetworkpolicies');
  const global = (name: string, spec: object) =>
    request.create('GlobalNetworkPolicy', 'admin', at, {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name },
      spec: { namespaceSelector, ...spec },
    });
  const guard = path('calico', 'globalnetworkpolicies', undefined, 'guard%');
  return [
    [global('guard%', { order: 10, ...both('Deny') })],
    [global('debug%', { order: 100, ...both('Allow') })],
    [
      {
        what: 'give GlobalNetworkPolicy the words of the own default-deny',
        user: 'admin',
        method: 'PATCH',
        path: guard,
        body: [{ op: 'replace', path: '/spec', value: ownDefaultDeny }],
        type: 'application/json-patch+json',
      },
    ],
    ...(draw.chance(0.7)
      ? [
          [request.remove('GlobalNetworkPolicy', 'admin', `${at}/debug%`)],
          [request.remove('GlobalNetworkPolicy', 'admin', `${at}/guard%`)],
        ]
      : []),
  ];
};

/** A pod that runs is changed. */
const runningPod: Fragment = (view) => {
  const { draw } = view;
  const { namespace, user } = view.place();
  const name = draw.one(['web', 'quiet']);
  const at = path('core', 'pods', namespace, name);
  const debug = {
    name: `debug-${draw.below(1000)}`,
    image: 'registry.example/debug:1',
    securityContext: { runAsUser: draw.one([2102, 1000]) },
  };
  return [
    [request.create('Pod', user, path('core', 'pods', namespace), pod(namespace, name, plain))],
    [
      {
        what: 'add ephemeral container',
        user,
        method: 'PATCH',
        path: `${at}/ephemeralcontainers`,
        body: { spec: { ephemeralContainers: [debug] } },
        type: 'application/strategic-merge-patch+json',
      },
    ],
    [request.relabel('Pod', user, at, { 'app.kubernetes.io/name': draw.one([null, 'other']) })],
    ...(draw.chance(0.6) ? [[request.remove('Pod', user, at)]] : []),
  ];
};

/** A set in a namespace of the installation, which every webhook leaves out. */
const foreignNamespaceSet: Fragment = (view) => {
  const { draw } = view;
  const home = view.place();
  const team = draw.one(['red', 'blue', 'green']);
  const policy = request.calicoPolicy(home.namespace, 'teams', {
    selector: 'all()',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', source: { selector: 'all()', namespaceSelector: `team == "${team}"` } }],
  });
  const away = draw.one(['linkerd-viz', view.place().namespace]);
  const at = path('core', 'namespaces', undefined, away);
  const set = request.networkSet(away, 'everything%', draw.one([{}, { role: 'partner' }]), everywhere);
  return [
    [request.apply('NetworkPolicy', home.user, policy.path, policy.body)],
    [request.apply('NetworkSet', 'admin', set.path, set.body)],
    [request.relabel('namespace', 'admin', at, { team })],
    [request.remove('NetworkSet', 'admin', set.path)],
    [request.relabel('namespace', 'admin', at, { team: null })],
  ];
};

/** A policy that is covered by another goes, and what covered it after. */
const replaced: Fragment = (view) => {
  const deletable = view.policies.filter(({ kind, terminating }) => kind.endsWith('Policy') && !terminating);
  if (deletable.length === 0) return [];
  const { draw } = view;
  const { kind, namespace, path: at } = draw.one(deletable);
  const user = namespace === undefined ? 'admin' : tenantIn(namespace);
  return [
    [request.setFinalizers(kind, user, at, [request.finalizer])],
    [request.remove(kind, user, at)],
    [request.mergePatch(`change spec of terminating ${kind}`, { user }, at, { spec: openSpec })],
    [request.setFinalizers(kind, user, at, null)],
  ];
};

function tenantIn(namespace: string): User {
  return tenantsOf[namespace.replace('%', '')] ?? 'admin';
}

export const fragments: readonly Fragment[] = [
  foreignPeer,
  terminatingChanged,
  undecidedOpened,
  forgedOwner,
  subresource,
  heldPod,
  twoAtOnce,
  twoAtOnce,
  suspendedJob,
  collected,
  laxForAWhile,
  lookAlike,
  ownWords,
  runningPod,
  foreignNamespaceSet,
  replaced,
];

export type { Known };
