import { referenceOf, type KubernetesObject, type ObjectReference } from '../kubernetes/object.ts';

/** How messages call an object: `Deployment "shop/checkout"`, `Namespace "shop"`. */
export function nameOf(object: KubernetesObject | ObjectReference): string {
  const { kind, namespace, name } = 'metadata' in object ? referenceOf(object) : object;
  return `${kind} "${namespace ? `${namespace}/` : ''}${name}"`;
}
