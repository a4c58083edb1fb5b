import type { ManifestObject } from '../../manifests/manifest-set.ts';
import type { Edit } from '../../facts/finding.ts';

/** The edits of a finding, with pointers from the document on: an object may be one of a List. */
export function editsOf({ pointer }: ManifestObject, fix: readonly Edit[]): readonly Edit[] {
  return pointer === '' ? fix : fix.map((edit) => ({ ...edit, pointer: pointer + edit.pointer }));
}
