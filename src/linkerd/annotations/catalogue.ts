import type { AnnotationPlacement, CatalogueEntry } from './catalogue-entry.ts';
import { admissionWebhooksLabel } from '../installation/installation.ts';
import { podAnnotations } from './catalogue-pods.ts';
import { serviceAnnotations } from './catalogue-services.ts';
import { valueKinds } from './value-kinds.ts';
import { atLeast } from '../installation/version.ts';

/** Whether pods are injected: `enabled`, `disabled` or `ingress`, on the pod template or the namespace. */
export const injectAnnotation = 'linkerd.io/inject';

/** Who may connect to ports of a pod that no Server governs. */
export const defaultInboundPolicyAnnotation = 'config.linkerd.io/default-inbound-policy';

/** The ports on which clients need a mesh identity whatever the default inbound policy says. */
export const requireIdentityAnnotation = 'config.linkerd.io/proxy-require-identity-inbound-ports';

/** Environment variables of the proxy, which can override any of its settings. */
export const additionalEnvAnnotation = 'config.linkerd.io/proxy-additional-env';

/** Every annotation that Linkerd reads on pods, namespaces, Services and routes. */
export const catalogue: readonly CatalogueEntry[] = [...podAnnotations, ...serviceAnnotations];

const byKey = new Map(catalogue.map((entry) => [entry.key, entry]));

/**
 * Finds the entry of an annotation; undefined if no version of Linkerd reads a key of that name.
 *
 * @param key The whole key of the annotation. Any text is accepted.
 * @returns Its entry, of whatever version: see `since`, `until` and `deadSince`.
 * @example
 * catalogueEntry('config.linkerd.io/proxy-await')?.kind; // 'enabledDisabled'
 */
export function catalogueEntry(key: string): CatalogueEntry | undefined {
  return byKey.get(key);
}

/** Whether a version reads an annotation. */
export function isReadBy(entry: CatalogueEntry, version: string): boolean {
  if (entry.since !== undefined && !atLeast(version, entry.since)) return false;
  return entry.until === undefined || atLeast(entry.until, version);
}

/** Whether a value is valid for an annotation in a version. */
export function isValueOf(
  { kind, valuesSince = {} }: CatalogueEntry,
  value: string,
  version: string,
): boolean {
  const since = Object.hasOwn(valuesSince, value) ? valuesSince[value] : undefined;
  return valueKinds[kind].accepts(value) && (since === undefined || atLeast(version, since));
}

/**
 * Tells whether a word is an inbound policy in a version, as an annotation or as the `accessPolicy` of a Server.
 *
 * @param value The word, such as `deny` or `all-authenticated`.
 * @param version A version `2.MINOR`; `audit` is known since 2.16.
 * @returns Whether it is a policy; words are compared exactly.
 * @example
 * isInboundPolicy('audit', '2.15'); // false
 */
export function isInboundPolicy(value: string, version: string): boolean {
  const entry = byKey.get(defaultInboundPolicyAnnotation);
  return entry !== undefined && isValueOf(entry, value, version);
}

/**
 * Finds the key to write instead of a deprecated one; undefined if the key is not deprecated in the version, or if the
 * version reads no successor in that place.
 *
 * @param entry The entry of the annotation, from `catalogueEntry`.
 * @param placement Where it stands.
 * @param version The version `2.MINOR` that reads it.
 * @returns The key to write instead, or undefined.
 * @example
 * const entry = catalogueEntry('config.alpha.linkerd.io/proxy-enable-native-sidecar');
 * entry && successorOf(entry, 'podTemplate', '2.20'); // 'config.linkerd.io/proxy-enable-native-sidecar'
 */
export function successorOf(
  entry: CatalogueEntry,
  placement: AnnotationPlacement,
  version: string,
): string | undefined {
  if (!entry.deprecated || !atLeast(version, entry.deprecated.since)) return undefined;
  const next = byKey.get(entry.deprecated.by);
  if (!next) return undefined;
  const later = successorOf(next, placement, version);
  if (later !== undefined) return later;
  return isReadBy(next, version) && next.places.includes(placement) ? next.key : undefined;
}

/** Whether pods inherit an annotation of that name from their namespace. */
export function isHandedDown(key: string, version: string): boolean {
  const entry = byKey.get(key);
  return entry?.inherited === true && isReadBy(entry, version);
}

/** Keys of Linkerd that are known, but have no effect that is predicted here. */
const otherKeys = new Set([
  admissionWebhooksLabel,
  'linkerd.io/created-by',
  'linkerd.io/proxy-version',
  'linkerd.io/trust-root-sha256',
  'linkerd.io/identity-mode',
  'linkerd.io/helm-release-version',
  'viz.linkerd.io/tap-enabled',
  'viz.linkerd.io/external-prometheus',
  'multicluster.linkerd.io/remote-discovery',
  'multicluster.linkerd.io/local-discovery',
  'mirror.linkerd.io/gateway-identity',
  'mirror.linkerd.io/probe-period',
  'mirror.linkerd.io/probe-path',
  'mirror.linkerd.io/probe-timeout',
  'mirror.linkerd.io/probe-failure-threshold',
]);

/**
 * Tells whether a key belongs to Linkerd or to one of its extensions, by its prefix.
 *
 * @param key The whole key of an annotation or label. Any text is accepted.
 * @returns Whether its domain is `linkerd.io` or below it.
 * @example
 * isLinkerdKey('config.linkerd.io/proxy-await'); // true
 */
export function isLinkerdKey(key: string): boolean {
  return /^([a-z0-9.-]+\.)?linkerd\.io\//.test(key);
}

/**
 * Whether the catalogue lists every annotation of a key's domain. That is so for Linkerd itself, not for extensions.
 */
export function isCataloguedDomain(key: string): boolean {
  return /^(config\.(alpha\.|beta\.)?|retry\.|timeout\.|balancer\.(alpha\.)?)?linkerd\.io\//.test(key);
}

/**
 * Tells whether some version of Linkerd or of its extensions knows an annotation of that name.
 *
 * @param key The whole key of the annotation. Any text is accepted.
 * @returns Whether it is known; a key that an extension may have is not, unless it is listed.
 * @example
 * isKnownKey('linkerd.io/injekt'); // false
 */
export function isKnownKey(key: string): boolean {
  return byKey.has(key) || otherKeys.has(key) || key.startsWith('resource.opentelemetry.io/');
}
