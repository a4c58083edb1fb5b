import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import {
  annotationProblem,
  unknownKeyProblem,
  type AnnotationFault,
  type AnnotationOutcome,
} from '../annotations/annotation-problem.ts';
import { catalogueEntry, injectAnnotation, isReadBy, isValueOf } from '../annotations/catalogue.ts';
import type { AnnotationPlacement, CatalogueEntry } from '../annotations/catalogue-entry.ts';
import { predictInjection } from './injection.ts';
import type { Injection, InjectionReason } from './injection-answer.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { renderSettings } from '../proxy/proxy-rendering.ts';
import { suggestAnnotation, suggestValue } from '../annotations/suggestion.ts';
import { valueKinds } from '../annotations/value-kinds.ts';
import { rememberQuestionsByOwner } from '../../memo/by-owner.ts';

/** What one annotation does in its place. */
export interface AnnotationEffect {
  readonly outcome: AnnotationOutcome;
  /** On a namespace whose pods are injected: whether they inherit it. */
  readonly copiedToPod?: boolean;
  /** For `not-injected`: why. */
  readonly reasons?: readonly InjectionReason[];
  /** Whether the value is valid for the key; an unknown key has no valid value. */
  readonly valid: boolean;
  /** The kind of the problem and one sentence about it; undefined if there is none. */
  readonly fault?: AnnotationFault;
  readonly message?: string;
  /** The valid values, in words; undefined for unknown keys. */
  readonly expected?: string;
  /** For an unknown key the key, for an invalid value the value that was probably meant. */
  readonly suggestion?: string;
}

/**
 * Tells what one annotation does in its place. On pod templates and namespaces it compares what the injector makes of
 * an ordinary pod with and without it; on Services and routes, the policy controller reads the value alone. The same
 * few annotations are on nearly every pod, so answers are remembered as long as the installation is the same value.
 *
 * @param key The whole key of the annotation, such as `linkerd.io/inject`. Any text is accepted.
 * @param value Its value. Any text is accepted.
 * @param placement Where it stands.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns What becomes of pods by it, whether the value is valid, and what was probably meant instead.
 * @example
 * annotationEffect('linkerd.io/inject', 'enable', 'namespace', defaultProfile()).suggestion; // 'enabled'
 */
export function annotationEffect(
  key: string,
  value: string,
  placement: AnnotationPlacement,
  installation: LinkerdProfile,
): AnnotationEffect {
  const entry = catalogueEntry(key);
  // Users may send any number of unknown keys, so these answers are not remembered.
  if (!entry) return effectOfUnknown(key, placement, installation);
  return effectOf(installation, { entry, value, placement });
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

/** The effect of a key that no version of Linkerd reads: none. */
function effectOfUnknown(
  key: string,
  placement: AnnotationPlacement,
  installation: LinkerdProfile,
): AnnotationEffect {
  const problem = unknownKeyProblem(key, installation);
  const suggestion = suggestAnnotation(key);
  return {
    outcome: 'no-effect',
    ...(placement === 'namespace' ? { copiedToPod: false } : {}),
    valid: problem === undefined,
    ...problem,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function workOut(
  installation: LinkerdProfile,
  { entry, value, placement }: WrittenAnnotation,
): AnnotationEffect {
  const result = outcomeOf(entry, value, placement, installation);
  const valid = isValueOf(entry, value, installation.version);
  const problem = annotationProblem({ entry, value, placement, valid, ...result }, installation);
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
  installation: LinkerdProfile,
): Result {
  if (placement === 'podTemplate' || placement === 'namespace')
    return injectedOutcome(entry.key, value, placement, installation);
  if (!entry.places.includes(placement) || !isReadBy(entry, installation.version))
    return { outcome: 'no-effect' };
  if (isValueOf(entry, value, installation.version)) return { outcome: 'applied' };
  return { outcome: placement === 'route' ? 'route-denied' : 'no-effect' };
}

function injectedOutcome(
  key: string,
  value: string,
  placement: 'podTemplate' | 'namespace',
  installation: LinkerdProfile,
): Result {
  // A namespace's inject annotation has an effect on pods without their own; all other annotations on meshed pods.
  const pod: StringMap =
    placement === 'namespace' && key === injectAnnotation ? {} : { [injectAnnotation]: 'enabled' };
  const without = predictFor(pod, {}, installation);
  const found =
    placement === 'podTemplate'
      ? predictFor({ ...pod, [key]: value }, {}, installation)
      : predictFor(pod, { [key]: value }, installation);
  if (found.podCreation === 'undecodable-patch') return { outcome: 'undecodable-patch' };
  if (found.podCreation === 'denied')
    return { outcome: 'pod-denied', ...(found.denialMessage ? { denialMessage: found.denialMessage } : {}) };
  const copied = placement === 'namespace' ? { copiedToPod: Object.hasOwn(found.annotationsAdded, key) } : {};
  if (!found.injected && found.reasons.join() !== without.reasons.join())
    return { outcome: 'not-injected', reasons: found.reasons };
  const same =
    found.injected === without.injected &&
    renderingOf(found, installation) === renderingOf(without, installation);
  return { outcome: same ? 'no-effect' : 'applied', ...copied };
}

function renderingOf({ settings }: Injection, installation: LinkerdProfile): string {
  return settings ? renderSettings(settings, installation) : '';
}

/** Predicts a pod with one HTTP port, on which most annotations have an effect. */
function predictFor(annotations: StringMap, namespace: StringMap, installation: LinkerdProfile): Injection {
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', annotations },
    spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
  const ordinary = { ...installation, tokenProjection: true };
  return predictInjection(pod, { name: 'probe', labels: {}, annotations: namespace }, ordinary);
}
