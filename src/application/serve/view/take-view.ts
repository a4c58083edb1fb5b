import type { ClusterView } from '../../../cluster/view/cluster-view.ts';
import { calicoInForce } from '../../../inventory/calico-in-force.ts';
import { createInventoryStore, type InventoryStore } from '../../../inventory/inventory-store.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';
import type { Ground } from '../connect.ts';
import type { HeldConventions } from '../conventions/hold-conventions.ts';
import { calicoCheck, calicoOn, calicoRemarks } from './calico.ts';
import { createLiveInventory } from './live-inventory.ts';
import { fillFromManifests } from './manifest-inventory.ts';

/** What exists, as reviews and audits see it. */
export interface TakenView {
  readonly store: InventoryStore;
  /** What follows the cluster; undefined where manifests stand for one. */
  readonly live: ClusterView | undefined;
  /** Whether all of the cluster was read once; true for manifests. */
  readonly isWhole: () => boolean;
  readonly calico: () => ReadinessCheck;
}

/** Prepares the view of a live cluster, or reads the manifests. @throws TollgateError where one is not there */
export async function takeView(ground: Ground, conventions: HeldConventions): Promise<TakenView> {
  const { options, connection, schedule, signals, folder, log } = ground;
  const { calico: stated, linkerd, current } = conventions;
  const store = createInventoryStore(calicoInForce(stated()));
  if (connection) {
    const { view, gone } = signals;
    const told = { onChange: view.tell, onGone: gone.tell };
    const live = createLiveInventory(store, { connection, schedule, stated, linkerd, ...told }, log);
    const calico = () => {
      const decision = live.calico();
      if (!decision) return calicoCheck(undefined);
      return calicoCheck(calicoOn(decision, stated()), calicoRemarks(decision, stated()));
    };
    return { store, live, isWhole: live.synced, calico };
  }
  const { manifests = [] } = options;
  const calico = await fillFromManifests(store, manifests, { folder, conventions: current() }, log);
  return { store, live: undefined, isWhole: () => true, calico: () => calicoCheck(calico) };
}
