import { type GenericSchema, type InferOutput, safeParse } from 'valibot';
import { type Fault, isWithin } from './fault.ts';
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
  const kept: Fault[] = [];
  for (const fault of faults) {
    if (!kept.some(({ path }) => isWithin(fault.path, path) && path.length > 0)) kept.push(fault);
  }
  return kept;
}
