import { annotationsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { injectValueOf } from './mesh-workload.ts';

/** Where no convention asks for the mesh: whether annotations do; undefined where the namespace is not known. */
export function asksForMesh(
  template: PodTemplate,
  namespace: KubernetesObject | undefined,
): boolean | undefined {
  const own = injectValueOf(template.annotations);
  const value = own ?? (namespace && injectValueOf(annotationsOf(namespace)));
  if (value === undefined && !namespace) return undefined;
  return value === 'enabled' || value === 'ingress';
}
