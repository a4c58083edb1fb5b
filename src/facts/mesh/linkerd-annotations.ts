import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, groupOf, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import {
  annotationEffect,
  catalogueEntry,
  routeAnnotationProblems,
  serviceAnnotationProblems,
  type AnnotationEffect,
  type AnnotationFault,
  type AnnotationPlacement,
  type LinkerdProfile,
  overridesRoutes,
  type ServiceAnnotationProblem,
  unknownKeyProblem,
} from '../../linkerd/index.ts';
import { injectionNamespaceOf } from '../workload/injection-namespace.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { Remark } from '../finding.ts';
import type { KindMatcher, RuleContext, Subject } from '../subject.ts';
import { isFromJudgedTemplate } from '../workload/template-owner.ts';
import { carriesProxy, meshConventionOf } from '../workload/mesh-workload.ts';
import { cut } from '../../text/cut.ts';
import { operatorAnnotationsOf } from './operator-annotations.ts';

/** An annotation of Linkerd's that does not do what it says, where it stands. */
export interface FaultyAnnotation {
  readonly key: string;
  readonly value: string;
  readonly pointer: JsonPointer;
  readonly placement: AnnotationPlacement;
  readonly fault: AnnotationFault;
  /** One sentence without a full stop. */
  readonly message: string;
  /** What may be written, in words. */
  readonly expected?: string | undefined;
  /** The value that was probably meant. */
  readonly suggestion?: string | undefined;
  /** In a custom resource, whose operator hands it on: to pods, as far as is known, or to nobody knows what. */
  readonly inResource?: 'onPods' | 'somewhere';
}

/** The objects on which Linkerd reads annotations. */
export const annotatedObjects: KindMatcher = {
  kinds: [
    'workload',
    'pod-maker',
    'annotated',
    'Namespace',
    'Service.',
    'HTTPRoute.policy.linkerd.io',
    'HTTPRoute.gateway.networking.k8s.io',
    'GRPCRoute.gateway.networking.k8s.io',
  ],
  operations: ['CREATE', 'UPDATE', 'STATE'],
};

/** Every annotation of Linkerd's on the subject that has a fault, each with the first one. */
export const faultyAnnotations = rememberInScope(
  { name: 'faulty annotations of the subject' },
  (subject: Subject, context: RuleContext): readonly FaultyAnnotation[] => {
    const profile = meshConventionOf(context.convention)?.linkerd;
    if (!profile) return [];
    const place = placeOf(subject, context);
    if (!place) return faultsInResource(subject, context, profile);
    const { placement, pointer } = place;
    const annotations = ownAnnotations(place.annotations, subject, context);
    const single = faultsOfEach(annotations, pointer, placement, profile);
    if (placement !== 'service' && placement !== 'route') return single;
    const faulty = new Set(single.map(({ key }) => key));
    const together = faultyTogether(
      subject.object,
      placement,
      annotations,
      profile,
      hasServiceProfile(subject, context),
    )
      .filter(({ key }) => !faulty.has(key))
      .map((problem) => ({
        ...problem,
        value: annotations[problem.key] ?? '',
        pointer: pointer + pointerOf(problem.key),
        placement,
      }));
    return [...single, ...together];
  },
);

/** The faults that each annotation has by itself. */
function faultsOfEach(
  annotations: StringMap,
  pointer: JsonPointer,
  placement: AnnotationPlacement,
  profile: LinkerdProfile,
): readonly FaultyAnnotation[] {
  return Object.keys(annotations).flatMap((key): FaultyAnnotation[] => {
    const value = annotations[key] ?? '';
    const effect = catalogueEntry(key)
      ? annotationEffect(key, value, placement, profile)
      : unknownKeyProblem(key, profile);
    if (effect?.fault === undefined || effect.message === undefined) return [];
    const { expected, fault, message, suggestion }: Partial<AnnotationEffect> = effect;
    return [
      { key, value, pointer: pointer + pointerOf(key), placement, fault, message, expected, suggestion },
    ];
  });
}

