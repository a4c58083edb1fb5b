import type { UserInfo } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

/** One of Kubernetes' own controllers, where each has its account. */
export function controller(name: string): UserInfo {
  return {
    username: `system:serviceaccount:kube-system:${name}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  };
}

/** Somebody who may create what is in a namespace. */
export const tenant: UserInfo = { username: 'tenant', groups: ['system:authenticated'] };

/** What an object says of the one that controls it. */
export function ownedBy(apiVersion: string, kind: string, name: string, uid = `uid-of-${name}`) {
  return {
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
  };
}

export interface Injecting {
  readonly cni?: boolean;
  readonly native?: boolean;
  readonly debug?: boolean;
  readonly image?: string;
  readonly createdBy?: string;
}

/** The flags of linkerd-init by default values. */
export const initArgs: readonly string[] = [
  '--ipv6=false',
  '--incoming-proxy-port',
  '4143',
  '--outgoing-proxy-port',
  '4140',
  '--proxy-uid',
  '2102',
  '--inbound-ports-to-ignore',
  '4190,4191,4567,4568',
  '--outbound-ports-to-ignore',
  '4567,4568',
];

const validator = {
  name: 'linkerd-network-validator',
  command: ['/usr/lib/linkerd/linkerd2-network-validator'],
  args: [
    '--log-format',
    'plain',
    '--log-level',
    'debug',
    '--connect-addr',
    '1.1.1.1:20001',
    '--listen-addr',
    '0.0.0.0:4140',
    '--timeout',
    '10s',
  ],
};

/** A pod as Linkerd's injector hands it on: the containers of charts/patch and the marks of pkg/inject. */
export function injected(
  pod: KubernetesObject,
  {
    cni = false,
    createdBy = 'linkerd/proxy-injector edge-26.8.3',
    debug = false,
    image = 'cr.l5d.io/linkerd/proxy:edge-26.8.3',
    native = true,
  }: Injecting = {},
): KubernetesObject {
  const {
    containers,
    initContainers = [],
    ...spec
  } = pod.spec as {
    readonly containers: readonly object[];
    readonly initContainers?: readonly object[];
  };
  const redirector = cni
    ? { ...validator, image, securityContext: { runAsUser: 65534 } }
    : {
        name: 'linkerd-init',
        image,
        command: ['/usr/lib/linkerd/linkerd2-proxy-init'],
        args: initArgs,
        securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
      };
  const proxy = { name: 'linkerd-proxy', image, securityContext: { runAsUser: 2102 } };
  const aside = debug ? [{ name: 'linkerd-debug', image: 'cr.l5d.io/linkerd/debug:edge-26.8.3' }] : [];
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        ...pod.metadata.annotations,
        'linkerd.io/created-by': createdBy,
        'linkerd.io/proxy-version': 'edge-26.8.3',
        'linkerd.io/trust-root-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
      labels: {
        ...pod.metadata.labels,
        'linkerd.io/control-plane-ns': 'linkerd',
        'linkerd.io/workload-ns': pod.metadata.namespace ?? 'default',
      },
    },
    spec: native
      ? {
          ...spec,
          initContainers: [redirector, { ...proxy, restartPolicy: 'Always' }, ...initContainers],
          containers: [...containers, ...aside],
        }
      : {
          ...spec,
          initContainers: [...initContainers, redirector],
          containers: [proxy, ...containers, ...aside],
        },
  };
}
