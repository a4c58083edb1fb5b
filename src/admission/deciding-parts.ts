import { isDeepStrictEqual } from 'node:util';
import { annotationsOf, labelsOf, type KubernetesObject } from '../kubernetes/object.ts';

/**
 * Whether two states of an object differ in nothing that a verdict is made of: its labels, its annotations (Linkerd's,
 * waivers, and the metadata that Calico's API server packs into one) and its spec. A namespace's spec holds no more than
 * its finalizers. What is left are finalizers, owners, status and bookkeeping.
 * The chart's condition `not-terminating` asks the same in CEL.
 */
export function decidesAlike(before: KubernetesObject, after: KubernetesObject): boolean {
  return (
    metadataDecidesAlike(before, after) &&
    (after.kind === 'Namespace' || isDeepStrictEqual(before.spec, after.spec))
  );
}

/** The same of what can be written by a subresource that keeps the spec. */
export function metadataDecidesAlike(before: KubernetesObject, after: KubernetesObject): boolean {
  return (
    isDeepStrictEqual(labelsOf(before), labelsOf(after)) &&
    isDeepStrictEqual(annotationsOf(before), annotationsOf(after))
  );
}
