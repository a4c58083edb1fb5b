import { selectorOfLabels } from '../../calico/index.ts';
import { isRecord, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import { readLabelSelector } from '../../kubernetes/label-selector.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';

/** The labels by which a workload itself knows its pods, or all that they have. */
export function selectorLabels({ spec }: KubernetesObject, { labels }: PodTemplate): StringMap {
  const selector = isRecord(spec) && isRecord(spec.selector) ? stringMap(spec.selector.matchLabels) : {};
  return Object.keys(selector).length > 0 ? selector : labels;
}

/** The same as a selector of Calico, for the rules of a policy that is offered. */
export function podSelectorOf(object: KubernetesObject): string {
  const template = podTemplateOf(object);
  return selectorOfLabels(template ? selectorLabels(object, template) : {});
}

/** The selector of a workload over its own pods; a ReplicationController has a plain map, a CronJob has none. */
export function ownSelector(object: KubernetesObject): ReturnType<typeof readLabelSelector> {
  const selector = isRecord(object.spec) ? object.spec.selector : undefined;
  if (!isRecord(selector) || podTemplateOf(object)?.pointer !== '/spec/template') return undefined;
  return readLabelSelector(object.kind === 'ReplicationController' ? { matchLabels: selector } : selector);
}
