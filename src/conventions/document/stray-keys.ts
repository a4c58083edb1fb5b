import { isRecord } from '../../kubernetes/object.ts';
import { type Fault, type Path, quote, valueInWords } from './fault.ts';
import { alternatives, type SchemaNode, unwrap } from './schema-node.ts';
import { didYouMean } from '../../text/did-you-mean.ts';

/** Keys that a JavaScript object can't hold like any other; as the name of a label or rule nobody misses them. */
const treacherous = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * Every key that the schema does not know, and every list where it wants a map: what valibot reports only the first
 * of, or lets through.
 */
export function findStrayKeys(node: SchemaNode, value: unknown, path: Path = []): Fault[] {
  const schema = unwrap(node);
  if (schema.item) {
    const { item } = schema;
    return Array.isArray(value)
      ? value.flatMap((element, index) => findStrayKeys(item, element, [...path, index]))
      : [];
  }
  const map = alternatives(schema).find((option) => unwrap(option).entries);
  if (map) return isRecord(value) ? findStrayKeys(map, value, path) : [];
  if (!schema.entries && schema.type !== 'record') return [];
  if (Array.isArray(value)) return [{ path, message: `found ${valueInWords(value)}, expected a map` }];
  if (!isRecord(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const child = schema.entries ? entryOf(schema.entries, key) : schema.value;
    if (!child) return [strayKey(key, Object.keys(schema.entries ?? {}), path)];
    if (treacherous.has(key)) return [{ path: [...path, key], message: `${quote(key)} can be no key here` }];
    return findStrayKeys(child, value[key], [...path, key]);
  });
}

function entryOf(entries: Readonly<Record<string, SchemaNode>>, key: string): SchemaNode | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

function strayKey(key: string, known: readonly string[], path: Path): Fault {
  const hint = didYouMean(key, known, 'document');
  const expected = known.join(', ');
  return {
    path: [...path, key],
    message:
      known.length === 0
        ? `there is no field ${quote(key)} here, only an empty map {}`
        : `there is no field ${quote(key)} here${hint || `; there are ${expected}`}`,
    ...(known.length === 0 ? {} : { expected }),
  };
}
