import { isDeepStrictEqual } from 'node:util';
import { isPolicyKind } from '../kubernetes/object-class.ts';
import type { Subject } from '../rules/rule.ts';

/**
 * Whether a change may take from a namespace what it relies on: a policy that goes or says something else, a
 * namespace with other labels. Whether something else holds then is asked of what exists at this very moment: of two
 * policies deleted one right after the other, the first must not vouch for the second.
 */
export function mayTakeAway({ operation, object, oldObject }: Subject): boolean {
  if (isPolicyKind(object)) {
    return (
      operation === 'DELETE' || (operation === 'UPDATE' && !isDeepStrictEqual(object.spec, oldObject?.spec))
    );
  }
  if (object.kind !== 'Namespace' || operation !== 'UPDATE') return false;
  return !isDeepStrictEqual(object.metadata.labels ?? {}, oldObject?.metadata.labels ?? {});
}
