import { readLabelSelector } from '../kubernetes/label-selector.ts';
import type { Fault, Path } from './fault.ts';
import { compileNameGlobs } from './name-glob.ts';
import type { ConventionPolicyDocument } from './schema/convention-policy.ts';
import { jointlySelected } from './selector-overlap.ts';

type Selector = ConventionPolicyDocument['spec']['namespaces']['selector'];

/** What is wrong with a label selector whose shape is right: operators without their values, or nothing to select. */
export function checkSelector(selector: Selector, path: Path, exclude: readonly string[] = []): Fault[] {
  const faults = (selector.matchExpressions ?? []).flatMap(({ operator, values = [] }, index): Fault[] => {
    const wanted = operator === 'In' || operator === 'NotIn';
    if (wanted === values.length > 0) return [];
    const message = wanted
      ? `${operator} needs at least one value in "values"`
      : `${operator} takes no "values"; leave them out`;
    return [{ path: [...path, 'matchExpressions', index, 'values'], message }];
  });
  if (faults.length > 0) return faults;
  const excluded = compileNameGlobs(exclude);
  const requirements = readLabelSelector(selector) ?? [];
  if (jointlySelected([requirements], (name) => !excluded(name))) return [];
  return jointlySelected([requirements], () => true)
    ? [{ path, message: 'it selects no namespace: every name that it could select is excluded' }]
    : [{ path, message: 'it selects no namespace: no labels can meet all of its requirements' }];
}
