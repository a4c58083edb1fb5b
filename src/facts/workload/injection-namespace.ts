import type { Inventory } from '../../inventory/inventory.ts';
import { withNameLabel } from '../../kubernetes/namespace.ts';
import { annotationsOf, labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { InjectionNamespace } from '../../linkerd/index.ts';

/** What Linkerd's injector sees of the namespace an object lives in; one nobody has seen has its name label only. */
export function injectionNamespaceOf(object: KubernetesObject, inventory: Inventory): InjectionNamespace {
  const name = object.metadata.namespace ?? 'default';
  const namespace = inventory.namespace(name);
  if (!namespace) return { name, labels: withNameLabel(name, {}), annotations: {} };
  const known = seen.get(namespace);
  if (known) return known;
  const labels = withNameLabel(name, labelsOf(namespace));
  const made = { name, labels, annotations: annotationsOf(namespace) };
  seen.set(namespace, made);
  return made;
}

/** The same namespaces are asked about for each review, and nobody changes them. */
const seen = new WeakMap<KubernetesObject, InjectionNamespace>();
