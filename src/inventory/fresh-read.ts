import type { Inventory } from './inventory.ts';
import type { Change } from './inventory-store.ts';
import { overlay } from './overlay.ts';

/** What an inventory lacks, as a direct read of the cluster has shown, or why there is none. */
export type FreshRead =
  | { readonly fresh: true; readonly change: Change }
  | { readonly fresh: false; readonly why: string };

/** An inventory with what a direct read has shown; the watch may have brought it meanwhile, then the inventory has it. */
export function withFreshRead(inventory: Inventory, direct: FreshRead): Inventory {
  if (!direct.fresh) return inventory;
  const { put = [], remove = [] } = direct.change;
  return put.length + remove.length === 0 ? inventory : overlay(inventory, direct.change);
}
