import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { injected, ofDeployment } from '../../test/support/pods.ts';
import { worldOf } from './world.ts';

/**
 * So many pods of the first Deployment of each namespace, in turn, as the API server shows them after Linkerd's injector:
 * some 10 KB each. One in a hundred came while the injector was away.
 */
export function* podsOf(namespaces: number, count: number): Generator<KubernetesObject> {
  const world = worldOf(namespaces);
  const deployments = world.filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'car-0',
  );
  for (let index = 0; index < count; index += 1) {
    const deployment = deployments[index % deployments.length];
    if (deployment) yield podOf(deployment, index);
  }
}

function podOf({ metadata, spec }: KubernetesObject, index: number): KubernetesObject {
  const { template } = spec as { readonly template: Template };
  const { ownerReferences, labels } = ofDeployment('car-0');
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `car-0-5445b6557f-${index.toString(36).padStart(5, '0')}`,
      namespace: metadata.namespace ?? '',
      uid: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { ...template.metadata.labels, 'pod-template-hash': labels['pod-template-hash'] },
      annotations: template.metadata.annotations,
      ownerReferences,
      managedFields,
    },
    spec: { ...template.spec, ...settled, containers: template.spec.containers.map(mounted) },
    status,
  };
  return index % 100 === 0 ? pod : withProxySettings(injected(pod));
}

interface Template {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly containers: readonly object[] };
}

const access = { name: 'kube-api-access-abcde', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io' };
const mounted = (container: object) => ({
  ...container,
  volumeMounts: [access],
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});

/** What the API server, the scheduler and admission put into every pod. */
const settled = {
  nodeName: 'node-1',
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  priority: 0,
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  tolerations: ['not-ready', 'unreachable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  })),
  volumes: [{ name: 'kube-api-access-abcde', projected: { defaultMode: 420, sources: [] } }],
};

const fieldsV1 = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => [`f:field-${index}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
);
const managedFields = [
  { manager: 'kube-controller-manager', operation: 'Update', apiVersion: 'v1', fieldsV1 },
];
const status = {
  phase: 'Running',
  podIP: '10.1.2.3',
  conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })),
  containerStatuses: ['main', 'exporter', 'linkerd-proxy'].map((name) => ({
    name,
    ready: true,
    restartCount: 0,
    image: `registry.example/${name}:1.0`,
    imageID: `registry.example/${name}@sha256:${'0'.repeat(64)}`,
    containerID: `containerd://${'0'.repeat(64)}`,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  })),
};

const environment = Array.from({ length: 45 }, (_, index) => ({
  name: `LINKERD2_PROXY_SETTING_${index}`,
  value: `what the proxy is told of ${index}`,
}));

/** The proxy is told all it knows by its environment. */
function withProxySettings(pod: KubernetesObject): KubernetesObject {
  const spec = pod['spec'] as { readonly initContainers: readonly { readonly name: string }[] };
  const initContainers = spec.initContainers.map((one) =>
    one.name === 'linkerd-proxy' ? { ...one, env: environment } : one,
  );
  return { ...pod, spec: { ...spec, initContainers } };
}
