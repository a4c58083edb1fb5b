import type { Policy } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import type { Tier } from '../state/tier.ts';

/** One decision on the way of connections, or what may be one. */
export interface ConnectionStep {
  readonly tier: Tier | undefined;
  /** The policy whose rule it is; at the end of a tier the first that selects; absent for the profile of a namespace. */
  readonly policy?: Policy;
  /** Absent at the end of a tier, for a profile, and where it is not known whether the policy selects. */
  readonly rule?: PolicyRule;
  readonly verdict: 'allow' | 'deny' | 'pass';
  /** `maybe` where it is not known whether it matches, or for a policy without a rule, whether that selects. */
  readonly matches: 'yes' | 'maybe';
}

/** What has led to a stretch of connections: the same list for all that went the same way. */
export interface Way {
  /** Tells ways apart. */
  readonly number: number;
  readonly step?: ConnectionStep;
  readonly before?: Way;
  /** The way with one step more. */
  readonly onward: (step: ConnectionStep) => Way;
}

/** The way on which nothing has been decided yet. */
export function beginWay(): Way {
  let last = 0;
  const follow = (before: Way | undefined, step: ConnectionStep | undefined): Way => {
    const known = new Map<ConnectionStep, Way>();
    const way: Way = {
      number: last++,
      ...(step ? { step } : {}),
      ...(before ? { before } : {}),
      onward: (next) => {
        const before = known.get(next);
        if (before) return before;
        const made = follow(way, next);
        known.set(next, made);
        return made;
      },
    };
    return way;
  };
  return follow(undefined, undefined);
}

/**
 * The steps of a way, the first first.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const spec = { types: ['Ingress'], ingress: [{ action: 'Allow' }] };
 * const world = createPolicyWorld([{ ...head, metadata: { name: 'in', namespace: 'shop' }, spec }], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'db', namespace: 'shop' } };
 * const [open] = findConnections(world, [{ pod }, { ip: '192.0.2.1' }]).between(1, 0, 'TCP', 4);
 * stepsOf(open.ingress).map(({ verdict }) => verdict); // ['allow']
 */
export function stepsOf(way: Way): readonly ConnectionStep[] {
  const steps: ConnectionStep[] = [];
  for (let at: Way | undefined = way; at; at = at.before) if (at.step) steps.push(at.step);
  return steps.reverse();
}
