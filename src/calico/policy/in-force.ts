import type { Policy } from './policy.ts';

/**
 * Whether a policy decides about pods in a world: one for host endpoints alone never does. Staged ones do where they
 * are judged as if enforced: then `Set` takes the place of the enforced namesake, `Delete` takes it away, and `Learn`
 * and `Ignore` change nothing.
 */
export function isInForce(
  policy: Policy,
  staged: 'ignored' | 'enforced',
  policyAt: (key: string) => Policy | undefined,
): boolean {
  if (policy.hostOnly) return false;
  if (policy.staged) return staged === 'enforced' && policy.stagedAction === 'Set';
  if (staged === 'ignored') return true;
  const rival = policyAt(keyOf({ ...policy, kind: `Staged${policy.kind}` }));
  const isReplaced = rival?.stagedAction === 'Set' || rival?.stagedAction === 'Delete';
  return !isReplaced || rival.tier !== policy.tier;
}

/** The key of the enforced policy whose place a staged one takes; undefined for policies that are not staged. */
export function namesakeKey(policy: Policy): string | undefined {
  return policy.staged ? keyOf({ ...policy, kind: policy.kind.replace('Staged', '') }) : undefined;
}

function keyOf({ kind, namespace = '', name }: { kind: string; namespace?: string; name: string }): string {
  return `${kind}/${namespace}/${name}`;
}
