import { isVersion, shownForm } from '../calico/index.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { groupOf, referenceOf, type KubernetesObject } from '../kubernetes/object.ts';
import { keyOf } from '../inventory/inventory-store.ts';

/**
 * An object that is deleted, in the form in which the inventory knows it. Calico's API server never asks admission about
 * a deletion; it deletes what it has stored as `crd.projectcalico.org/v1`, while the inventory follows what it shows.
 * Source: Calico `apiserver/pkg/storage/calico/resource.go`, Delete, which does not call `validateDeletion`.
 */
export function followedForm(object: KubernetesObject, inventory: Inventory): KubernetesObject {
  if (groupOf(object.apiVersion) !== 'crd.projectcalico.org') return object;
  const { options, traits } = inventory.policyWorld;
  if (options.mode !== 'apiserver') return object;
  const shown = shownForm(object);
  const mayBeCopied = isVersion(options.version) && traits.tieKey === 'name-namespace-kind';
  const isRenamed = shown.metadata.name !== object.metadata.name;
  return mayBeCopied && isRenamed && isShownAnew(shown, inventory) ? object : shown;
}

/**
 * From 3.32 on policies are stored without a prefix: a controller of Calico's makes a copy under the new name before it
 * deletes the old one. What is shown is the copy then, and stays.
 * Source: Calico `kube-controllers/pkg/controllers/networkpolicy/policymigrate.go`, MigratePolicyKVP.
 */
function isShownAnew(shown: KubernetesObject, inventory: Inventory): boolean {
  const { uid } = shown.metadata;
  const key = keyOf(referenceOf(shown));
  for (const known of inventory.policies()) {
    if (keyOf(known) === key)
      return uid !== undefined && known.metadata.uid !== undefined && known.metadata.uid !== uid;
  }
  return false;
}
