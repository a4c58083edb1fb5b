import type { FreshRead } from '../inventory/fresh-read.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { overlay } from '../inventory/overlay.ts';

/** An inventory with what a direct look has shown; the watch may have brought it meanwhile, then the inventory has it. */
export function withFreshRead(inventory: Inventory, direct: FreshRead): Inventory {
  if (!direct.fresh) return inventory;
  const { put = [], remove = [] } = direct.change;
  return put.length + remove.length === 0 ? inventory : overlay(inventory, direct.change);
}
