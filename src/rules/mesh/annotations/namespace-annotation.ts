import { pointerOf } from '../../../kubernetes/json-pointer.ts';
import { isTerminating } from '../../../kubernetes/namespace.ts';
import { annotationsOf, labelsOf } from '../../../kubernetes/object.ts';
import { injectAnnotation, podSecurityConflict } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A governed namespace lacks an annotation that the convention wants there, or has another value. New namespaces get
 * what they lack from the mutating webhook; what says something else is never overwritten. `inject: off` leaves pod
 * templates alone and not the annotations that the convention itself names for namespaces.
 */
export const namespaceAnnotation = defineRule({
  id: 'mesh/namespace-annotation',
  title: 'A namespace lacks an annotation that the convention wants on every namespace',
  appliesTo: { kinds: ['Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  mutates: true,
  check: ({ object }, { convention }) => {
    const mesh = convention?.mesh;
    if (!mesh || isTerminating(object)) return [];
    const annotations = new Map(Object.entries(annotationsOf(object)));
    // There every injected pod would be refused: mesh/not-injectable says so.
    const forbidsProxy = podSecurityConflict(labelsOf(object), mesh.linkerd) !== undefined;
    return Object.entries(mesh.namespaces).flatMap(([key, wanted]): Remark[] => {
      const found = annotations.get(key);
      if (found === wanted || (key === injectAnnotation && forbidsProxy)) return [];
      const pointer = pointerOf('metadata', 'annotations', key);
      return [
        {
          pointer,
          message:
            found === undefined
              ? `it has no annotation ${key}`
              : `${key} is ${JSON.stringify(found)}, where the convention says ${JSON.stringify(wanted)}`,
          ...(found === undefined ? { fix: [{ pointer, value: wanted }] } : { found: `${key}: ${found}` }),
          expected: `${key}: ${wanted}`,
        },
      ];
    });
  },
});
