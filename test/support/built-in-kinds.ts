import type { ServedKind } from './fake-api-server.ts';

/** What tollgate follows of every cluster. */
export const builtIn: readonly ServedKind[] = [
  ...Object.entries({
    namespaces: 'Namespace',
    serviceaccounts: 'ServiceAccount',
    services: 'Service',
    pods: 'Pod',
    replicationcontrollers: 'ReplicationController',
    'namespaces/linkerd/configmaps': 'ConfigMap',
  }).map(([resource, kind]) => ({ group: '', version: 'v1', resource, kind })),
  ...Object.entries({
    deployments: 'Deployment',
    statefulsets: 'StatefulSet',
    daemonsets: 'DaemonSet',
    replicasets: 'ReplicaSet',
  }).map(([resource, kind]) => ({ group: 'apps', version: 'v1', resource, kind })),
  { group: 'batch', version: 'v1', resource: 'jobs', kind: 'Job' },
  { group: 'batch', version: 'v1', resource: 'cronjobs', kind: 'CronJob' },
  { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies', kind: 'NetworkPolicy' },
  ...['Validating', 'Mutating'].map((kind) => ({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource: `${kind.toLowerCase()}webhookconfigurations`,
    kind: `${kind}WebhookConfiguration`,
  })),
  { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices', kind: 'APIService' },
];
