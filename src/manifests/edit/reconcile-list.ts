import { isDeepStrictEqual } from 'node:util';
import type { YAMLSeq } from 'yaml';
import type { Span } from '../yaml/locate.ts';
import {
  columnOf,
  contentEnd,
  isAbsent,
  lineEnd,
  type EditContext,
  rangeOf,
  type Reconcile,
  replaceNode,
  type Slot,
} from './edit-context.ts';
import { removeEntries } from './remove-entries.ts';
import { renderFlow, renderItem } from './render-value.ts';
import type { TextEdit } from './text-edit.ts';

/**
 * The text edits that make a list read as another one: what both begin and end with stays, what lies between is
 * changed item by item, and the rest is taken out or put in.
 */
export function reconcileList(
  context: EditContext,
  slot: Slot,
  list: YAMLSeq,
  found: readonly unknown[],
  wanted: readonly unknown[],
  reconcile: Reconcile,
): TextEdit[] {
  const head = commonLength(found, wanted);
  const tail = commonLength(found.slice(head).reverse(), wanted.slice(head).reverse());
  const both = Math.min(found.length, wanted.length) - tail;
  const kept = found.map((_, index) => index < both || index >= found.length - tail);
  if (found.length > 0 && !kept.includes(true)) return [replaceNode(context, slot, wanted)];

  const flow = slot.flow || list.flow === true;
  const spans = spansOf(context, list);
  const changed = list.items.slice(head, both).flatMap((node, offset) => {
    const index = head + offset;
    const start = spans[index]?.start ?? 0;
    const child = { node, opened: flow ? start : start + 1, indent: columnOf(context.text, start), flow };
    return reconcile(context, child, found[index], wanted[index]);
  });
  const added = wanted.slice(both, wanted.length - tail);
  return [
    ...removeEntries(context.text, spans, kept, flow),
    // what the last item gets comes before the items that follow it, where both go to the end of one line
    ...changed,
    ...(added.length > 0 ? [insertItems(context, list, spans, both, added)] : []),
  ];
}

function commonLength(left: readonly unknown[], right: readonly unknown[]): number {
  const difference = left.findIndex((item, index) => !isDeepStrictEqual(item, right[index]));
  return Math.min(difference < 0 ? left.length : difference, right.length);
}

/** From each item's dash, or from the item itself in flow style. */
function spansOf(context: EditContext, list: YAMLSeq): Span[] {
  return list.items.map((node) => {
    const [at] = rangeOf(node);
    const start = list.flow === true ? at : context.text.lastIndexOf('-', isAbsent(node) ? at : at - 1);
    return { start, end: contentEnd(context, node, isAbsent(node) ? start + 1 : at) };
  });
}

function insertItems(
  { text, style }: EditContext,
  list: YAMLSeq,
  spans: readonly Span[],
  at: number,
  added: readonly unknown[],
): TextEdit {
  const next = spans[at];
  const last = spans[at - 1];
  if (list.flow === true) {
    const items = added.map((item) => renderFlow(item, style));
    const start = next?.start ?? last?.end ?? rangeOf(list)[0] + 1;
    const joined = items.join(', ');
    return { start, end: start, text: next ? `${joined}, ` : last ? `, ${joined}` : joined };
  }
  const indent = columnOf(text, next?.start ?? last?.start ?? 0);
  const lines = added.map((item) => renderItem(item, indent, style)).join(style.eol);
  if (next)
    return {
      start: next.start,
      end: next.start,
      text: `${lines.slice(indent)}${style.eol}${' '.repeat(indent)}`,
    };
  const end = lineEnd(text, last?.end ?? 0);
  return { start: end, end, text: style.eol + lines };
}
