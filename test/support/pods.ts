import type { KubernetesObject } from '../../src/kubernetes/object.ts';

/** What a pod says of the replica set of a Deployment that made it. */
export function ofDeployment(name: string, hash = '5445b6557f') {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-${hash}`, uid: `rs-${name}` };
  return {
    labels: { app: name, 'app.kubernetes.io/name': name, 'pod-template-hash': hash },
    ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
  };
}

/**
 * A pod as it comes out of Linkerd's injector.
 * Source: linkerd2 pkg/inject/inject.go and charts/patch, with default values and native sidecars.
 */
export function injected(pod: KubernetesObject): KubernetesObject {
  const { containers, ...spec } = pod['spec'] as { readonly containers: readonly object[] };
  const proxy = {
    name: 'linkerd-proxy',
    image: 'cr.l5d.io/linkerd/proxy:edge-26.6.2',
    restartPolicy: 'Always',
    ports: [
      { name: 'linkerd-proxy', containerPort: 4143, protocol: 'TCP' },
      { name: 'linkerd-admin', containerPort: 4191, protocol: 'TCP' },
    ],
    securityContext: { runAsUser: 2102, runAsNonRoot: true, allowPrivilegeEscalation: false },
  };
  const init = {
    name: 'linkerd-init',
    image: 'cr.l5d.io/linkerd/proxy-init:v2.4.3',
    args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
    securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] }, runAsUser: 65_534 },
  };
  const { annotations, labels, namespace } = pod.metadata;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        'linkerd.io/inject': 'enabled',
        ...annotations,
        'linkerd.io/created-by': 'linkerd/proxy-injector edge-26.6.2',
        'linkerd.io/proxy-version': 'edge-26.6.2',
        'linkerd.io/trust-root-sha256': '0'.repeat(64),
      },
      labels: {
        ...labels,
        'linkerd.io/control-plane-ns': 'linkerd',
        'linkerd.io/workload-ns': namespace ?? '',
      },
    },
    spec: { ...spec, initContainers: [init, proxy], containers },
  };
}
