import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { suggestAnnotation } from '../../../linkerd/index.ts';
import { listed } from '../../../facts/limits.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';
import {
  annotatedObjects,
  faultInWords,
  type FaultyAnnotation,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { moveTo, siblingOf } from '../../../facts/mesh/moved-annotation.ts';

/** An annotation of Linkerd's domains, or nearly of them, that no version of Linkerd reads: a slip of the pen. */
export const annotationUnknown = defineRule({
  id: 'mesh/annotation-unknown',
  title: "An annotation looks like one of Linkerd's and is none",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) =>
    listed(
      faultyAnnotations(subject, context).filter(({ fault }) => fault === 'unknown'),
      (annotation) => inFull(subject.object, annotation),
      faultInWords,
    ),
});

function inFull(object: KubernetesObject, annotation: FaultyAnnotation): Remark {
  const { key, pointer, value } = annotation;
  const remark = faultInWords(annotation);
  const meant = suggestAnnotation(key);
  if (meant === undefined) return { ...remark, expected: 'an annotation that Linkerd reads' };
  const fix = moveTo(object, pointer, siblingOf(pointer, meant));
  return {
    ...remark,
    brief: `write ${meant} for ${key}`,
    expected: `${meant}: ${JSON.stringify(value)}`,
    fix,
  };
}
