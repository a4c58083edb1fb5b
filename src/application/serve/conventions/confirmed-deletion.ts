import { conventionDocument } from '../../../conventions/document/document-name.ts';
import { annotationsOf, type KubernetesObject } from '../../../kubernetes/object.ts';

/**
 * Put on a ConventionPolicy before it is deleted, with its name as the value: without it the convention stays in force.
 * Where a convention gets another name, the new one carries the annotation with the former name.
 */
export const confirmationAnnotation = 'tollgate.dev/confirm-delete';

/** The document whose deletion an object confirms. */
export function confirmationIn(object: KubernetesObject): string | undefined {
  if (object.kind !== 'ConventionPolicy') return undefined;
  const name = annotationsOf(object)[confirmationAnnotation];
  return name === undefined ? undefined : conventionDocument(name);
}