/**
 * The faults of what a custom resource says. What does nothing on pods may well count on the Service that the operator
 * makes of it, so that is only said of what pods are known to get.
 */
function faultsInResource(
  { object }: Subject,
  { convention }: RuleContext,
  profile: LinkerdProfile,
): readonly FaultyAnnotation[] {
  return operatorAnnotationsOf(object, convention?.workloads).flatMap(({ annotations, onPods, pointer }) =>
    faultsOfEach(annotations, pointer, 'podTemplate', profile)
      .filter(({ fault }) => onPods || fault === 'unknown' || fault === 'value')
      .map((fault) => ({ ...fault, inResource: onPods ? 'onPods' : 'somewhere' })),
  );
}

/** What is wrong with annotations only beside each other, or only on this kind of route. */
function faultyTogether(
  { kind }: KubernetesObject,
  placement: AnnotationPlacement,
  annotations: StringMap,
  profile: LinkerdProfile,
  isProfiled: boolean,
): readonly ServiceAnnotationProblem[] {
  if (placement === 'service')
    return serviceAnnotationProblems(annotations, profile, { hasServiceProfile: isProfiled });
  const isRoute = placement === 'route' && (kind === 'HTTPRoute' || kind === 'GRPCRoute');
  return isRoute ? routeAnnotationProblems(annotations, kind) : [];
}

/** Whether a ServiceProfile of the Service's own namespace, which holds for every client, puts them out of force. */
function hasServiceProfile({ object }: Subject, { inventory }: RuleContext): boolean {
  const { name = '', namespace = 'default' } = object.metadata;
  if (object.kind !== 'Service') return false;
  for (const policy of inventory.meshPolicies(namespace))
    if (overridesRoutes(policy, { name, namespace })) return true;
  return false;
}

/** What is said of an annotation, as far as all rules about annotations say the same. */
export function faultInWords({ key, message, pointer, value }: FaultyAnnotation): Remark {
  return { pointer, message, found: `${key}: ${JSON.stringify(cut(value, 200, { mark: '' }))}` };
}

interface Place {
  readonly placement: AnnotationPlacement;
  /** Pointer to the map of annotations. */
  readonly pointer: JsonPointer;
  readonly annotations: StringMap;
}

function placeOf(subject: Subject, context: RuleContext): Place | undefined {
  const { object } = subject;
  const template = isFromJudgedTemplate(subject, context) ? undefined : podTemplateOf(object);
  if (template) {
    const pointer = `${template.pointer}/metadata/annotations`;
    return { placement: 'podTemplate', pointer, annotations: template.annotations };
  }
  const placement = placements.get(`${object.kind}.${groupOf(object.apiVersion)}`);
  return placement && { placement, pointer: '/metadata/annotations', annotations: annotationsOf(object) };
}

const placements: ReadonlyMap<string, AnnotationPlacement> = new Map([
  ['Namespace.', 'namespace'],
  ['Service.', 'service'],
  ['HTTPRoute.policy.linkerd.io', 'route'],
  ['HTTPRoute.gateway.networking.k8s.io', 'route'],
  ['GRPCRoute.gateway.networking.k8s.io', 'route'],
]);

/** Without what the injector has copied from the namespace to a pod or Service, which is judged there. */
function ownAnnotations(annotations: StringMap, { object }: Subject, { inventory }: RuleContext): StringMap {
  const template = podTemplateOf(object);
  const mayHaveCopies =
    object.kind === 'Service' || (template !== undefined && carriesProxy(object, template));
  if (!mayHaveCopies) return annotations;
  const handedDown = new Map(Object.entries(injectionNamespaceOf(object, inventory).annotations));
  return Object.fromEntries(
    Object.entries(annotations).filter(([key, value]) => handedDown.get(key) !== value),
  );
}
