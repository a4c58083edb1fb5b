import type { Draw } from './draw.ts';

/** Pods and what makes them. */

export interface PodShape {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

export const optedOut: PodShape = {
  annotations: { 'linkerd.io/inject': 'disabled' },
  labels: { 'app.kubernetes.io/name': 'web' },
};
/** Has all that is asked of a pod. */
export const plain: PodShape = { labels: { 'app.kubernetes.io/name': 'web' } };

const container = { name: 'main', image: 'registry.example/shop:1.0' };

/** How a pod may try to stay outside. */
export function podShape(draw: Draw): PodShape {
  return draw.weighted<PodShape>([
    [8, plain],
    [2, {}],
    [2, { annotations: { 'linkerd.io/inject': 'enabled' } }],
    [3, optedOut],
    [1, { annotations: { 'linkerd.io/inject': 'enable' } }],
    [1, { spec: { hostNetwork: true } }],
    [1, { spec: { automountServiceAccountToken: false } }],
    [
      1,
      {
        annotations: optedOut.annotations ?? {},
        spec: { containers: [{ ...container, name: 'linkerd-proxy' }, container] },
      },
    ],
    [1, { spec: { containers: [{ ...container, name: 'linkerd-proxy' }, container] } }],
    [
      1,
      {
        annotations: { 'config.linkerd.io/admission-webhooks': 'disabled' },
        labels: { 'config.linkerd.io/admission-webhooks': 'disabled' },
      },
    ],
  ]);
}

export function pod(namespace: string, name: string, shape: PodShape, owner?: Owner): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...metadataOf(name, shape),
      ...(owner && { ownerReferences: [ownerReference(owner)] }),
    },
    spec: { containers: [container], ...shape.spec },
  };
}

function metadataOf(name: string, { annotations = {}, labels = {} }: PodShape) {
  return { annotations, labels: { app: name, ...labels } };
}

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly path: string;
}

export function ownerReference({ apiVersion, kind, name, path }: Owner): object {
  return { apiVersion, kind, name, uid: `{uid:${path}}`, controller: true };
}

export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'Job' | 'CronJob';

export const resources: Readonly<Record<WorkloadKind, readonly ['apps' | 'batch', string]>> = {
  Deployment: ['apps', 'deployments'],
  ReplicaSet: ['apps', 'replicasets'],
  StatefulSet: ['apps', 'statefulsets'],
  Job: ['batch', 'jobs'],
  CronJob: ['batch', 'cronjobs'],
};

export function workload(
  kind: WorkloadKind,
  namespace: string,
  name: string,
  shape: PodShape,
  more: object = {},
): object {
  const template = {
    metadata: metadataOf(name, shape),
    spec: {
      containers: [container],
      ...(resources[kind][0] === 'batch' && { restartPolicy: 'Never' }),
      ...shape.spec,
    },
  };
  const selector = { matchLabels: { app: name } };
  const specs: Readonly<Record<WorkloadKind, object>> = {
    Deployment: { replicas: 1, selector, template, ...more },
    ReplicaSet: { replicas: 1, selector, template, ...more },
    StatefulSet: { replicas: 1, serviceName: name, selector, template, ...more },
    Job: { template, ...more },
    CronJob: { schedule: '0 4 * * *', jobTemplate: { spec: { template } }, ...more },
  };
  return { apiVersion: `${resources[kind][0]}/v1`, kind, metadata: { name, namespace }, spec: specs[kind] };
}
