import { groupOf, isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { isClusterScoped, otherClusterScoped } from '../kinds.ts';

/**
 * Tells which kinds live in namespaces: by the known ones, and by the CustomResourceDefinitions among the objects.
 * A kind that neither knows is taken to live in one, as most do.
 */
export function namespacedKinds(objects: Iterable<KubernetesObject>): (object: KubernetesObject) => boolean {
  const scopes = new Map<string, boolean>();
  for (const { kind, spec } of objects) {
    if (kind !== 'CustomResourceDefinition' || !isRecord(spec) || !isRecord(spec.names)) continue;
    scopes.set(`${String(spec.group)}/${String(spec.names.kind)}`, spec.scope !== 'Cluster');
  }
  return ({ apiVersion, kind }) =>
    scopes.get(`${groupOf(apiVersion)}/${kind}`) ?? !(otherClusterScoped.has(kind) || isClusterScoped(kind));
}
