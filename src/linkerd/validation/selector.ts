import { isRecord, text } from '../../kubernetes/read.ts';
import { eachRecord } from './field-problems.ts';
import { bySchema, type ObjectProblem } from './object-problem.ts';

/**
 * What the schema refuses of a label selector. It takes an In without values, which Linkerd then reads as a selector
 * that selects nothing.
 * Source: charts/linkerd-crds policy/server.yaml, podSelector.
 */
export function selectorProblems(value: unknown, pointer: string): ObjectProblem[] {
  if (value === undefined || value === null) return [];
  if (!isRecord(value))
    return [bySchema(pointer, 'this is not a label selector', 'matchLabels or matchExpressions')];
  return eachRecord(value.matchExpressions, `${pointer}/matchExpressions`, ({ key, operator }, at) => [
    ...(typeof key === 'string' ? [] : [bySchema(at, 'the requirement has no key', 'the key of a label')]),
    ...(operators.includes(text(operator))
      ? []
      : [bySchema(at, 'the requirement has no valid operator', operators.join(', '))]),
  ]);
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
