import { setImmediate as turn } from 'node:timers/promises';
import type { FreshRead } from '../../inventory/fresh-read.ts';
import type { Change } from '../../inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { Scope } from '../follow/fresh-read.ts';
import { meshPolicies, workloads } from '../view/resources.ts';
import { createSharedReads } from './shared-reads.ts';
import type { Purpose } from './turns.ts';
import type { ClusterView } from '../view/cluster-view.ts';
import { isClusterScoped } from '../../kinds.ts';

export interface ConfirmationOptions {
  readonly view: Pick<ClusterView, 'read' | 'synced'>;
  /** One pod that runs in a namespace, if there is any. */
  readonly runningPod?: (namespace: string, signal: AbortSignal) => Promise<KubernetesObject | undefined>;
  /** The longest a review may wait for its confirmation, in milliseconds: well inside the webhook's own timeout. */
  readonly deadlineMs?: number;
  /**
   * Reviews that may wait at the same time for each purpose, and half as many for one namespace: all together well below
   * those that are taken in, so that who waits crowds nobody out.
   */
  readonly mostWaiting?: number;
  /** See `SharedReadsOptions`. */
  readonly spacingMs?: number;
  readonly mostReads?: number;
}

/** Looks directly at what an answer hangs on, beside the copy of the cluster. */
export interface Confirmation {
  /** At the namespace of a request that is not in the copy yet. */
  readonly namespace: (request: AdmissionRequest) => Promise<FreshRead>;
  /** At all that an answer rests on, with the ids of the rules that deny and the namespaces it reaches besides. */
  readonly answer: (
    request: AdmissionRequest,
    denying: readonly string[],
    reaches?: readonly string[],
  ) => Promise<FreshRead>;
  /** At all that a change hangs on that takes cover away, at what runs in some namespaces, and at those it reaches besides. */
  readonly takeAway: (
    request: AdmissionRequest,
    emptied: readonly string[],
    reaches?: readonly string[],
  ) => Promise<FreshRead>;
}

/**
 * Confirms answers by direct reads of what they rest on, and of nothing else: the policies of all namespaces are
 * read only for a change that reaches all namespaces. Equal questions share a read, so a storm of denials costs a few
 * lists a second, whatever its size; those who are admitted never wait for one.
 */
export function createConfirmation(options: ConfirmationOptions): Confirmation {
  const { view, runningPod, deadlineMs = 1500, mostWaiting = 64 } = options;
  const read = async (scope: Scope, signal: AbortSignal): Promise<Change> => {
    if (scope.resource !== runningPods) return view.read(scope, signal);
    const found = await runningPod?.(scope.namespace ?? '', signal);
    return found ? { put: [found] } : {};
  };
  const reads = createSharedReads({ ...options, read, deadlineMs });
  const places = createPlaces(mostWaiting);
  let last: Promise<unknown> = Promise.resolve();
  /** Many wait for one read; were they all answered in the same moment, everybody else would wait for all of them. */
  const oneAfterTheOther = () => (last = last.then(() => turn()));
  const look = async (
    scopes: readonly Scope[],
    purpose: Purpose,
    { namespace = '' }: AdmissionRequest,
  ): Promise<FreshRead> => {
    if (!view.synced()) return { fresh: false, why: 'the cluster has not been read as a whole yet' };
    const place = places.take(purpose, namespace);
    if ('others' in place) return { fresh: false, why: `${place.others} other reviews are waiting for one` };
    try {
      const found = await within(deadlineMs, Promise.all(scopes.map((scope) => reads(scope, purpose))));
      await oneAfterTheOther();
      return found;
    } finally {
      place.leave();
    }
  };
  return {
    namespace: (request) => {
      const { namespace: name } = request;
      return look(name === undefined ? [] : [{ resource: 'namespaces', name }], 'namespace', request);
    },
    answer: (request, denying, reaches = []) => look(scopesOf(request, denying, reaches), 'denial', request),
    takeAway: async (request, emptied, reaches = []) => {
      if (emptied.length > 0 && !runningPod) return { fresh: false, why: 'pods cannot be read' };
      if (emptied.length > mostEmptied)
        return {
          fresh: false,
          why: `${emptied.length} held namespaces would lose their cover at once, and only in ${mostEmptied} it is looked whether pods run`,
        };
      // A workload that another replica has let in a moment ago may be without pods still.
      const whatRuns = [runningPods, ...workloads];
      const inside = emptied.flatMap((namespace) => whatRuns.map((resource) => ({ resource, namespace })));
      return look([...scopesOf(request, [], reaches), ...inside], 'take-away', request);
    },
  };
}

