import type { NamespaceLike } from '../../calico/index.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';

/**
 * A namespace as its cover is judged: with the labels that no pod has there, where its convention forbids them and says
 * that it is trusted with that, and no workload had one before.
 */
export function coveredNamespace(
  identity: NamespaceIdentity,
  { forbiddenLabels }: DefaultDenyConvention,
  inventory: Inventory,
): NamespaceLike {
  if (forbiddenLabels.length === 0) return identity;
  const present = new Set<string>();
  for (const workload of inventory.workloads(identity.name)) {
    const template = podTemplateOf(workload);
    // No policy for pods selects one on its node's network, whatever its labels.
    if (!template || template.spec['hostNetwork'] === true) continue;
    for (const key of Object.keys(template.labels)) present.add(key);
  }
  const absent = forbiddenLabels.filter((key) => !present.has(key));
  return absent.length === 0 ? identity : { ...identity, absent };
}
