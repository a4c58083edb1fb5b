import { readLabelSelector, selectsLabels } from '../../kubernetes/label-selector.ts';
import { isRecord, referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Rule } from '../rule.ts';

/**
 * The selector of a workload does not select the pods of its own template.
 * The API server refuses that for its own workloads; manifests in CI and custom workloads have nobody else to say it.
 */
export const selectorMismatch: Rule = {
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
        rule: 'label/selector-mismatch',
        object: referenceOf(object),
        pointer: '/spec/selector',
        message: `${nameOf(object)}: its selector does not select the pods of its own template`,
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
};

/** The selector of a workload over its own pods; a ReplicationController has a plain map, a CronJob has none. */
export function ownSelector(object: KubernetesObject): ReturnType<typeof readLabelSelector> {
  const selector = isRecord(object.spec) ? object.spec.selector : undefined;
  if (!isRecord(selector) || podTemplateOf(object)?.pointer !== '/spec/template') return undefined;
  return readLabelSelector(object.kind === 'ReplicationController' ? { matchLabels: selector } : selector);
}
