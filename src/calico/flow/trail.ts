import type { PolicyKind } from '../policy/policy.ts';

/** One decision of a walk: a rule that matched, or the end of a tier that selected the pod but decided nothing. */
export interface TrailStep {
  /** `__PROFILE__` for the profile of a namespace, which comes after all tiers. */
  readonly tier: string;
  readonly kind: PolicyKind | 'Profile';
  readonly namespace?: string;
  readonly name: string;
  /** Index of the rule; `endOfTier` where the tier's default action decided. */
  readonly rule: number;
  readonly verdict: 'allow' | 'deny' | 'pass';
  /** Set where the tier does not exist, so that its end has no action of its own; Felix denies. */
  readonly tierMissing?: true;
}

/** The index that stands for the end of a tier. */
export const endOfTier = -1;

const letters = { allow: 'A', deny: 'D', pass: 'P' } as const;

/** `tier|Kind|namespace/name|rule|verdict`, the way Calico's own flow logs write it. */
export function printStep({ tier, kind, namespace = '', name, rule, verdict }: TrailStep): string {
  return `${tier}|${kind}|${namespace}/${name}|${rule}|${letters[verdict]}`;
}
