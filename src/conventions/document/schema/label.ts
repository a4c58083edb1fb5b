import * as v from 'valibot';
import { labelKey, labelValue, limits, nothing } from './field-types.ts';

const plainSource = {
  podLabel: v.exactOptional(
    v.pipe(labelKey, v.description('The value of another label of the pod template.')),
  ),
  namespaceLabel: v.exactOptional(v.pipe(labelKey, v.description('The value of a label of the namespace.'))),
  workloadName: v.exactOptional(v.pipe(nothing, v.description('The name of the workload.'))),
  namespaceName: v.exactOptional(v.pipe(nothing, v.description('The name of the namespace.'))),
  serviceAccount: v.exactOptional(v.pipe(nothing, v.description('The name of the service account.'))),
  literal: v.exactOptional(v.pipe(labelValue, v.description('This value.'))),
};

const oneSource = 'exactly one source';

const labelSource = v.pipe(
  v.strictObject({
    ...plainSource,
    firstOf: v.exactOptional(
      v.pipe(
        v.array(v.pipe(v.strictObject(plainSource), v.minEntries(1, oneSource), v.maxEntries(1, oneSource))),
        v.minLength(1),
        v.maxLength(16),
        v.description('The first of these sources that has a value.'),
      ),
    ),
  }),
  v.minEntries(1, oneSource),
  v.maxEntries(1, oneSource),
);

/** One label that pod templates get, must have or must not have. */
export const label = v.strictObject({
  key: labelKey,
  value: v.exactOptional(
    v.pipe(labelSource, v.description('Where the value comes from when the label is added.')),
  ),
  required: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether a workload without a value is refused.')),
    false,
  ),
  allowed: v.exactOptional(
    v.pipe(
      v.array(labelValue),
      v.minLength(1),
      v.maxLength(limits.list),
      v.description('The values that the label may have.'),
    ),
  ),
  pattern: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(limits.pattern),
      v.description('A regular expression (RE2) that the whole value must match.'),
    ),
  ),
  forbidden: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether a workload that has the label is refused. Cover rests on that only with `defaultDeny.trustForbiddenLabels`.',
      ),
    ),
  ),
});
