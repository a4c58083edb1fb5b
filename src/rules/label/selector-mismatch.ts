import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { ownSelector } from '../../facts/workload/own-selector.ts';
import { defineRule } from '../define-rule.ts';

/**
 * The selector of a workload does not select the pods of its own template.
 * The API server refuses that for its own workloads; manifests in CI and custom workloads have nobody else to say it.
 */
export const selectorMismatch = defineRule({
  id: 'label/selector-mismatch',
  title: 'The selector of a workload does not select the pods of its own template',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: ({ object }) => {
    const template = podTemplateOf(object);
    const labels = template?.labels ?? {};
    const selector = ownSelector(object);
    if (!template || !selector || selectsLabels(selector, labels)) return [];
    const missed = selector.filter((requirement) => !selectsLabels([requirement], labels));
    return [
      {
        pointer: '/spec/selector',
        message: 'its selector does not select the pods of its own template',
        witness: `the template has ${missed.map(({ key }) => (Object.hasOwn(labels, key) ? `${key}=${labels[key] ?? ''}` : `no ${key}`)).join(' and ')}`,
        expected: missed
          .map(
            ({ key, operator, values }) =>
              `${key} ${operator}${values.length > 0 ? ` ${values.join(', ')}` : ''}`,
          )
          .join(' and '),
      },
    ];
  },
});
