import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { podFrom } from './workload-pod.ts';

/** The Pod of the first workload of a namespace whose pods have these labels, beside others; undefined where none does. */
export function podWithLabels(
  namespace: string,
  labels: StringMap,
  inventory: Pick<Inventory, 'workloads'>,
): KubernetesObject | undefined {
  for (const workload of inventory.workloads(namespace)) {
    const template = podTemplateOf(workload);
    if (template && carries(template.labels, labels)) return podFrom(workload, template);
  }
  return undefined;
}

function carries(labels: StringMap, wanted: StringMap): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}
