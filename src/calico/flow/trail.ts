import type { Policy, PolicyKind } from '../policy/policy.ts';
import type { Tier } from '../state/tier.ts';

/** One decision of a walk: a rule that matched, or the end of a tier that selected the pod but decided nothing. */
export interface TrailStep {
  /** `__PROFILE__` for the profile of a namespace, which comes after all tiers. */
  readonly tier: string;
  readonly kind: PolicyKind | 'Profile';
  readonly namespace?: string;
  readonly name: string;
  /** Index of the rule; `endOfTier` where the tier's default action decided. */
  readonly rule: number;
  /** The index in the object's own list, where that is another one: conversion can make several rules of one. */
  readonly written?: number;
  readonly verdict: 'allow' | 'deny' | 'pass';
  /** Set where the tier does not exist, so that its end has no action of its own; Felix denies. */
  readonly tierMissing?: true;
}

/** The index that stands for the end of a tier. */
export const endOfTier = -1;

const letters = { allow: 'A', deny: 'D', pass: 'P' } as const;

/**
 * `tier|Kind|namespace/name|rule|verdict`, the way Calico's own flow logs write it.
 * @example
 * const step = { tier: 'default', kind: 'NetworkPolicy', namespace: 'shop', name: 'deny', rule: endOfTier, verdict: 'deny' };
 * printStep(step); // 'default|NetworkPolicy|shop/deny|-1|D'
 */
export function printStep({ tier, kind, namespace = '', name, rule, verdict }: TrailStep): string {
  return `${tier}|${kind}|${namespace}/${name}|${rule}|${letters[verdict]}`;
}

/** The step in which a rule of a policy decides, or the end of its tier for the first policy that selects the pod. */
export function stepOfPolicy(
  tier: Tier,
  { kind, namespace, name }: Policy,
  rule: number,
  verdict: TrailStep['verdict'],
  written = rule,
): TrailStep {
  return {
    tier: tier.name,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    rule,
    verdict,
    ...(written === rule ? {} : { written }),
    ...(tier.exists || rule !== endOfTier ? {} : { tierMissing: true as const }),
  };
}

/** The step after all tiers: the profile of the pod's namespace allows. */
export function profileStep(namespace: string): TrailStep {
  return { tier: '__PROFILE__', kind: 'Profile', name: `kns.${namespace}`, rule: 0, verdict: 'allow' };
}
