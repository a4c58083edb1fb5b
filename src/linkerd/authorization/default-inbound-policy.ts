import { stringMap, type StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { defaultInboundPolicyAnnotation, isInboundPolicy } from '../annotations/catalogue.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { everyNetwork, type Clients } from './clients.ts';

/**
 * Finds the default inbound policy of the pods of a template. An invalid value on the template is ignored; the value of
 * the namespace does not replace it.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param namespaceAnnotations The annotations of the namespace of the pods.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns One of `all-unauthenticated`, `all-authenticated`, `cluster-unauthenticated`, `cluster-authenticated`, `deny`
 * and `audit`, or what the installation has as its own default.
 * @example
 * const spec = { containers: [{ name: 'web' }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * defaultInboundPolicy(template, { 'config.linkerd.io/default-inbound-policy': 'deny' }, defaultProfile()); // 'deny'
 */
export function defaultInboundPolicy(
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  installation: LinkerdProfile,
): string {
  const text = annotationOf(template, namespaceAnnotations, defaultInboundPolicyAnnotation);
  return text !== undefined && isInboundPolicy(text, installation.version)
    ? text
    : installation.defaultInboundPolicy;
}

/**
 * Finds the clients that a default inbound policy or an access policy lets in; undefined for `deny`.
 *
 * @param policy The name of the policy, such as `all-authenticated`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The clients by identity and network, or undefined.
 * @example
 * clientsOfDefault('all-authenticated', defaultProfile())?.identities; // ['*']
 */
export function clientsOfDefault(policy: string, installation: LinkerdProfile): Clients | undefined {
  if (policy === 'deny') return undefined;
  const networks = policy.startsWith('cluster-')
    ? installation.clusterNetworks.map((cidr) => ({ cidr, except: [] }))
    : everyNetwork;
  return { identities: policy.endsWith('-authenticated') ? ['*'] : 'anyone', networks };
}

/** An annotation of the running pod: the template's own, or else the inherited one of the namespace. */
export function annotationOf(
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  key: string,
): string | undefined {
  for (const annotations of [template.annotations, stringMap(namespaceAnnotations)]) {
    if (Object.hasOwn(annotations, key)) return annotations[key];
  }
  return undefined;
}
