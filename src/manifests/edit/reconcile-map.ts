import { isDeepStrictEqual } from 'node:util';
import type { Pair, YAMLMap } from 'yaml';
import {
  colonEnd,
  columnOf,
  contentEnd,
  lineEnd,
  lineStart,
  opensLine,
  type EditContext,
  rangeOf,
  type Reconcile,
  replaceNode,
  type Slot,
} from './edit-context.ts';
import { removeEntries } from './remove-entries.ts';
import type { Span } from '../yaml/locate.ts';
import { renderEntries, renderFlowEntries } from './render-value.ts';
import type { TextEdit } from './text-edit.ts';

type JsonMap = Readonly<Record<string, unknown>>;
type Entries = readonly (readonly [string, unknown])[];

/** The text edits that make a map read as another one: entries removed, changed in place, and added before the first. */
export function reconcileMap(
  context: EditContext,
  slot: Slot,
  map: YAMLMap,
  found: JsonMap,
  wanted: JsonMap,
  reconcile: Reconcile,
): TextEdit[] {
  const names = map.items.map((pair) => nameOf(context, pair));
  const isKept = (name: string | undefined) => name === undefined || Object.hasOwn(wanted, name);
  const added = Object.entries(wanted).filter(
    ([name, value]) =>
      !names.includes(name) && !(Object.hasOwn(found, name) && isDeepStrictEqual(found[name], value)),
  );
  const firstKept = names.findIndex(isKept);
  if (firstKept < 0 && map.items.length > 0) return [replaceNode(context, slot, wanted)];

  const changed = map.items.flatMap((pair, index) => {
    const name = names[index];
    if (name === undefined || !isKept(name) || isDeepStrictEqual(found[name], wanted[name])) return [];
    const indent = columnOf(context.text, rangeOf(pair.key)[0]);
    const child = {
      node: pair.value,
      opened: colonEnd(context, pair),
      indent,
      flow: slot.flow || map.flow === true,
    };
    return reconcile(context, child, found[name], wanted[name]);
  });
  const removed = names.every(isKept)
    ? []
    : removeEntries(context.text, spansOf(context, map), names.map(isKept), map.flow === true);
  if (added.length === 0) return [...removed, ...changed];
  const insertion =
    map.flow === true
      ? insertFlow(context, map, firstKept, added)
      : insertBlock(context, slot, map, firstKept, added);
  return [...removed, insertion, ...changed];
}

/** The key as the value it is read as; undefined for `<<` and for keys that are no text. */
function nameOf({ kinds }: EditContext, { key }: Pair): string | undefined {
  if (!kinds.isScalar(key) || typeof key.value === 'symbol') return undefined;
  return String(key.value);
}

function spansOf(context: EditContext, { items }: YAMLMap): Span[] {
  return items.map((pair) => ({
    start: rangeOf(pair.key)[0],
    end: contentEnd(context, pair.value, colonEnd(context, pair)),
  }));
}

/** Right behind the line of the parent's key, so that comments above the first entry stay there. */
function insertBlock(
  context: EditContext,
  slot: Slot,
  map: YAMLMap,
  before: number,
  added: Entries,
): TextEdit {
  const { text, style } = context;
  const start = rangeOf(map.items[before]?.key)[0];
  const indent = columnOf(text, start);
  const lines = renderEntries(added, indent, style);
  const parentLine = lineEnd(text, slot.opened);
  if (slot.indent >= 0 && before === 0 && parentLine < start) {
    return { start: parentLine, end: parentLine, text: style.eol + lines.join(style.eol) };
  }
  const block = `${lines.join(style.eol).slice(indent)}${style.eol}${' '.repeat(indent)}`;
  return { start, end: start, text: block };
}

function insertFlow(context: EditContext, map: YAMLMap, before: number, added: Entries): TextEdit {
  const { text, style } = context;
  const brace = text.indexOf('{', rangeOf(map)[0]) + 1;
  const first = map.items[before];
  if (!first) return { start: brace, end: brace, text: renderFlowEntries(added, style).join(', ') };
  const start = rangeOf(first.key)[0];
  if (!opensLine(text, start)) {
    return {
      start,
      end: start,
      text: renderFlowEntries(added, style)
        .map((entry) => `${entry}, `)
        .join(''),
    };
  }
  const margin = text.slice(lineStart(text, start), start);
  const outer = /^[ \t]*/.exec(text.slice(lineStart(text, brace), brace))?.[0] ?? '';
  const unit = margin.startsWith(outer) ? margin.slice(outer.length) : '  ';
  const entries = style.json
    ? prettyEntries(added, unit, style.eol + margin)
    : renderFlowEntries(added, style);
  return { start, end: start, text: entries.map((entry) => `${entry},${style.eol}${margin}`).join('') };
}

function prettyEntries(entries: Entries, unit: string, newLine: string): string[] {
  return entries.map(([key, value]) => {
    const json = JSON.stringify(value, undefined, unit === '' ? '  ' : unit);
    return `${JSON.stringify(key)}: ${json.replaceAll('\n', newLine)}`;
  });
}
