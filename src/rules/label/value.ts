import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { defineRule } from '../define-rule.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { valueObstacle } from '../../facts/label/label-value.ts';

/** A label that the convention knows has a value that it does not allow. */
export const labelValue = defineRule({
  id: 'label/value',
  title: 'A label of a pod template has a value that the convention does not allow',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: (subject, context) => {
    const { object } = subject;
    const { convention } = context;
    const template = podTemplateOf(object);
    if (!template || !convention || isFromJudgedTemplate(subject, context)) return [];
    const labels = template.labels;
    return convention.labels.flatMap((wanted) => {
      const value = Object.hasOwn(labels, wanted.key) ? labels[wanted.key] : undefined;
      const obstacle = value === undefined || value === '' ? undefined : valueObstacle(wanted, value);
      if (value === undefined || obstacle === undefined) return [];
      return {
        pointer: template.pointer + pointerOf('metadata', 'labels', wanted.key),
        message: `the label ${wanted.key} of the pod template ${obstacle}`,
        found: `${wanted.key}: ${value}`,
        expected: wanted.allowed
          ? `one of ${wanted.allowed.join(', ')}`
          : `a value that matches ${wanted.pattern?.source ?? '.*'}`,
      } as const;
    });
  },
});
