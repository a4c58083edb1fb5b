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

/** The ports on which a default inbound policy asks for a mesh identity all the same. */
export const requireIdentityAnnotation = 'config.linkerd.io/proxy-require-identity-inbound-ports';

/** Environment variables of the proxy, which can override any of its settings. */
export const additionalEnvAnnotation = 'config.linkerd.io/proxy-additional-env';

/** Every annotation that Linkerd reads on pods, namespaces, Services and routes. */
export const catalogue: readonly CatalogueEntry[] = [...podAnnotations, ...serviceAnnotations];

const byKey = new Map(catalogue.map((entry) => [entry.key, entry]));

/**
 * The entry of an annotation; undefined where no Linkerd ever read one of that name.
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

/** Whether a value is what an annotation asks for, as far as a version knows it. */
export function isValueOf(
  { kind, valuesSince = {} }: CatalogueEntry,
  value: string,
  version: string,
): boolean {
  const since = Object.hasOwn(valuesSince, value) ? valuesSince[value] : undefined;
  return valueKinds[kind].accepts(value) && (since === undefined || atLeast(version, since));
}

/**
 * Whether a version takes a word for an inbound policy, as an annotation or as the `accessPolicy` of a Server.
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
 * The key to write instead of a deprecated one, where a version reads it at that place; undefined for one that is not
 * deprecated in it, and where nothing has taken its place there.
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

/** Whether pods get a copy of a namespace's annotation of that name. */
export function isHandedDown(key: string, version: string): boolean {
  const entry = byKey.get(key);
  return entry?.inherited === true && isReadBy(entry, version);
}

/** Keys of Linkerd that say something, but configure nothing that this engine predicts. */
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
 * Whether a key is one of Linkerd's or of its extensions, by its prefix.
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
 * Whether a key is of a domain whose annotations are all listed here: of Linkerd itself, not of an extension, which
 * may have others.
 */
export function isCataloguedDomain(key: string): boolean {
  return /^(config\.(alpha\.|beta\.)?|retry\.|timeout\.|balancer\.(alpha\.)?)?linkerd\.io\//.test(key);
}

/**
 * Whether Linkerd or one of its extensions knows an annotation of that name in some version.
 *
 * @param key The whole key of the annotation. Any text is accepted.
 * @returns Whether it is known; a key that an extension may have is not, unless it is listed.
 * @example
 * isKnownKey('linkerd.io/injekt'); // false
 */
export function isKnownKey(key: string): boolean {
  return byKey.has(key) || otherKeys.has(key) || key.startsWith('resource.opentelemetry.io/');
}
