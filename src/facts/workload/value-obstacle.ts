import type { LabelConvention } from '../../conventions/convention/convention.ts';
import { isLabelValue } from '../../kubernetes/label-syntax.ts';

/** Why a label may not have a value, as the predicate of a sentence; undefined where it may. */
export function valueObstacle({ allowed, pattern }: LabelConvention, value: string): string | undefined {
  if (!isLabelValue(value))
    return `is "${value}", which is no label value (63 characters of A-Z a-z 0-9 - _ .)`;
  if (allowed && !allowed.includes(value)) return `is "${value}", which is none of ${allowed.join(', ')}`;
  if (pattern && !pattern.test(value)) return `is "${value}", which does not match ${pattern.source}`;
  return undefined;
}
