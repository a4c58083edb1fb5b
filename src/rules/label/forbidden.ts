import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { ownSelector } from '../../facts/workload/own-selector.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A pod template carries a label that the convention forbids: policies select host endpoints, or other pods, by it.
 * Source: Calico's documentation on protecting hosts; felix/calc/active_rules_calculator.go, where a policy for the
 * whole cluster selects every endpoint whose labels match, pods among them.
 */
export const forbiddenLabel = defineRule({
  id: 'label/forbidden',
  title: 'A pod template carries a label that the convention forbids',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: (subject, context) => {
    const template = podTemplateOf(subject.object);
    if (!template || !context.convention || isFromJudgedTemplate(subject, context)) return [];
    const { labels, pointer: place } = template;
    const selector = ownSelector(subject.object) ?? [];
    return context.convention.labels
      .filter(({ key, forbidden }) => forbidden && Object.hasOwn(labels, key))
      .map(({ key }) => {
        const pointer = place + pointerOf('metadata', 'labels', key);
        return {
          pointer,
          message: `the pod template has the label ${key}, which the convention forbids`,
          witness: `policies select by ${key} what is not meant to be a pod, and would select this one`,
          expected: 'a label of another name',
          // What its own selector asks for, which is immutable, no edit takes away.
          ...(selector.some((asked) => asked.key === key)
            ? {}
            : { fix: [{ pointer, remove: true as const }] }),
        };
      });
  },
});
