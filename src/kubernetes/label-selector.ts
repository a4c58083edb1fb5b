import { isRecord, stringMap, type StringMap } from './object.ts';
import { texts } from './read.ts';

/** One requirement of a label selector; `values` is empty for Exists and DoesNotExist. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A Kubernetes label selector as the list of requirements that must all hold; an empty list selects everything. */
export type LabelSelector = readonly LabelRequirement[];

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/**
 * Reads `{matchLabels, matchExpressions}`; undefined where the value is no valid selector.
 * Source: Kubernetes apimachinery meta/v1 LabelSelectorAsSelector.
 */
export function readLabelSelector(value: unknown): LabelSelector | undefined {
  if (!isRecord(value)) return undefined;
  const requirements: LabelRequirement[] = [];
  if (value.matchLabels !== undefined && value.matchLabels !== null && !isRecord(value.matchLabels))
    return undefined;
  for (const [key, label] of Object.entries(stringMap(value.matchLabels))) {
    requirements.push({ key, operator: 'In', values: [label] });
  }
  const expressions = value.matchExpressions ?? [];
  if (!Array.isArray(expressions)) return undefined;
  for (const expression of expressions) {
    const requirement = readRequirement(expression);
    if (!requirement) return undefined;
    requirements.push(requirement);
  }
  return requirements;
}

function readRequirement(value: unknown): LabelRequirement | undefined {
  if (!isRecord(value) || typeof value.key !== 'string') return undefined;
  const operator = operators.find((candidate) => candidate === value.operator);
  if (!operator) return undefined;
  const values = texts(value.values);
  const wantsValues = operator === 'In' || operator === 'NotIn';
  return wantsValues === values.length > 0 ? { key: value.key, operator, values } : undefined;
}

/** Whether a selector selects an object with these labels; NotIn and DoesNotExist hold for an absent label. */
export function selectsLabels(selector: LabelSelector, labels: StringMap): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    return operator === 'In'
      ? value !== undefined && values.includes(value)
      : value === undefined || !values.includes(value);
  });
}
