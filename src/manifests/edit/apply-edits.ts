import { pathOf } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { Edit } from '../../facts/finding.ts';

/**
 * The value that a document has once edits are made: parents that are absent, null or no map are created as maps,
 * an index replaces that item of a list, and the index after the last one appends. The document is left as it is.
 */
export function applyEdits(document: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce(
    (value, edit) =>
      'remove' in edit
        ? without(value, pathOf(edit.pointer))
        : withValue(value, pathOf(edit.pointer), edit.value),
    document,
  );
}

function withValue(parent: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if (!/^(?:0|[1-9]\d*|-)$/.test(key) || index > parent.length) return parent;
    return parent.toSpliced(index, 1, withValue(parent[index], rest, value));
  }
  const entries = isRecord(parent) ? Object.entries(parent) : [];
  const child = withValue(
    isRecord(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined,
    rest,
    value,
  );
  const isNew = !entries.some(([name]) => name === key);
  return Object.fromEntries(
    isNew ? [...entries, [key, child]] : entries.map(([name, old]) => [name, name === key ? child : old]),
  );
}

function without(parent: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || typeof parent !== 'object' || parent === null) return parent;
  if (Array.isArray(parent)) {
    const index = Number(key);
    if (!/^(?:0|[1-9]\d*)$/.test(key) || index >= parent.length) return parent;
    return rest.length === 0 ? parent.toSpliced(index, 1) : parent.with(index, without(parent[index], rest));
  }
  return Object.fromEntries(
    Object.entries(parent).flatMap(([name, value]) =>
      name !== key ? [[name, value]] : rest.length === 0 ? [] : [[name, without(value, rest)]],
    ),
  );
}
