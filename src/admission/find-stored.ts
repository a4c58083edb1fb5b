import type { Inventory } from '../inventory/inventory.ts';
import { keyOf } from '../inventory/inventory-store.ts';
import type { KubernetesObject, ObjectReference } from '../kubernetes/object.ts';
import { isPolicyKind } from '../kubernetes/object-class.ts';

/** An object that cover hangs on, as an inventory has it: a namespace, a service account, a policy's part, a workload. */
export function findStored(inventory: Inventory, reference: ObjectReference): KubernetesObject | undefined {
  const { kind, namespace, name } = reference;
  if (kind === 'Namespace') return inventory.namespace(name);
  const among = isPolicyKind(reference)
    ? inventory.policies()
    : kind === 'ServiceAccount'
      ? inventory.serviceAccounts(namespace ?? '')
      : inventory.workloads(namespace ?? '');
  const key = keyOf(reference);
  for (const object of among) {
    // Most have another name, and a key is long to make.
    if (object.metadata.name === name && keyOf(object) === key) return object;
  }
  return undefined;
}
