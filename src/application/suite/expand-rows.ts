import { isRecord } from '../../kubernetes/object.ts';
import { type JsonPointer, pointerOf } from '../../kubernetes/json-pointer.ts';

/** Where a case is written: in the list of cases, and in which row of it. */
export interface CaseOrigin {
  readonly index: number;
  readonly row?: number;
}

/** A suite without tables, and where each of its cases is written. */
export interface ExpandedSuite {
  readonly value: unknown;
  readonly origins: readonly CaseOrigin[];
}

/**
 * Makes of each case with rows one case for each row. What is no suite stays as it is, to be told of by the schema.
 *
 * @example
 * const rows = [{ name: 'gold', expect: { decision: 'deny' } }];
 * expandRows({ cases: [{ name: 'bare', review: {}, rows }] }).value;
 * // { cases: [{ name: 'bare: gold', review: {}, expect: { decision: 'deny' } }] }
 */
export function expandRows(value: unknown): ExpandedSuite {
  if (!isRecord(value) || !Array.isArray(value['cases'])) return { value, origins: [] };
  const cases: unknown[] = [];
  const origins: CaseOrigin[] = [];
  for (const [index, entry] of (value['cases'] as unknown[]).entries()) {
    const rows = isRecord(entry) ? entry['rows'] : undefined;
    if (!isRecord(entry) || !Array.isArray(rows) || rows.length === 0 || !rows.every(isRecord)) {
      cases.push(entry);
      origins.push({ index });
      continue;
    }
    const { rows: _, ...shared } = entry;
    const { name: sharedName = '' } = shared;
    for (const [row, own] of rows.entries()) {
      const { name = `row ${row + 1}`, ...rest } = own;
      const merged = merge(shared, rest);
      const isNamed = typeof sharedName === 'string' && typeof name === 'string';
      // What is no name is told of by the schema.
      const whole = isNamed ? `${sharedName}: ${name}` : typeof name === 'string' ? sharedName : name;
      cases.push({ ...merged, name: whole });
      origins.push({ index, row });
    }
  }
  return { value: { ...value, cases }, origins };
}

type Entries = Readonly<Record<string, unknown>>;

function merge(base: Entries, over: Entries): Entries {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = base[key];
    return [key, isRecord(below) && isRecord(value) ? merge(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}

/** Where a part of a case is written, or is to be: in its row where it is one. */
export function pointerInCase(
  { index, row }: CaseOrigin,
  ...path: readonly (string | number)[]
): JsonPointer {
  return row === undefined
    ? pointerOf('cases', index, ...path)
    : pointerOf('cases', index, 'rows', row, ...path);
}