/** A scope of its own: not all pods of a namespace, but whether there is one that runs. */
const runningPods = 'running pods';
/** Namespaces in which it is looked for pods for one review. */
const mostEmptied = 64;

/** Counts who waits, by what for and about which namespace. */
function createPlaces(most: number) {
  const taken = new Map<string, number>();
  const add = (key: string, count: number) => {
    const sum = (taken.get(key) ?? 0) + count;
    if (sum === 0) taken.delete(key);
    else taken.set(key, sum);
  };
  return {
    take: (purpose: Purpose, namespace: string) => {
      const own = `${purpose} ${namespace}`;
      const [others, same] = [taken.get(purpose) ?? 0, taken.get(own) ?? 0];
      if (others >= most) return { others };
      if (namespace !== '' && same >= Math.ceil(most / 2)) return { others: same };
      for (const key of [purpose, own]) add(key, 1);
      return {
        leave: () => {
          for (const key of [purpose, own]) add(key, -1);
        },
      };
    },
  };
}

function within(milliseconds: number, reading: Promise<readonly Change[]>): Promise<FreshRead> {
  const { promise, resolve } = Promise.withResolvers<FreshRead>();
  const why = `the API server did not answer within ${milliseconds / 1000} s`;
  const late = setTimeout(() => resolve({ fresh: false, why }), milliseconds);
  reading.then(
    (changes) => resolve({ fresh: true, change: union(changes) }),
    (error: unknown) =>
      resolve({ fresh: false, why: error instanceof Error ? error.message : String(error) }),
  );
  return promise.finally(() => clearTimeout(late));
}

function union(changes: readonly Change[]): Change {
  return {
    put: changes.flatMap(({ put = [] }) => put),
    remove: changes.flatMap(({ remove = [] }) => remove),
  };
}

const calicoGroups = ['projectcalico.org', 'crd.projectcalico.org'];

const clusterWide = [
  ...calicoGroups.flatMap((group) =>
    ['globalnetworkpolicies', 'globalnetworksets', 'tiers'].map((resource) => `${resource}.${group}`),
  ),
  ...['clusternetworkpolicies', 'adminnetworkpolicies', 'baselineadminnetworkpolicies'].map(
    (resource) => `${resource}.policy.networking.k8s.io`,
  ),
];

const namespaced = [
  ...calicoGroups.flatMap((group) => [`networkpolicies.${group}`, `networksets.${group}`]),
  'networkpolicies.networking.k8s.io',
];

/** What rules about the mesh and about databases look at besides. */
const meshed = ['services', ...meshPolicies];

/** Where an answer rests on more namespaces than this, their policies are read with those of all others. */
const mostNamespaces = 4;

/**
 * A new namespace has no policies of its own yet; everything else in a namespace may hang on those of its namespace
 * and of those whose rules find it, and what is cluster-wide on those of every namespace.
 */
function scopesOf(
  request: AdmissionRequest,
  denying: readonly string[],
  reaches: readonly string[],
): readonly Scope[] {
  const { kind, operation, object, oldObject } = request;
  const everywhere = clusterWide.map((resource) => ({ resource }));
  const isWide = kind.kind !== 'Namespace' && isClusterScoped(kind.kind);
  if (isWide || reaches.length > mostNamespaces)
    return [...everywhere, ...namespaced.map((resource) => ({ resource }))];
  const others = reaches.flatMap((name) => [
    { resource: 'namespaces', name },
    ...namespaced.map((resource) => ({ resource, namespace: name })),
  ]);
  if (kind.kind === 'Namespace' && operation === 'CREATE') return [...everywhere, ...others];
  const metadata = (object ?? oldObject)?.metadata;
  const name = kind.kind === 'Namespace' ? metadata?.name : (request.namespace ?? metadata?.namespace);
  if (name === undefined) return [...everywhere, ...others];
  const isAboutMesh = denying.some((rule) => !/^(?:gate|policy)\//.test(rule));
  return [
    { resource: 'namespaces', name },
    ...everywhere,
    ...others,
    ...[...namespaced, ...(isAboutMesh ? meshed : [])].map((resource) => ({ resource, namespace: name })),
  ];
}
