import { catalogueEntry, successorOf } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';
import {
  annotatedObjects,
  faultInWords,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { moveTo, siblingOf } from '../../../facts/mesh/moved-annotation.ts';

/** An annotation that the convention's version of Linkerd still reads under a name that has been replaced. */
export const annotationDeprecated = defineRule({
  id: 'mesh/annotation-deprecated',
  title: "An annotation of Linkerd's has been replaced by another",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) =>
    faultyAnnotations(subject, context).flatMap((annotation): Remark[] => {
      const { fault, key, placement, pointer, value } = annotation;
      const entry = catalogueEntry(key);
      const { version } = meshConventionOf(context.convention)?.linkerd ?? {};
      const by = entry && version && successorOf(entry, placement, version);
      if (fault !== 'deprecated' || !by) return [];
      return [
        {
          ...faultInWords(annotation),
          expected: `${by}: ${JSON.stringify(value)}`,
          fix: moveTo(subject.object, pointer, siblingOf(pointer, by)),
        },
      ];
    }),
});
