import { isLabelValue, isQualifiedName } from '../../../kubernetes/label-syntax.ts';
import { isRecord } from '../../../kubernetes/object.ts';
import { list as listOf } from '../../../kubernetes/read.ts';
import { labels } from '../names.ts';
import { type Check, shown, wrongType } from '../report.ts';
import { all, fields, list, oneOf, text } from '../schema.ts';

const requirementFields = (operator: Check) =>
  fields(
    'a requirement of a label selector',
    { key: text(), operator, values: list(text()) },
    {
      strict: true,
      required: { key: 'the name of a label', operator: 'In, NotIn, Exists or DoesNotExist' },
    },
  );

/**
 * A label selector as the API server of Kubernetes takes it in its own kinds.
 * Source: Kubernetes apimachinery pkg/apis/meta/v1/validation/validation.go, ValidateLabelSelector and
 * ValidateLabelSelectorRequirement.
 */
export const labelSelector: Check = fields(
  'a label selector',
  {
    matchLabels: labels,
    matchExpressions: list(
      all(requirementFields(oneOf('In', 'NotIn', 'Exists', 'DoesNotExist')), requirement),
    ),
  },
  { strict: true },
);

/** A label selector in a custom resource: the schema asks for the types of its fields and nothing else. */
export const typedLabelSelector: Check = fields(
  'a label selector',
  { matchLabels: textByName, matchExpressions: list(requirementFields(text())) },
  { strict: true },
);

function textByName(...[value, pointer, report]: Parameters<Check>): void {
  if (isRecord(value)) {
    const names = Object.fromEntries(Object.keys(value).map((name) => [name, text()]));
    fields('matchLabels', names)(value, pointer, report);
  } else report(wrongType(value, pointer, 'an object'));
}

function requirement(...[value, pointer, report]: Parameters<Check>): void {
  if (!isRecord(value)) return;
  const { key, operator } = value;
  const values = listOf(value.values);
  if (typeof key === 'string' && !isQualifiedName(key)) {
    const message = `${shown(key)} cannot be the name of a label`;
    report({ pointer: `${pointer}/key`, code: 'label-invalid', message, expected: 'the name of a label' });
  }
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
    const message = `operator ${operator} has no values`;
    report({ pointer, code: 'values-missing', message, expected: 'values: [at least one value]' });
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    const message = `operator ${operator} has values`;
    report({ pointer: `${pointer}/values`, code: 'values-forbidden', message, expected: 'no values' });
  }
  for (const [index, item] of values.entries()) {
    if (typeof item !== 'string' || isLabelValue(item)) continue;
    const message = `${shown(item)} cannot be the value of a label`;
    report({
      pointer: `${pointer}/values/${index}`,
      code: 'label-invalid',
      message,
      expected: 'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    });
  }
}
