import {
  defaultInboundPolicyAnnotation,
  injectAnnotation,
  opaquePortsAnnotation,
} from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';
import {
  annotatedObjects,
  faultInWords,
  type FaultyAnnotation,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';

/** Annotations whose values have rules of their own. */
const elsewhere = new Set([injectAnnotation, opaquePortsAnnotation, defaultInboundPolicyAnnotation]);

/** A value that Linkerd does not take for what it should be; what that does depends on the annotation. */
export const annotationValue = defineRule({
  id: 'mesh/annotation-value',
  title: "An annotation of Linkerd's has a value that Linkerd does not take",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) =>
    faultyAnnotations(subject, context)
      .filter((annotation) => annotation.fault === 'value' && !hasOwnRule(annotation))
      .map((annotation): Remark => {
        const { expected = 'values that agree with each other', key, pointer, suggestion } = annotation;
        const remark = faultInWords(annotation);
        if (suggestion === undefined) return { ...remark, expected };
        return {
          ...remark,
          brief: `write ${key}: ${JSON.stringify(suggestion)}`,
          expected: `${key}: ${JSON.stringify(suggestion)} (${expected})`,
          fix: [{ pointer, value: suggestion }],
        };
      }),
});

/** The rules for these values know workloads and, of the inject annotation, pod templates wherever they are. */
function hasOwnRule({ inResource, key }: FaultyAnnotation): boolean {
  if (inResource === 'somewhere') return false;
  return inResource === 'onPods' ? key === injectAnnotation : elsewhere.has(key);
}
