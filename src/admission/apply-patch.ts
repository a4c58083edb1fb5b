import jsonpatch from 'jsonpatch';
import type { KubernetesObject } from '../kubernetes/object.ts';
import type { PatchOperation } from './patch.ts';

/**
 * The object as the API server would have it after a patch; the object given stays as it is.
 * Only for patches of our own: the package's `test` operation takes any two objects for equal.
 */
export function applyPatch(object: KubernetesObject, patch: readonly PatchOperation[]): KubernetesObject {
  return jsonpatch.apply_patch(object, [...patch]) as KubernetesObject;
}
