import { evaluateSelector, podLabels, type Selector } from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { accountOf } from '../workload/workload-pod.ts';
import type { Look } from '../limits.ts';
import { namesOfNamespaces } from './peer-namespaces.ts';

/** A workload of which the pods carry what a selector asks for. */
export interface WorkloadFound {
  readonly object: KubernetesObject;
  readonly namespace: string;
  readonly template: PodTemplate;
  /** Whether its pods use the network of their node: they carry the labels, and no selector of Calico finds them. */
  readonly isOnNode: boolean;
}

/**
 * The workloads whose pods a selector of Calico would find by their labels, those on the network of their node too.
 * Ends where more would have to be looked at than may be.
 */
export function* workloadsFoundBy(
  selector: Selector,
  inventory: Inventory,
  look: Look,
): Generator<WorkloadFound> {
  for (const namespace of namesOfNamespaces(selector) ?? inventory.populated()) {
    for (const object of inventory.workloads(namespace)) {
      if (!look.more(namespace)) return;
      const template = podTemplateOf(object);
      if (!template || !evaluateSelector(selector, labelsOfPods(template, namespace, inventory))) continue;
      yield { object, namespace, template, isOnNode: template.spec.hostNetwork === true };
    }
  }
}

/** The labels of the pods of a template, as selectors see them. */
export function labelsOfPods(
  template: PodTemplate,
  namespace: string,
  { policyWorld }: Inventory,
): ReturnType<typeof podLabels> {
  return podLabels(policyWorld, { namespace, labels: template.labels, serviceAccount: accountOf(template) });
}

/**
 * Whether what runs in a namespace is known in part at least, so that what is not there is missing: it has a workload,
 * and no custom resource of which an operator may make pods. Without a namespace, whether any has a workload.
 */
export function arePodsKnown(
  namespace: string | undefined,
  { inventory }: { readonly inventory: Inventory },
): boolean {
  const hasWorkload = (name: string) => !isEmpty(inventory.workloads(name));
  if (namespace === undefined) {
    for (const name of inventory.populated()) if (hasWorkload(name)) return true;
    return false;
  }
  return hasWorkload(namespace) && isEmpty(inventory.others(namespace));
}

/** Whether there is none. */
export function isEmpty(objects: Iterable<KubernetesObject>): boolean {
  for (const _ of objects) return false;
  return true;
}
