import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { injectAnnotation } from '../installation/annotation-names.ts';
import {
  annotationProblem,
  unknownKeyProblem,
  type AnnotationFault,
} from '../annotations/annotation-problem.ts';
import { catalogueEntry, isReadBy, isValueOf, type CatalogueEntry } from '../annotations/catalogue.ts';
import { predictInjection } from './injection.ts';
import type { Injection, InjectionReason } from './injection-answer.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { renderSettings } from '../proxy/proxy-rendering.ts';
import { suggestAnnotation, suggestValue } from '../annotations/suggestion.ts';
import { valueKinds } from '../annotations/value-kinds.ts';
import { rememberQuestionsByOwner } from '../../memo/by-owner.ts';

/** Where an annotation stands; `object` is the workload's own metadata, which Linkerd never reads. */
export type AnnotationPlacement = 'podTemplate' | 'namespace' | 'service' | 'route' | 'object';

/**
 * - `applied`: something about the pod or Service is different because of it
 * - `no-effect`: Linkerd ignores it, or it says what holds anyway
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

/** What one annotation really does where it stands. */
export interface AnnotationEffect {
  readonly outcome: AnnotationOutcome;
  /** Namespace only, where pods are injected: whether they get a copy of it. */
  readonly copiedToPod?: boolean;
  /** `not-injected` only. */
  readonly reasons?: readonly InjectionReason[];
  /** Whether the value is of the kind Linkerd asks for; a misspelt key has no valid value. */
  readonly valid: boolean;
  /** What about it is wrong, and one sentence that says so; undefined where nothing is. */
  readonly fault?: AnnotationFault;
  readonly message?: string;
  /** What may be written, in words; undefined for unknown keys. */
  readonly expected?: string;
  /** The key (of an unknown one) or the value (of a known one) that was probably meant. */
  readonly suggestion?: string;
}

/**
 * Tells what one annotation does where it stands, by what the injector would make of an ordinary pod with and
 * without it; on Services and routes, what the policy controller would make of the value alone.
 * The same few annotations are on nearly every pod, so short answers are remembered for as long as the profile is.
 */
export function annotationEffect(
  key: string,
  value: string,
  placement: AnnotationPlacement,
  profile: LinkerdProfile,
): AnnotationEffect {
  const entry = catalogueEntry(key);
  // There is no end of keys that nobody reads, so nothing is remembered of them.
  if (!entry) return effectOfUnknown(key, placement, profile);
  return effectOf(profile, { entry, value, placement });
}

interface WrittenAnnotation {
  readonly entry: CatalogueEntry;
  readonly value: string;
  readonly placement: AnnotationPlacement;
}

/** Of one installation, by placement, key and value; never stale. */
const effectOf = rememberQuestionsByOwner(
  {
    name: 'effects of Linkerd annotations',
    bound: { entries: 1000, keyLength: 200 },
    key: ({ entry: { key }, value, placement }: WrittenAnnotation) =>
      `${placement}:${key.length}:${key}${value}`,
  },
  workOut,
);

/** Of a key that no version of Linkerd reads: pods, Services and routes are the same with it and without. */
function effectOfUnknown(
  key: string,
  placement: AnnotationPlacement,
  profile: LinkerdProfile,
): AnnotationEffect {
  const problem = unknownKeyProblem(key, profile);
  const suggestion = suggestAnnotation(key);
  return {
    outcome: 'no-effect',
    ...(placement === 'namespace' ? { copiedToPod: false } : {}),
    valid: problem === undefined,
    ...problem,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function workOut(profile: LinkerdProfile, { entry, value, placement }: WrittenAnnotation): AnnotationEffect {
  const result = outcomeOf(entry, value, placement, profile);
  const valid = isValueOf(entry, value, profile.version);
  const problem = annotationProblem({ entry, value, placement, valid, ...result }, profile);
  const suggestion = valid ? undefined : suggestValue(entry.kind, value);
  return {
    outcome: result.outcome,
    ...(result.copiedToPod === undefined ? {} : { copiedToPod: result.copiedToPod }),
    ...(result.reasons === undefined ? {} : { reasons: result.reasons }),
    valid,
    ...problem,
    expected: valueKinds[entry.kind].expected,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

interface Result {
  readonly outcome: AnnotationOutcome;
  readonly copiedToPod?: boolean;
  readonly reasons?: readonly InjectionReason[];
  readonly denialMessage?: string;
}

function outcomeOf(
  entry: CatalogueEntry,
  value: string,
  placement: AnnotationPlacement,
  profile: LinkerdProfile,
): Result {
  if (placement === 'podTemplate' || placement === 'namespace')
    return injectedOutcome(entry.key, value, placement, profile);
  if (!entry.places.includes(placement) || !isReadBy(entry, profile.version)) return { outcome: 'no-effect' };
  if (isValueOf(entry, value, profile.version)) return { outcome: 'applied' };
  return { outcome: placement === 'route' ? 'route-denied' : 'no-effect' };
}

function injectedOutcome(
  key: string,
  value: string,
  placement: 'podTemplate' | 'namespace',
  profile: LinkerdProfile,
): Result {
  // A namespace's own inject annotation shows on pods that say nothing themselves; everything else on meshed ones.
  const pod: StringMap =
    placement === 'namespace' && key === injectAnnotation ? {} : { [injectAnnotation]: 'enabled' };
  const without = predictFor(pod, {}, profile);
  const found =
    placement === 'podTemplate'
      ? predictFor({ ...pod, [key]: value }, {}, profile)
      : predictFor(pod, { [key]: value }, profile);
  if (found.podCreation === 'undecodable-patch') return { outcome: 'undecodable-patch' };
  if (found.podCreation === 'denied')
    return { outcome: 'pod-denied', ...(found.denialMessage ? { denialMessage: found.denialMessage } : {}) };
  const copied = placement === 'namespace' ? { copiedToPod: Object.hasOwn(found.annotationsAdded, key) } : {};
  if (!found.injected && found.reasons.join() !== without.reasons.join())
    return { outcome: 'not-injected', reasons: found.reasons };
  const same =
    found.injected === without.injected && renderingOf(found, profile) === renderingOf(without, profile);
  return { outcome: same ? 'no-effect' : 'applied', ...copied };
}

function renderingOf({ settings }: Injection, profile: LinkerdProfile): string {
  return settings ? renderSettings(settings, profile) : '';
}

/** A pod with one HTTP port, which most annotations can show an effect on. */
function predictFor(annotations: StringMap, namespace: StringMap, profile: LinkerdProfile): Injection {
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', annotations },
    spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
  const ordinary = { ...profile, tokenProjection: true };
  return predictInjection(pod, { name: 'probe', labels: {}, annotations: namespace }, ordinary);
}
