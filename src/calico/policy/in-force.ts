import type { Policy } from './policy.ts';

/**
 * Applies staged policies to their enforced namesakes: `Set` takes a namesake's place, `Delete` takes it away,
 * `Learn` and `Ignore` change nothing. Without staged policies the list is returned as it is.
 */
export function applyStaged(policies: readonly Policy[]): readonly Policy[] {
  if (!policies.some((policy) => policy.staged)) return policies;
  const replaced = new Set(
    policies.filter((policy) => policy.staged && isEffective(policy)).map((policy) => nameOf(policy)),
  );
  return policies.filter((policy) =>
    policy.staged ? policy.stagedAction === 'Set' : !replaced.has(nameOf(policy)),
  );
}

function isEffective({ stagedAction }: Policy): boolean {
  return stagedAction === 'Set' || stagedAction === 'Delete';
}

function nameOf({ kind, tier, namespace = '', name }: Policy): string {
  return [kind.replace('Staged', ''), tier, namespace, name].join('/');
}
