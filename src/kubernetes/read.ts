/*
 * How fields of JSON are read. Objects come from users, so each reader takes any value: where it is of another type,
 * the answer is the empty value of the type that was asked for, or undefined from a reader that is called `optional…`.
 */

/** A JSON object whose fields can be anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object, and not null or an array. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON object, or one without fields. */
export function record(value: unknown): Fields {
  return isRecord(value) ? value : noFields;
}

/** A list, or an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : noItems;
}

/** The JSON objects of a list; anything else in it is left out. */
export function records(value: unknown): readonly Fields[] {
  return list(value).filter(isRecord);
}

/** A string, or an empty one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The strings of a list; anything else in it is left out. */
export function texts(value: unknown): readonly string[] {
  return list(value).filter((item) => typeof item === 'string');
}

/** A string, or a number as YAML reads one that has no quotes. */
export function optionalScalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

export function optionalBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** A number that is finite. */
export function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

const noFields: Fields = Object.freeze({});
const noItems: readonly unknown[] = Object.freeze([]);
