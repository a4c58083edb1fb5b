import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../kubernetes/object.ts';
import { EditRefused, type EditContext, replaceNode, type Slot } from './edit-context.ts';
import { reconcileList } from './reconcile-list.ts';
import { reconcileMap } from './reconcile-map.ts';
import type { TextEdit } from './text-edit.ts';

/**
 * Finds the text edits after which a node reads as the wanted value. Only what differs is touched, so every comment
 * and every other byte stays; new entries go before the first one of their map.
 */
export function reconcile(context: EditContext, slot: Slot, found: unknown, wanted: unknown): TextEdit[] {
  if (isDeepStrictEqual(found, wanted)) return [];
  const { node } = slot;
  if (context.kinds.isAlias(node))
    throw new EditRefused('it is an alias: what it stands for is used elsewhere as well');
  if (context.kinds.isMap(node) && isRecord(found) && isRecord(wanted)) {
    return reconcileMap(context, slot, node, found, wanted, reconcile);
  }
  if (context.kinds.isSeq(node) && Array.isArray(found) && Array.isArray(wanted)) {
    return reconcileList(context, slot, node, found, wanted, reconcile);
  }
  return [replaceNode(context, slot, wanted)];
}
