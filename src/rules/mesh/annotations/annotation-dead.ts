import { injectAnnotation } from '../../../linkerd/index.ts';
import { listed } from '../../../facts/limits.ts';
import {
  annotatedObjects,
  faultInWords,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { isHandedOn } from '../../../facts/mesh/operator-annotations.ts';
import { misplacedInBrief, misplacedInFull, misplacedOf } from '../../../facts/mesh/misplaced-setting.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * An annotation or label of Linkerd's that does nothing where it stands, in this version, or without another one.
 * Source: linkerd2 pkg/inject, pkg/healthcheck/healthcheck_labels.go, policy-controller outbound index.
 */
export const annotationDead = defineRule({
  id: 'mesh/annotation-dead',
  title: "A setting of Linkerd's does nothing where it stands",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) => {
    if (!meshConventionOf(context.convention)) return [];
    const dead = faultyAnnotations(subject, context).filter(({ fault }) => fault === 'dead');
    const told = new Set(dead.map(({ pointer }) => pointer));
    const misplaced = isHandedOn(subject.object, context.convention?.workloads)
      ? []
      : misplacedOf(subject, context).filter(
          ({ key, pointer }) => key !== injectAnnotation && !told.has(pointer),
        );
    return [
      ...dead.map((annotation) => ({
        ...faultInWords(annotation),
        expected: 'no such annotation here',
      })),
      ...listed(misplaced, (setting) => misplacedInFull(subject.object, setting), misplacedInBrief),
    ];
  },
});
