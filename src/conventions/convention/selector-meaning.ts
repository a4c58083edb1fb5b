import { readLabelSelector } from '../../kubernetes/label-selector.ts';
import type { Fault, Path } from '../document/fault.ts';
import { compileNameGlobs } from '../document/name-glob.ts';
import type { ConventionPolicyDocument } from '../document/schema/convention-policy.ts';
import { jointlySelected } from './selector-overlap.ts';

type Selector = ConventionPolicyDocument['spec']['namespaces']['selector'];

/** What is wrong with a selector of namespaces whose shape is right: its operators, or that nothing can be selected. */
export function checkSelector(selector: Selector, path: Path, exclude: readonly string[] = []): Fault[] {
  const faults = checkOperators(selector, path);
  if (faults.length > 0) return faults;
  const excluded = compileNameGlobs(exclude);
  const requirements = readLabelSelector(selector) ?? [];
  if (jointlySelected([requirements], (name) => !excluded(name))) return [];
  return jointlySelected([requirements], () => true)
    ? [{ path, message: 'it selects no namespace: every name that it could select is excluded' }]
    : [{ path, message: 'it selects no namespace: no labels can meet all of its requirements' }];
}

/** The operators of a label selector that lack their values, or have some that they do not take. */
export function checkOperators({ matchExpressions = [] }: Selector, path: Path): Fault[] {
  return matchExpressions.flatMap(({ operator, values = [] }, index): Fault[] => {
    const wanted = operator === 'In' || operator === 'NotIn';
    if (wanted === values.length > 0) return [];
    const message = wanted
      ? `${operator} needs at least one value in "values"`
      : `${operator} takes no "values"; leave them out`;
    return [{ path: [...path, 'matchExpressions', index, 'values'], message }];
  });
}
