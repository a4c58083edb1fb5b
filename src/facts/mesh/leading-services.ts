import type { MeshConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { annotationsOf, isRecord, stringMap, type KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { predictInjection, type InjectionNamespace } from '../../linkerd/index.ts';
import { injectionNamespaceOf } from '../workload/injection-namespace.ts';
import type { MeshWorkload } from '../workload/mesh-workload.ts';

/** The Services that lead to the pods of a workload, each with what the injector writes on it. */
export function* servicesLeadingTo(
  { mesh, object, template }: MeshWorkload,
  inventory: Inventory,
): Iterable<KubernetesObject> {
  for (const service of inventory.services(object.metadata.namespace ?? 'default')) {
    if (leadsTo(service, template))
      yield withInjected(service, injectionNamespaceOf(service, inventory), mesh);
  }
}

/** Whether a Service selects the pods of a template; one without a selector leads nowhere. */
export function leadsTo({ spec }: KubernetesObject, { labels }: PodTemplate): boolean {
  const selector = isRecord(spec) ? Object.entries(stringMap(spec.selector)) : [];
  return (
    selector.length > 0 &&
    selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
  );
}

/** A Service with what the injector writes on it when it is created. */
export function withInjected(
  service: KubernetesObject,
  namespace: InjectionNamespace,
  { linkerd }: MeshConvention,
): KubernetesObject {
  const { annotationsAdded } = predictInjection(service, namespace, linkerd);
  const annotations = { ...annotationsOf(service), ...annotationsAdded };
  return { ...service, metadata: { ...service.metadata, annotations } };
}
