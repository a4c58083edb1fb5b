/**
 * What an object is to tollgate. `policy` is everything that Calico's verdicts are made of, `mesh-policy` everything
 * that Linkerd's are: its own kinds, and the routes of the Gateway API, which it attaches to Servers and Services;
 * `extension` is what says whom the API server calls: webhooks and aggregated APIs.
 */
export type ObjectClass =
  | 'namespace'
  | 'service-account'
  | 'service'
  | 'mesh-policy'
  | 'policy'
  | 'workload'
  | 'extension'
  | 'other';

/** A kind of object that tollgate knows. */
export interface Kind {
  /** The API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** The plural, as in the paths of the API. */
  readonly resource: string;
  /** The version that every cluster serves; what others serve is found by discovery, and every one is judged alike. */
  readonly version?: string;
  /** The only versions that API servers of this group serve; absent where more may come. */
  readonly served?: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  readonly class: ObjectClass;
  /** What a controller of Kubernetes makes from its template, and the service account of that controller. */
  readonly makes?: { readonly kind: string; readonly controller: string };
}

/** A row as it is written in the table: kind, plural, and what differs from the rest of its group. */
type Row = readonly [kind: string, resource: string, more?: Partial<Kind>];

function group(
  name: string,
  shared: Pick<Kind, 'class'> & Partial<Kind>,
  rows: readonly Row[],
): readonly Kind[] {
  return rows.map(([kind, resource, more]) => ({
    group: name,
    kind,
    resource,
    scope: 'Namespaced',
    ...shared,
    ...more,
  }));
}

const cluster = { scope: 'Cluster' } as const;

const calico: readonly Row[] = [
  ['NetworkPolicy', 'networkpolicies'],
  ['GlobalNetworkPolicy', 'globalnetworkpolicies', cluster],
  ['StagedNetworkPolicy', 'stagednetworkpolicies'],
  ['StagedGlobalNetworkPolicy', 'stagedglobalnetworkpolicies', cluster],
  ['StagedKubernetesNetworkPolicy', 'stagedkubernetesnetworkpolicies'],
  ['Tier', 'tiers', cluster],
  ['NetworkSet', 'networksets'],
  ['GlobalNetworkSet', 'globalnetworksets', cluster],
  ['HostEndpoint', 'hostendpoints', cluster],
];

function makes(kind: string, controller: string): Pick<Kind, 'makes'> {
  return { makes: { kind, controller } };
}

/**
 * The kinds that tollgate knows. Sources for the controllers: Kubernetes `controllerKind` in
 * pkg/controller/{replicaset,statefulset,daemon,job,cronjob,deployment};
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go for the names of the accounts.
 */
export const kinds: readonly Kind[] = [
  ...group('', { class: 'workload', version: 'v1' }, [
    ['Namespace', 'namespaces', { class: 'namespace', ...cluster }],
    ['ServiceAccount', 'serviceaccounts', { class: 'service-account' }],
    ['Service', 'services', { class: 'service' }],
    ['Pod', 'pods'],
    ['ReplicationController', 'replicationcontrollers', makes('Pod', 'replication-controller')],
  ]),
  ...group('apps', { class: 'workload', version: 'v1' }, [
    ['Deployment', 'deployments', makes('ReplicaSet', 'deployment-controller')],
    ['StatefulSet', 'statefulsets', makes('Pod', 'statefulset-controller')],
    ['DaemonSet', 'daemonsets', makes('Pod', 'daemon-set-controller')],
    ['ReplicaSet', 'replicasets', makes('Pod', 'replicaset-controller')],
  ]),
  ...group('batch', { class: 'workload', version: 'v1' }, [
    ['Job', 'jobs', makes('Pod', 'job-controller')],
    ['CronJob', 'cronjobs', makes('Job', 'cronjob-controller')],
  ]),
  ...group('networking.k8s.io', { class: 'policy', version: 'v1', served: ['v1'] }, [
    ['NetworkPolicy', 'networkpolicies'],
  ]),
  ...group('policy.networking.k8s.io', { class: 'policy', ...cluster }, [
    ['ClusterNetworkPolicy', 'clusternetworkpolicies'],
    ['AdminNetworkPolicy', 'adminnetworkpolicies'],
    ['BaselineAdminNetworkPolicy', 'baselineadminnetworkpolicies'],
  ]),
  // Source: Calico api/pkg/apis/projectcalico (v3 alone), libcalico-go/config/crd (v1 alone).
  ...group('projectcalico.org', { class: 'policy', served: ['v3'] }, calico),
  ...group('crd.projectcalico.org', { class: 'policy', served: ['v1'] }, calico),
  ...group('admissionregistration.k8s.io', { class: 'extension', version: 'v1', ...cluster }, [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'],
  ]),
  ...group('apiregistration.k8s.io', { class: 'extension', version: 'v1', ...cluster }, [
    ['APIService', 'apiservices'],
  ]),
  ...group('policy.linkerd.io', { class: 'mesh-policy' }, [
    ['Server', 'servers'],
    ['ServerAuthorization', 'serverauthorizations'],
    ['AuthorizationPolicy', 'authorizationpolicies'],
    ['MeshTLSAuthentication', 'meshtlsauthentications'],
    ['NetworkAuthentication', 'networkauthentications'],
    ['HTTPRoute', 'httproutes'],
    ['HTTPLocalRateLimitPolicy', 'httplocalratelimitpolicies'],
    ['EgressNetwork', 'egressnetworks'],
  ]),
  ...group('linkerd.io', { class: 'mesh-policy' }, [['ServiceProfile', 'serviceprofiles']]),
  ...group('gateway.networking.k8s.io', { class: 'mesh-policy' }, [
    ['HTTPRoute', 'httproutes'],
    ['GRPCRoute', 'grpcroutes'],
    ['TLSRoute', 'tlsroutes'],
    ['TCPRoute', 'tcproutes'],
  ]),
];

const byName: ReadonlyMap<string, Kind> = new Map(
  kinds.map((entry) => [`${entry.group}/${entry.kind}`, entry]),
);

/** The kind of that name in a group, whatever the version; undefined for kinds that tollgate does not know. */
export function findKind(groupName: string, kind: string): Kind | undefined {
  return byName.get(`${groupName}/${kind}`);
}

const clusterScoped: ReadonlySet<string> = new Set(
  kinds.filter(({ scope }) => scope === 'Cluster').map(({ kind }) => kind),
);

/** Whether objects of a kind that tollgate knows live outside namespaces; of other kinds nothing is known. */
export function isClusterScoped(kind: string): boolean {
  return clusterScoped.has(kind);
}

/** Built-in and common kinds that live outside namespaces, besides those that tollgate knows more of. */
export const otherClusterScoped: ReadonlySet<string> = new Set([
  'BGPConfiguration',
  'BGPFilter',
  'BGPPeer',
  'BlockAffinity',
  'CertificateSigningRequest',
  'ClusterInformation',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'ComponentStatus',
  'ConventionPolicy',
  'CSIDriver',
  'CSINode',
  'CustomResourceDefinition',
  'FelixConfiguration',
  'FlowSchema',
  'GatewayClass',
  'IngressClass',
  'Installation',
  'IPAddress',
  'IPPool',
  'IPReservation',
  'KubeControllersConfiguration',
  'ManifestSet',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'Node',
  'PersistentVolume',
  'PodSecurityPolicy',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'SelfSubjectAccessReview',
  'ServiceCIDR',
  'StorageClass',
  'SubjectAccessReview',
  'TigeraStatus',
  'TokenReview',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'VolumeAttachment',
  'VolumeAttributesClass',
  'Waiver',
]);
