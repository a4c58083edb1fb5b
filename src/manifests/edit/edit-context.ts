import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isRecord } from '../../kubernetes/object.ts';
import { renderBlock, renderFlow, type RenderStyle } from './render-value.ts';
import type { TextEdit } from './text-edit.ts';

/** Why a text cannot be edited at some place. */
export class EditRefused extends Error {}

/** The functions of the `yaml` package that tell nodes apart; handed in, since it is loaded only where it is needed. */
export interface NodeKinds {
  readonly isMap: (node: unknown) => node is YAMLMap;
  readonly isSeq: (node: unknown) => node is YAMLSeq;
  readonly isScalar: (node: unknown) => node is Scalar;
  readonly isPair: (node: unknown) => node is Pair;
  readonly isAlias: (node: unknown) => boolean;
}

/** What the edits of one document have in common. */
export interface EditContext {
  readonly text: string;
  readonly kinds: NodeKinds;
  readonly style: RenderStyle;
}

/** A place that holds a value: behind a key's colon, behind a dash, or the document itself. */
export interface Slot {
  readonly node: unknown;
  /** Behind the colon or dash; 0 for the document. */
  readonly opened: number;
  /** The column of the key or dash, from 0; below 0 for the document. */
  readonly indent: number;
  /** Inside brackets. */
  readonly flow: boolean;
}

/** Finds the text edits that make a slot read as a value; given to the functions for maps and lists to go down with. */
export type Reconcile = (context: EditContext, slot: Slot, found: unknown, wanted: unknown) => TextEdit[];

/** Puts another value into a slot whose kind of value changes, or whose value is a scalar. */
export function replaceNode(context: EditContext, slot: Slot, wanted: unknown): TextEdit {
  const { node, opened, indent, flow } = slot;
  if (indent < 0) throw new EditRefused('the document as a whole would change');
  const rendered = flow
    ? ` ${renderFlow(wanted, context.style)}`
    : renderBlock(wanted, indent + context.style.step, context.style);
  const isBlock = rendered.startsWith(context.style.eol);
  if (isAbsent(node)) {
    const at = isBlock ? lineEnd(context.text, opened) : opened;
    return { start: at, end: at, text: rendered };
  }
  const start = rangeOf(node)[0];
  const end = contentEnd(context, node, opened);
  if (isBlock || isBlockCollection(context, node)) return { start: opened, end, text: rendered };
  const quote = context.text[start];
  const keepsQuotes =
    typeof wanted === 'string' && (quote === '"' || quote === "'") && context.kinds.isScalar(node);
  return { start, end, text: keepsQuotes ? renderQuoted(wanted, quote) : rendered.slice(1) };
}

function renderQuoted(text: string, quote: string): string {
  return quote === "'" && /^[\x20-\x7e]*$/.test(text)
    ? `'${text.replaceAll("'", "''")}'`
    : JSON.stringify(text);
}

/** The offsets of a node: its start, the end of its value, and the end with what belongs to it. */
export function rangeOf(node: unknown): readonly [number, number, number] {
  const range = isRecord(node) ? (node as Partial<Node>).range : undefined;
  if (!range) throw new EditRefused('its place in the text is not known');
  return range;
}

/** Whether a value is not written at all: `key:` with nothing behind it. */
export function isAbsent(node: unknown): boolean {
  return node === null || node === undefined || rangeOf(node)[0] === rangeOf(node)[1];
}

function isBlockCollection({ kinds }: EditContext, node: unknown): boolean {
  return (kinds.isMap(node) || kinds.isSeq(node)) && node.flow !== true;
}

/** Where the last character of a node's value ends, without the line break, blank lines and comments behind it. */
export function contentEnd(context: EditContext, node: unknown, opened: number): number {
  if (isAbsent(node)) return opened;
  const { kinds, text } = context;
  if (isBlockCollection(context, node) && (kinds.isMap(node) || kinds.isSeq(node))) {
    const last: unknown = node.items.at(-1);
    if (kinds.isPair(last)) return contentEnd(context, last.value, colonEnd(context, last));
    return contentEnd(context, last, isAbsent(last) && last ? rangeOf(last)[0] : opened);
  }
  let end = rangeOf(node)[1];
  while (end > 0 && /[\r\n]/.test(text[end - 1] ?? '')) end--;
  return end;
}

/** The offset behind the colon of a pair. */
export function colonEnd({ text }: EditContext, pair: Pair): number {
  const end = rangeOf(pair.key)[1];
  const colon = /^[ \t]*:/.exec(text.slice(end, end + 200));
  if (!colon) throw new EditRefused('its key is written in a way that is not edited');
  return end + colon[0].length;
}

export function lineStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && !/[\r\n]/.test(text[start - 1] ?? '')) start--;
  return start;
}

/** The end of the line an offset is on, before its line break. */
export function lineEnd(text: string, offset: number): number {
  let end = offset;
  while (end < text.length && !/[\r\n]/.test(text[end] ?? '')) end++;
  return end;
}

/** The start of the line after the one an offset is on. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return end + (/^(?:\r\n|\r|\n)?/.exec(text.slice(end, end + 2))?.[0].length ?? 0);
}

/** The column of an offset, from 0. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Whether an offset is the first thing on its line. */
export function opensLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset));
}
