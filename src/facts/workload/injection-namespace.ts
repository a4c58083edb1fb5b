import type { Inventory } from '../../inventory/inventory.ts';
import { withNameLabel } from '../../kubernetes/namespace.ts';
import { annotationsOf, labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { InjectionNamespace } from '../../linkerd/index.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/** What Linkerd's injector sees of the namespace an object lives in; one nobody has seen has its name label only. */
export function injectionNamespaceOf(object: KubernetesObject, inventory: Inventory): InjectionNamespace {
  const name = object.metadata.namespace ?? 'default';
  const namespace = inventory.namespace(name);
  if (!namespace) return { name, labels: withNameLabel(name, {}), annotations: {} };
  return seenOf(namespace);
}

/** By the namespace as it was read, which nobody changes: the same few are asked about in each review. */
const seenOf = rememberByOwner(
  { name: 'what the injector sees of a namespace' },
  (namespace: KubernetesObject): InjectionNamespace => {
    const { name = '' } = namespace.metadata;
    return { name, labels: withNameLabel(name, labelsOf(namespace)), annotations: annotationsOf(namespace) };
  },
);
