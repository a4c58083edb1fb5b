import { isFragmentKind, validateFragment } from '../../src/calico/validation/fragment.ts';
import { validatePolicy } from '../../src/calico/validation/validate.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

interface ValidationCase {
  readonly kind: string;
  readonly valid: boolean;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Whether Calico accepts an object, or a fragment of one; the cases leave apiVersion and kind out. */
export function check({ kind, valid, object }: ValidationCase): string | undefined {
  const problems = isFragmentKind(kind)
    ? validateFragment(kind, object)
    : validatePolicy({ apiVersion: 'projectcalico.org/v3', kind, ...object } as unknown as KubernetesObject);
  if (valid === (problems.length === 0)) return undefined;
  const found = problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
  return valid ? `expected no problem, found ${found}` : 'expected a problem, found none';
}
