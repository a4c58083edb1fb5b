import type { AnnotationOutcome, AnnotationPlacement } from '../injection/annotation-effect.ts';
import { isCataloguedDomain, isKnownKey, isReadBy, successorOf, type CatalogueEntry } from './catalogue.ts';
import { opaquePortsProblem, policyPortsProblem, skipPortsProblem } from '../ports/port-list-problem.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { readSkipSubnets } from '../ports/skip-subnets.ts';
import { suggestAnnotation } from './suggestion.ts';
import { atLeast, latestVersion } from '../installation/version.ts';
import { cut } from '../../text/cut.ts';

/** One annotation that Linkerd knows where it stands, with what became of it. */
export interface JudgedAnnotation {
  readonly entry: CatalogueEntry;
  readonly value: string;
  readonly placement: AnnotationPlacement;
  readonly valid: boolean;
  readonly outcome: AnnotationOutcome;
  readonly denialMessage?: string;
}

/**
 * What about an annotation is wrong:
 * - `unknown`: Linkerd reads none of that name
 * - `dead`: it does nothing in this version, in this place or beside the other settings
 * - `fatal`: it keeps pods from being made, or from getting their proxy
 * - `value`: Linkerd does not take the value for what it should be
 * - `deprecated`: it works, but not for long
 */
export type AnnotationFault = 'unknown' | 'dead' | 'fatal' | 'value' | 'deprecated';

/** What is wrong with an annotation, in one sentence without a full stop. */
export interface AnnotationProblem {
  readonly fault: AnnotationFault;
  readonly message: string;
}

/**
 * What is wrong with an annotation that no version of Linkerd reads: it is of a domain of Linkerd's own, or nearly of the
 * name of one that is read. Undefined where it is somebody else's.
 */
export function unknownKeyProblem(key: string, { version }: LinkerdProfile): AnnotationProblem | undefined {
  const isListed = isCataloguedDomain(key) && !isKnownKey(key) && atLeast(latestVersion, version);
  // What was meant takes long to find, and any number of keys may come.
  return isListed || suggestAnnotation(key) !== undefined
    ? { fault: 'unknown', message: `Linkerd has no annotation ${key}, so it does nothing` }
    : undefined;
}

/** What is wrong with an annotation that Linkerd knows first of all; undefined where nothing is. */
export function annotationProblem(
  annotation: JudgedAnnotation,
  profile: LinkerdProfile,
): AnnotationProblem | undefined {
  const { entry } = annotation;
  return (
    problem('dead', versionProblem(entry, profile)) ??
    problem('dead', placeProblem(entry, annotation.placement)) ??
    problem('fatal', fatalProblem(annotation)) ??
    problem('value', valueProblem(entry, annotation)) ??
    problem('deprecated', deprecationProblem(entry, annotation.placement, profile)) ??
    problem('dead', idleProblem(entry, annotation, profile))
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
  // Of some there is no more to say than what the sentence says already.
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

/** A value in quotes, cut where it is long. */
function shownValue(value: string): string {
  return JSON.stringify(cut(value, 60, { mark: '...' }));
}
