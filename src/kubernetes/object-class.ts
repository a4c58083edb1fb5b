import { groupOf, type KubernetesObject, type ObjectReference } from './object.ts';
import { podTemplateOf } from './pod-template.ts';

/**
 * What an object is to tollgate. `policy` is everything that Calico's verdicts are made of, `mesh-policy` everything
 * that Linkerd's are: its own kinds, and the routes of the Gateway API, which it attaches to Servers and Services.
 */
export type ObjectClass =
  | 'namespace'
  | 'service-account'
  | 'service'
  | 'mesh-policy'
  | 'policy'
  | 'workload'
  | 'other';

const calicoKinds = new Set([
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
  'Tier',
  'NetworkSet',
  'GlobalNetworkSet',
  'HostEndpoint',
]);

/** The kinds that policies are made of, by API group. */
const policyKinds: Readonly<Record<string, ReadonlySet<string>>> = {
  'projectcalico.org': calicoKinds,
  'crd.projectcalico.org': calicoKinds,
  'networking.k8s.io': new Set(['NetworkPolicy']),
  'policy.networking.k8s.io': new Set([
    'ClusterNetworkPolicy',
    'AdminNetworkPolicy',
    'BaselineAdminNetworkPolicy',
  ]),
};

/** The kinds of the Gateway API that Linkerd reads. */
const routeKinds = new Set(['HTTPRoute', 'GRPCRoute']);

/** The kinds that are judged, by name; workloads of other kinds are told by their structure. */
export const judgedKinds: readonly string[] = [
  ...new Set([
    'Namespace',
    'ServiceAccount',
    'Service',
    'Pod',
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'ReplicaSet',
    'ReplicationController',
    'Job',
    'CronJob',
    ...Object.values(policyKinds).flatMap((kinds) => [...kinds]),
    'Server',
    'AuthorizationPolicy',
    'MeshTLSAuthentication',
    'NetworkAuthentication',
    ...routeKinds,
  ]),
];

const clusterWideKinds = new Set([
  'Namespace',
  'GlobalNetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'Tier',
  'GlobalNetworkSet',
  'HostEndpoint',
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
]);

/** Whether a reference names a network policy of any kind, a tier, a network set or a host endpoint. */
export function isPolicyKind({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean {
  const group = groupOf(apiVersion);
  return Object.hasOwn(policyKinds, group) && policyKinds[group]?.has(kind) === true;
}

/** Whether objects of a kind live outside namespaces; only said of kinds that tollgate judges. */
export function isClusterWide(kind: string): boolean {
  return clusterWideKinds.has(kind);
}

/** Tells what an object is, by group and kind whatever its version, and by structure for workloads. */
export function classOf(object: KubernetesObject): ObjectClass {
  const group = groupOf(object.apiVersion);
  if (group === '') {
    if (object.kind === 'Namespace') return 'namespace';
    if (object.kind === 'ServiceAccount') return 'service-account';
    if (object.kind === 'Service') return 'service';
  }
  if (group === 'policy.linkerd.io') return 'mesh-policy';
  if (group === 'gateway.networking.k8s.io' && routeKinds.has(object.kind)) return 'mesh-policy';
  if (isPolicyKind(object)) return 'policy';
  return podTemplateOf(object) ? 'workload' : 'other';
}
