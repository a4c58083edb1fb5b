import { type GenericSchema, type InferOutput, safeParse } from 'valibot';
import type { Fault } from './fault.ts';
import { createPathSet } from './path-set.ts';
import { faultsOf } from './issue-in-words.ts';
import { findStrayKeys } from './stray-keys.ts';

export interface CheckedShape<Output> {
  readonly faults: readonly Fault[];
  /** With the defaults filled in; only where there are no faults. */
  readonly output?: Output;
}

/** Checks any value against a schema; all faults are found at once, together with those that another check has found. */
export function checkShape<Schema extends GenericSchema>(
  schema: Schema,
  value: unknown,
  others: readonly Fault[] = [],
): CheckedShape<InferOutput<Schema>> {
  const result = safeParse(schema, value);
  const faults = withoutEchoes([
    ...findStrayKeys(schema, value),
    ...others,
    ...(result.issues ?? []).flatMap((issue) => faultsOf(issue, schema)),
  ]);
  return result.success && faults.length === 0 ? { faults, output: result.output } : { faults };
}

/** Two checks may stumble over the same thing: the first to name a place, or one above it, has said it best. */
function withoutEchoes(faults: readonly Fault[]): Fault[] {
  const told = createPathSet();
  return faults.filter(({ path }) => {
    if (told.hasAround(path)) return false;
    told.add(path);
    return true;
  });
}
