import type { Subject } from '../subject.ts';

/** Where Calico's own components run, whether an operator or plain manifests installed them. */
const calicoNamespaces = new Set(['calico-apiserver', 'calico-system', 'kube-system']);

/**
 * Whether Calico itself writes the object: its API server stores what it has been given, and has been asked about,
 * once more as `crd.projectcalico.org/v1`. A finding would come twice, and a refusal would reach the wrong one.
 */
export function isWrittenByCalico({ user }: Subject): boolean {
  const [, namespace = '', name = ''] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user?.username ?? '') ?? [];
  return calicoNamespaces.has(namespace) && name.startsWith('calico-');
}
