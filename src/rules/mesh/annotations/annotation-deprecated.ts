import { catalogueEntry, successorOf } from '../../../linkerd/index.ts';
import type { Finding } from '../../../facts/finding.ts';
import type { Rule } from '../../rule.ts';
import {
  annotatedObjects,
  annotationFinding,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { moveTo, siblingOf } from '../../../facts/mesh/moved-annotation.ts';

/** An annotation that the convention's version of Linkerd still reads under a name that has been replaced. */
export const annotationDeprecated: Rule = {
  id: 'mesh/annotation-deprecated',
  title: "An annotation of Linkerd's has been replaced by another",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) =>
    faultyAnnotations(subject, context).flatMap((annotation): Finding[] => {
      const { fault, key, placement, pointer, value } = annotation;
      const entry = catalogueEntry(key);
      const { version } = meshConventionOf(context.convention)?.linkerd ?? {};
      const by = entry && version && successorOf(entry, placement, version);
      if (fault !== 'deprecated' || !by) return [];
      return [
        {
          ...annotationFinding('mesh/annotation-deprecated', subject.object, annotation),
          expected: `${by}: ${JSON.stringify(value)}`,
          fix: moveTo(subject.object, pointer, siblingOf(pointer, by)),
        },
      ];
    }),
};
