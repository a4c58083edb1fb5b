import { isRecord, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';

/** The labels by which a workload itself knows its pods, or all that they have. */
export function selectorLabels({ spec }: KubernetesObject, { labels }: PodTemplate): StringMap {
  const selector = isRecord(spec) && isRecord(spec.selector) ? stringMap(spec.selector.matchLabels) : {};
  return Object.keys(selector).length > 0 ? selector : labels;
}
