import { pathOf, valueOf, type JsonPointer } from './json-pointer.ts';
import { isRecord } from './object.ts';

/**
 * The path of a pointer with the items of lists by what names them in their list, so that it leads to the same item in
 * two versions of an object, wherever in the list it stands: containers, volumes and variables by name, ports by name or
 * number. An item that nothing names goes by its index.
 * Source: Kubernetes, the `patchMergeKey` of these lists in staging/src/k8s.io/api/core/v1/types.go.
 */
export function namedPath(document: unknown, pointer: JsonPointer): readonly unknown[] {
  let value = document;
  return pathOf(pointer).map((key) => {
    const item = valueOf(value, key);
    const step = Array.isArray(value) ? (nameOf(item) ?? key) : key;
    value = item;
    return step;
  });
}

/** A list, so that no key can be taken for it. */
function nameOf(item: unknown): readonly unknown[] | undefined {
  if (!isRecord(item)) return undefined;
  const { containerPort, name, port, protocol } = item;
  if (typeof name === 'string' && name !== '') return [name];
  const number = containerPort ?? port;
  return typeof number === 'number' ? [number, protocol ?? 'TCP'] : undefined;
}
