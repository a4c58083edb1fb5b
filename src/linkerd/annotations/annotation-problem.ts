import { isCataloguedDomain, isKnownKey, isReadBy, successorOf } from './catalogue.ts';
import type { AnnotationPlacement, CatalogueEntry } from './catalogue-entry.ts';
import { opaquePortsProblem, policyPortsProblem, skipPortsProblem } from '../ports/port-list-problem.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { readSkipSubnets } from '../ports/skip-subnets.ts';
import { cut } from '../../text/cut.ts';
import { suggestAnnotation } from './suggestion.ts';
import { atLeast, latestVersion } from '../installation/version.ts';

/** An annotation that Linkerd knows, with its place and its effect. */
export interface JudgedAnnotation {
  readonly entry: CatalogueEntry;
  readonly value: string;
  readonly placement: AnnotationPlacement;
  readonly valid: boolean;
  readonly outcome: AnnotationOutcome;
  readonly denialMessage?: string;
}

/**
 * What one annotation does to a pod, Service or route:
 * - `applied`: something about the pod or Service is different because of it
 * - `no-effect`: Linkerd ignores it, or it repeats what is the case without it
 * - `pod-denied`: the injector refuses the pod
 * - `route-denied`: Linkerd's policy webhook refuses the route
 * - `not-injected`: the pod is created without a proxy
 * - `undecodable-patch`: the injector's answer is broken; the webhook's failure policy decides
 */
export type AnnotationOutcome =
  | 'applied'
  | 'no-effect'
  | 'pod-denied'
  | 'route-denied'
  | 'not-injected'
  | 'undecodable-patch';

/**
 * What is wrong with an annotation:
 * - `unknown`: Linkerd reads no annotation of that name
 * - `dead`: it does nothing in this version, in this place or with these other settings
 * - `fatal`: pods cannot be created, or get no proxy
 * - `value`: the value is invalid
 * - `deprecated`: it works, but has a successor
 */
export type AnnotationFault = 'unknown' | 'dead' | 'fatal' | 'value' | 'deprecated';

/** What is wrong with an annotation, in one sentence without a full stop. */
export interface AnnotationProblem {
  readonly fault: AnnotationFault;
  readonly message: string;
}

/**
 * Finds an annotation that no version of Linkerd reads: its key is in one of Linkerd's own domains, or is nearly the key
 * of an annotation that is read.
 *
 * @param key The whole key of the annotation. Any text is accepted.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The problem, or undefined for a key that Linkerd knows or that belongs to others.
 * @example
 * unknownKeyProblem('linkerd.io/injekt', defaultProfile())?.fault; // 'unknown'
 */
export function unknownKeyProblem(key: string, { version }: LinkerdProfile): AnnotationProblem | undefined {
  const isListed = isCataloguedDomain(key) && !isKnownKey(key) && atLeast(latestVersion, version);
  // The suggestion comes last, because it is slow to find and a user may send any number of keys.
  return isListed || suggestAnnotation(key) !== undefined
    ? { fault: 'unknown', message: `Linkerd has no annotation ${key}, so it does nothing` }
    : undefined;
}

/** Finds the most important problem of an annotation that Linkerd knows; undefined if there is none. */
export function annotationProblem(
  annotation: JudgedAnnotation,
  installation: LinkerdProfile,
): AnnotationProblem | undefined {
  const { entry } = annotation;
  return (
    problem('dead', versionProblem(entry, installation)) ??
    problem('dead', placeProblem(entry, annotation.placement)) ??
    problem('fatal', fatalProblem(annotation)) ??
    problem('value', valueProblem(entry, annotation)) ??
    problem('deprecated', deprecationProblem(entry, annotation.placement, installation)) ??
    problem('dead', idleProblem(entry, annotation, installation))
  );
}

function problem(fault: AnnotationFault, message: string | undefined): AnnotationProblem | undefined {
  return message === undefined ? undefined : { fault, message };
}

function versionProblem(entry: CatalogueEntry, { version }: LinkerdProfile): string | undefined {
  const { deadSince, key, since, until } = entry;
  if (deadSince !== undefined && atLeast(version, deadSince))
    return `${key} has had no effect since Linkerd ${deadSince}`;
  if (isReadBy(entry, version)) return undefined;
  return until !== undefined && !atLeast(until, version)
    ? `${key} was last read by Linkerd ${until}, so ${version} ignores it`
    : `${key} is read since Linkerd ${since}, so ${version} ignores it`;
}

