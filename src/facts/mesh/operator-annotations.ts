import type { KubernetesObject } from '../../kubernetes/object.ts';
import { rememberLast } from '../../memo/last.ts';
import { annotationMapsOf } from '../../workloads/custom/annotation-maps.ts';
import { podPlacesOf, type AnnotationPlace } from '../../workloads/custom/pod-places.ts';

/** A map of annotations in a custom resource that mentions Linkerd. */
export interface OperatorAnnotations extends AnnotationPlace {
  /** Whether pods get it: by the table of kinds, or because it is in a pod template. */
  readonly onPods: boolean;
}

/**
 * Where a custom resource has annotations of Linkerd's, which its operator may hand on to what it makes.
 * @param declared what a convention says of kinds that the table does not have
 */
export function operatorAnnotationsOf(
  object: KubernetesObject,
  declared?: Declared,
): readonly OperatorAnnotations[] {
  return lastAnnotations({ object, declared });
}

type Declared = NonNullable<Parameters<typeof podPlacesOf>[1]>;

interface Question {
  readonly object: KubernetesObject;
  readonly declared: Declared | undefined;
}

const lastAnnotations = rememberLast(
  {
    name: "Linkerd's annotations in the last custom resource",
    isSame: (one: Question, other: Question) =>
      one.object === other.object && one.declared === other.declared,
  },
  ({ object, declared }: Question): readonly OperatorAnnotations[] => {
    const places = podPlacesOf(object, declared)?.annotations ?? [];
    const onPods = places.map((place) => ({ ...place, onPods: true }));
    const pointers = new Set(onPods.map(({ pointer }) => pointer));
    const others = annotationMapsOf(object)
      .filter(({ pointer }) => !pointers.has(pointer))
      .map((place) => ({ ...place, onPods: false }));
    return [...onPods, ...others].filter(mentionsLinkerd);
  },
);

function mentionsLinkerd({ annotations }: AnnotationPlace): boolean {
  return Object.keys(annotations).some((key) => key.includes('linkerd'));
}

/** Whether an object is known to Linkerd by nothing but what its operator makes of it. */
export function isHandedOn(object: KubernetesObject, declared?: Declared): boolean {
  return podPlacesOf(object, declared) !== undefined || operatorAnnotationsOf(object, declared).length > 0;
}
