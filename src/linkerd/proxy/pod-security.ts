import type { StringMap } from '../../kubernetes/object.ts';
import type { LinkerdProfile } from '../installation/installation.ts';

/** A Pod Security level that refuses injected pods. */
export interface PodSecurityConflict {
  readonly level: 'baseline' | 'restricted';
  /** One sentence without a full stop. */
  readonly message: string;
}

const enforceLabel = 'pod-security.kubernetes.io/enforce';

/**
 * Tells whether a namespace enforces a Pod Security level that refuses every injected pod: without the CNI plugin each
 * has `linkerd-init`, which needs NET_ADMIN and NET_RAW.
 * Source: Linkerd charts/partials/templates/_proxy-init.tpl, Kubernetes Pod Security Standards.
 *
 * @param namespaceLabels The labels of the namespace.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The level and a sentence, or undefined where injected pods are accepted.
 * @example
 * podSecurityConflict({ 'pod-security.kubernetes.io/enforce': 'restricted' }, defaultProfile())?.level; // 'restricted'
 */
export function podSecurityConflict(
  namespaceLabels: StringMap,
  installation: LinkerdProfile,
): PodSecurityConflict | undefined {
  const level = Object.hasOwn(namespaceLabels, enforceLabel) ? namespaceLabels[enforceLabel] : undefined;
  if (installation.cni || (level !== 'baseline' && level !== 'restricted')) return undefined;
  return {
    level,
    message: `${enforceLabel}: ${level} refuses every injected pod, because linkerd-init needs NET_ADMIN and NET_RAW; install the Linkerd CNI plugin or enforce privileged`,
  };
}
