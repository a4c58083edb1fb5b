import type { Rule } from '../rule.ts';
import { annotatedObjects, annotationFinding, faultyAnnotations } from './linkerd-annotations.ts';
import { moveTo, siblingOf } from './moved-annotation.ts';

/** An annotation of Linkerd's domains, or nearly of them, that no version of Linkerd reads: a slip of the pen. */
export const annotationUnknown: Rule = {
  id: 'mesh/annotation-unknown',
  title: "An annotation looks like one of Linkerd's and is none",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) =>
    faultyAnnotations(subject, context).flatMap((annotation) => {
      const { fault, pointer, suggestion: meant, value } = annotation;
      if (fault !== 'unknown') return [];
      const finding = annotationFinding('mesh/annotation-unknown', subject.object, annotation);
      if (meant === undefined) return [{ ...finding, expected: 'an annotation that Linkerd reads' }];
      const fix = moveTo(subject.object, pointer, siblingOf(pointer, meant));
      return [{ ...finding, expected: `${meant}: ${JSON.stringify(value)}`, fix }];
    }),
};
