import { isRecord } from '../../kubernetes/object.ts';
import type { EnvironmentVariable } from './proxy-settings.ts';

/**
 * Reads a JSON array of Kubernetes environment variables as Go does; undefined if Go refuses it, and with it the whole
 * annotation. Go accepts `null` as an empty value of any type, and field names in any case.
 */
export function readEnvironmentVariables(text: string): readonly EnvironmentVariable[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  return environmentVariablesOf(list);
}

/** The same for a list that is already parsed. */
export function environmentVariablesOf(list: unknown): readonly EnvironmentVariable[] | undefined {
  if (list === null) return [];
  if (!Array.isArray(list)) return undefined;
  const variables = list.map(readVariable);
  return variables.every((variable) => variable !== undefined) ? variables : undefined;
}

/** Merges lists of variables by name; a later list wins. */
export function mergeEnvironmentVariables(
  ...lists: readonly (readonly EnvironmentVariable[])[]
): readonly EnvironmentVariable[] {
  return [...new Map(lists.flat().map((variable) => [variable.name, variable])).values()];
}

function readVariable(item: unknown): EnvironmentVariable | undefined {
  if (item === null) return { name: '' };
  if (!isRecord(item)) return undefined;
  const fields = new Map(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value ?? undefined]));
  const name = fields.get('name') ?? '';
  const value = fields.get('value');
  const valueFrom = fields.get('valuefrom');
  if (typeof name !== 'string' || (value !== undefined && typeof value !== 'string')) return undefined;
  if (valueFrom !== undefined && !isRecord(valueFrom)) return undefined;
  return value === undefined ? { name } : { name, value };
}
