import { type LabelRequirement, selectsLabels } from '../../kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import { systemNamespaces } from './compile-convention.ts';
import type { Convention } from './convention.ts';
import { compileNameGlobs } from '../document/name-glob.ts';

/** Whether a convention selects a namespace and why, as the end of a sentence that begins with "it". */
export interface SelectionReason {
  readonly selected: boolean;
  readonly reason: string;
}

/** Says why a convention selects a namespace or does not; the same answer as its `selects`, in words. */
export function selectionReason(
  { namespaces }: Convention,
  { name, labels }: NamespaceIdentity,
): SelectionReason {
  if (systemNamespaces.some((system) => system === name)) {
    return { selected: false, reason: `never governs "${name}", without which nothing could be repaired` };
  }
  const glob = namespaces.exclude.find((excluded) => compileNameGlobs([excluded])(name));
  if (glob !== undefined) {
    return { selected: false, reason: `excludes ${glob === name ? `"${name}"` : `the names "${glob}"`}` };
  }
  const known: StringMap = { ...labels, [nameLabel]: name };
  const unmet = namespaces.selector.find((requirement) => !selectsLabels([requirement], known));
  if (unmet) {
    const value = Object.hasOwn(known, unmet.key) ? known[unmet.key] : undefined;
    const found = value === undefined ? 'there is no such label' : `it is "${value}"`;
    return { selected: false, reason: `wants ${requirementInWords(unmet)}, and ${found}` };
  }
  const wanted = namespaces.selector.map(requirementInWords).join(' and ');
  return { selected: true, reason: wanted === '' ? 'selects every namespace' : `selects ${wanted}` };
}

/** `team=a`, `team in (a, b)`, `team`, `!team`, `team notin (a, b)`: as kubectl writes selectors. */
function requirementInWords({ key, operator, values }: LabelRequirement): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  if (operator === 'In' && values.length === 1) return `${key}=${values[0] ?? ''}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(', ')})`;
}
