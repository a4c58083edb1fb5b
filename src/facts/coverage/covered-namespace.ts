import type { NamespaceLike } from '../../calico/index.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';

/**
 * A namespace as its cover is judged: with the labels that no pod has there, because its convention forbids them and
 * no workload had one before.
 */
export function coveredNamespace(
  identity: NamespaceIdentity,
  { forbiddenLabels }: DefaultDenyConvention,
  inventory: Inventory,
): NamespaceLike {
  if (forbiddenLabels.length === 0) return identity;
  const present = new Set<string>();
  for (const workload of inventory.workloads(identity.name))
    for (const key of Object.keys(podTemplateOf(workload)?.labels ?? {})) present.add(key);
  const absent = forbiddenLabels.filter((key) => !present.has(key));
  return absent.length === 0 ? identity : { ...identity, absent };
}
