import type { ApiObject } from './api-client.ts';

/** Objects as users write them, with just enough in them to be accepted. */

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A GlobalNetworkPolicy that denies both directions for every pod in the namespaces that the selector names. */
export function denyAll(name: string, namespaceSelector: string, apiVersion = 'projectcalico.org/v3') {
  return {
    apiVersion,
    kind: 'GlobalNetworkPolicy',
    metadata: { name },
    spec: { namespaceSelector, types: ['Ingress', 'Egress'] },
  };
}

/** The Calico selector of one namespace by its name. */
export function named(namespace: string): string {
  return `kubernetes.io/metadata.name == "${namespace}"`;
}

/** A Calico NetworkPolicy that denies both directions for every pod in its namespace. */
export function denyAllIn(namespace: string, name = 'default-deny', apiVersion = 'projectcalico.org/v3') {
  return {
    apiVersion,
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { selector: 'all()', types: ['Ingress', 'Egress'] },
  };
}

const podSpec = { containers: [{ name: 'main', image: 'registry.example/shop:1.0' }] };

export type WorkloadKind =
  | 'Deployment'
  | 'StatefulSet'
  | 'DaemonSet'
  | 'ReplicaSet'
  | 'ReplicationController'
  | 'Job'
  | 'CronJob'
  | 'Pod';

/** A workload whose pods are labelled `app: <name>` and nothing else. */
export function workload(kind: WorkloadKind, namespace: string, name: string) {
  const labels = { app: name };
  const metadata = { name, namespace };
  const selector = { matchLabels: labels };
  const template = { metadata: { labels }, spec: podSpec };
  const ending = { metadata: { labels }, spec: { ...podSpec, restartPolicy: 'Never' } };
  switch (kind) {
    case 'Pod':
      return { apiVersion: 'v1', kind, metadata: { ...metadata, labels }, spec: podSpec };
    case 'ReplicationController':
      return { apiVersion: 'v1', kind, metadata, spec: { selector: labels, template } };
    case 'Job':
      return { apiVersion: 'batch/v1', kind, metadata, spec: { template: ending } };
    case 'CronJob':
      return {
        apiVersion: 'batch/v1',
        kind,
        metadata,
        spec: { schedule: '0 4 * * *', jobTemplate: { spec: { template: ending } } },
      };
    case 'StatefulSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { serviceName: name, selector, template } };
    default:
      return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } };
  }
}

const plurals: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'apis/apps/v1/NAMESPACE/deployments',
  StatefulSet: 'apis/apps/v1/NAMESPACE/statefulsets',
  DaemonSet: 'apis/apps/v1/NAMESPACE/daemonsets',
  ReplicaSet: 'apis/apps/v1/NAMESPACE/replicasets',
  ReplicationController: 'api/v1/NAMESPACE/replicationcontrollers',
  Job: 'apis/batch/v1/NAMESPACE/jobs',
  CronJob: 'apis/batch/v1/NAMESPACE/cronjobs',
  Pod: 'api/v1/NAMESPACE/pods',
};

/** Where the API server keeps a workload, or with no name all of the kind. */
export function pathOf(kind: WorkloadKind, namespace: string, name?: string): string {
  const collection = `/${plurals[kind].replace('NAMESPACE', `namespaces/${namespace}`)}`;
  return name === undefined ? collection : `${collection}/${name}`;
}

export interface Template {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: unknown;
}

/** The pod template of a stored workload; of a Pod the Pod itself. */
export function templateOf(object: ApiObject | undefined): Template {
  if (!object) throw new Error('no such object');
  if (object.kind === 'Pod') return { metadata: object.metadata, spec: object['spec'] };
  const { template, jobTemplate } = object['spec'] as {
    template?: Template;
    jobTemplate?: { spec: { template: Template } };
  };
  const found = jobTemplate?.spec.template ?? template;
  if (!found) throw new Error(`${object.kind ?? 'object'} has no pod template`);
  return found;
}
