import { EVENT_ID, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { type JsonPointer, pathOf } from '../../kubernetes/json-pointer.ts';
import { remember } from '../../memo/remember.ts';
import { resolvePlainScalar } from './plain-scalar.ts';
import { readEvents, type YamlEvents } from './read-events.ts';

/** Where something stands in a text, in UTF-16 units; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Creates the finder of places in one document's text: the key (with its value where both stand on one line) or the
 * list item a pointer leads to, else the nearest ancestor that is there. It answers undefined for text that is no
 * YAML. The text is parsed once, and what is in a map or list is looked through once; then an answer costs its depth.
 */
export function createLocator(text: string): (pointer: JsonPointer) => Span | undefined {
  const tree = readTree(text);
  if (!tree) return () => undefined;
  const childrenAt = remember(
    { name: 'children in a document', bound: { entries: 1000 }, key: (parent: number) => parent },
    (parent) => childrenOf(tree, parent),
  );
  return (pointer) => {
    let index = 1;
    let span = nodeSpan(tree, index);
    for (const key of pathOf(pointer)) {
      const child = childrenAt(index).get(key);
      if (!child) break;
      ({ index } = child);
      span = spanOf(tree, child);
    }
    return span && { start: tree.offsetIn(span.start), end: tree.offsetIn(span.end) };
  };
}

/** The events of a text, and for each the index of the event after the node it opens. */
interface Tree extends YamlEvents {
  readonly after: Uint32Array;
}

function readTree(text: string): Tree | undefined {
  let read: YamlEvents;
  try {
    read = readEvents(text, 1000);
  } catch {
    return undefined;
  }
  const { events } = read;
  const after = new Uint32Array(events.length);
  const open: number[] = [];
  events.forEach(({ type }, index) => {
    after[index] = index + 1;
    if (type === EVENT_ID.POP) after[open.pop() ?? 0] = index + 1;
    else if (type !== EVENT_ID.SCALAR && type !== EVENT_ID.ALIAS) open.push(index);
  });
  return { ...read, after };
}

interface Child {
  /** Of the event that opens the value. */
  readonly index: number;
  /** Of the event of its key, in a map. */
  readonly key?: number;
}

/** What is in a map by its keys, of which the first of namesakes counts, or in a list by its positions. */
function childrenOf(tree: Tree, parent: number): ReadonlyMap<string, Child> {
  const { events } = tree;
  const children = new Map<string, Child>();
  const type = events[parent]?.type;
  if (type !== EVENT_ID.MAPPING && type !== EVENT_ID.SEQUENCE) return children;
  let position = 0;
  for (let index = parent + 1; events[index]?.type !== EVENT_ID.POP; position++) {
    const isPair = type === EVENT_ID.MAPPING;
    const value = isPair ? after(tree, index) : index;
    const name = isPair ? keyAt(tree, index) : String(position);
    if (name !== undefined && !children.has(name))
      children.set(name, isPair ? { index: value, key: index } : { index });
    index = after(tree, value);
  }
  return children;
}

function spanOf(tree: Tree, { index, key }: Child): Span | undefined {
  return key === undefined ? nodeSpan(tree, index) : pairSpan(tree, key, index);
}

function after(tree: Tree, index: number): number {
  return tree.after[index] ?? tree.events.length;
}

function keyAt({ text, events }: Tree, index: number): string | undefined {
  const event = events[index];
  if (event?.type !== EVENT_ID.SCALAR) return undefined;
  const key = getScalarValue(text, event);
  return event.style === SCALAR_STYLE.PLAIN ? String(resolvePlainScalar(key)) : key;
}

function pairSpan(tree: Tree, key: number, value: number): Span | undefined {
  const keySpan = nodeSpan(tree, key);
  const type = tree.events[value]?.type;
  if (!keySpan || type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) return keySpan;
  const end = nodeSpan(tree, value)?.end ?? keySpan.end;
  const onOneLine = end > keySpan.end && !/[\r\n]/.test(tree.text.slice(keySpan.start, end));
  return onOneLine ? { start: keySpan.start, end } : keySpan;
}

/** The span of a scalar or alias; of a collection the first child's, from the bracket on where it has one. */
function nodeSpan(tree: Tree, index: number): Span | undefined {
  const event = tree.events[index];
  if (event?.type === EVENT_ID.SCALAR) return scalarSpan(event);
  if (event?.type === EVENT_ID.ALIAS) return { start: event.anchorStart - 1, end: event.anchorEnd };
  if (event?.type !== EVENT_ID.MAPPING && event?.type !== EVENT_ID.SEQUENCE) return undefined;
  return { start: event.start, end: firstChildSpan(tree, index)?.end ?? event.start + 1 };
}

function firstChildSpan(tree: Tree, parent: number): Span | undefined {
  const first = parent + 1;
  if (tree.events[first]?.type === EVENT_ID.POP) return undefined;
  return tree.events[parent]?.type === EVENT_ID.MAPPING
    ? pairSpan(tree, first, after(tree, first))
    : nodeSpan(tree, first);
}

function scalarSpan({ valueStart, valueEnd, style }: ScalarEvent): Span {
  const quote = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
  return { start: valueStart - quote, end: valueEnd + quote };
}
