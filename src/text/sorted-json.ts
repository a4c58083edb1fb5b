/**
 * A value of JSON as text, the same for the same content in whatever order its keys are written.
 *
 * @example
 * sortedJson({ b: 1, a: [2] }) // '{"a":[2],"b":1}'
 */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value ?? null, withSortedKeys);
}

function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
