import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { CalicoApi } from './calico-mode.ts';
import type { ServedResources } from './discovery.ts';
import {
  slim,
  slimExtension,
  slimNamespace,
  slimRoute,
  slimServiceAccount,
  slimTranslatedPolicy,
  slimWorkload,
} from './projection.ts';
import { kinds, type ObjectClass } from '../../kinds.ts';

/** A collection that the picture of the cluster is made of. */
export interface WatchedResource {
  readonly group: string;
  /** The plural, as in its path. */
  readonly resource: string;
  /** The version of a group that every cluster serves; others are found by discovery. */
  readonly version?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly project: (object: KubernetesObject) => KubernetesObject | undefined;
}

const projections: Partial<Record<ObjectClass, WatchedResource['project']>> = {
  namespace: slimNamespace,
  'service-account': slimServiceAccount,
  workload: slimWorkload,
  extension: slimExtension,
};

/** Calico's policies, which its API server shows to nobody who may not read their tier. */
export const calicoPolicies = [
  'networkpolicies',
  'globalnetworkpolicies',
  'stagednetworkpolicies',
  'stagedglobalnetworkpolicies',
];

const calicoKinds = kinds
  .filter(({ group }) => group === 'projectcalico.org')
  .map(({ resource }) => resource);

/** What every cluster has; of pods only those are read that are asked for. */
const builtIn: readonly WatchedResource[] = kinds
  .filter(({ kind, version }) => version !== undefined && kind !== 'Pod')
  .map(({ group, resource, version, class: objectClass }) => ({
    group,
    resource,
    ...(version === undefined ? {} : { version }),
    project: projections[objectClass] ?? slim,
  }));

/** What a cluster has once somebody has installed it, Calico's own aside. */
const installed: readonly WatchedResource[] = kinds
  .filter(({ group, version }) => version === undefined && !group.endsWith('projectcalico.org'))
  .map(({ group, kind, resource }) => ({
    group,
    resource,
    project: kind.endsWith('Route') ? slimRoute : slim,
  }));

const meshGroups = new Set(['policy.linkerd.io', 'gateway.networking.k8s.io']);

/** What Linkerd's inbound policy is made of: `servers.policy.linkerd.io`. */
export const meshPolicies: readonly string[] = installed
  .filter(({ group }) => meshGroups.has(group))
  .map(idOf);

/** What has a pod template: `deployments.apps`. */
export const workloads: readonly string[] = builtIn
  .filter(({ project }) => project === slimWorkload)
  .map(idOf);

/**
 * The collections to follow, with Linkerd's own ConfigMap wherever its control plane may be. Calico's are followed in one group only, the one whose names users and reviews know:
 * where Calico's API server translates between two groups, both hold the same policies.
 */
export function watchedResources(
  calico: CalicoApi,
  linkerdNamespaces: readonly string[],
): readonly WatchedResource[] {
  const group = calico === 'raw' ? 'crd.projectcalico.org' : 'projectcalico.org';
  const project = calico === 'apiserver' ? slimTranslatedPolicy : slim;
  return [
    ...builtIn,
    ...linkerdNamespaces.map((namespace) => ({
      group: '',
      version: 'v1',
      resource: `namespaces/${namespace}/configmaps`,
      query: { fieldSelector: 'metadata.name=linkerd-config' },
      project: slim,
    })),
    ...installed,
    ...(calico === 'absent' ? [] : calicoKinds.map((resource) => ({ group, resource, project }))),
  ];
}

/** The groups that a cluster may or may not have. */
export const optionalGroups: readonly string[] = [
  'projectcalico.org',
  'crd.projectcalico.org',
  ...new Set(installed.map(({ group }) => group)),
];

/** As kubectl writes it: `servers.policy.linkerd.io`, `services`. */
export function idOf({ group, resource }: Pick<WatchedResource, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Where a resource is served, or undefined where it is not. */
export function pathOf(
  { group, resource, version }: WatchedResource,
  served: ServedResources,
): string | undefined {
  if (group === '') return `/api/${version ?? 'v1'}/${resource}`;
  const chosen = version ?? served.versionOf(group, resource);
  return chosen === undefined ? undefined : `/apis/${group}/${chosen}/${resource}`;
}