function placeProblem({ key, places }: CatalogueEntry, placement: AnnotationPlacement): string | undefined {
  if (places.includes(placement)) return undefined;
  const right = places.map((place) => placeNames[place]).join(' or ');
  if (placement === 'namespace' && places.includes('podTemplate'))
    return `${key} is not handed down from a namespace to its pods, so here it does nothing; it counts on ${right}`;
  return `${key} does nothing on ${placeNames[placement]}; it counts on ${right}`;
}

const placeNames: Readonly<Record<AnnotationPlacement, string>> = {
  podTemplate: 'the pod template',
  namespace: 'the namespace',
  service: 'the Service',
  route: 'the route',
  object: "the workload's own metadata",
};

function fatalProblem({
  denialMessage,
  entry: { key },
  outcome,
  placement,
  value,
}: JudgedAnnotation): string | undefined {
  const shown = shownValue(value);
  if (outcome === 'undecodable-patch')
    return (
      `${key}: ${shown} breaks the injector's patch, into which a namespace's values are printed unescaped: ` +
      'pods are refused, or with failurePolicy Ignore on Kubernetes 1.34 and later created without a proxy'
    );
  if (outcome === 'pod-denied') return `${key}: ${shown} makes the injector refuse the pod: ${denialMessage}`;
  if (outcome === 'not-injected' && placement === 'namespace')
    return `${key}: ${shown} keeps every pod of the namespace out of the mesh, even pods that say enabled`;
  return undefined;
}

function valueProblem(
  entry: CatalogueEntry,
  { outcome, valid, value }: JudgedAnnotation,
): string | undefined {
  if (valid) return undefined;
  return `${entry.key}: ${shownValue(value)} ${badValueEffect(entry, outcome, value)}`;
}

function badValueEffect(entry: CatalogueEntry, outcome: AnnotationOutcome, value: string): string {
  if (outcome === 'route-denied') return "makes Linkerd's policy webhook refuse the route";
  if (entry.group !== undefined) return `drops ${groupNames[entry.group]}`;
  if (entry.kind === 'opaquePorts') return opaquePortsProblem(value) ?? '';
  if (entry.kind === 'policyPorts') return policyPortsProblem(value) ?? '';
  if (entry.kind === 'skipInboundPorts') return skipPortsProblem(value, 'init-inbound') ?? '';
  if (entry.kind === 'skipOutboundPorts') return skipPortsProblem(value, 'init') ?? '';
  if (entry.kind === 'subnets') return subnetsProblem(value);
  if (outcome !== 'no-effect' && entry.badValue !== undefined) return entry.badValue;
  const stays = "is ignored, so the installation's own setting stays";
  // For these the default would only repeat the sentence.
  return entry.default === undefined || entry.default === 'none' || entry.default.includes('installation')
    ? stays
    : `${stays}, by default ${entry.default}`;
}

function subnetsProblem(value: string): string {
  const { failure, unreadable } = readSkipSubnets(value, 'init');
  return unreadable === undefined
    ? `makes linkerd-init exit, so the pod never starts: ${failure}`
    : `cannot be read reliably: ${unreadable}`;
}

const groupNames: Readonly<Record<NonNullable<CatalogueEntry['group']>, string>> = {
  retry: 'all retry annotations of the Service, so nothing is retried',
  timeout: 'all timeout annotations of the Service, so nothing times out',
  accrual: 'all failure-accrual annotations of the Service, so its circuit breaker is off',
  'load-biaser': 'all load-biaser annotations of the Service',
};

function deprecationProblem(
  entry: CatalogueEntry,
  placement: AnnotationPlacement,
  { version }: LinkerdProfile,
): string | undefined {
  const successor = successorOf(entry, placement, version);
  return successor === undefined
    ? undefined
    : `${entry.key} is deprecated since Linkerd ${entry.deprecated?.since}; write ${successor}`;
}

function idleProblem(
  { key }: CatalogueEntry,
  { outcome, placement }: JudgedAnnotation,
  { nativeSidecar }: LinkerdProfile,
): string | undefined {
  return key === waitBeforeExit && outcome === 'no-effect' && nativeSidecar && placement !== 'object'
    ? `${key} has no effect on a proxy that is a native sidecar`
    : undefined;
}

const waitBeforeExit = 'config.alpha.linkerd.io/proxy-wait-before-exit-seconds';

/** A value in quotes, shortened if it is long. */
export function shownValue(value: string): string {
  return JSON.stringify(cut(value, 60, { mark: '...' }));
}
