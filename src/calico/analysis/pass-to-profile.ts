import { type Direction, directions, type Policy, rulesOf } from '../policy/policy.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { hostEndpointsSelectedBy } from './host-endpoints.ts';
import { createImplications, type Implications } from './implication.ts';
import { isInForce, knownLabelsFor, policiesBeside } from './neighbours.ts';

/** A rule that passes connections on to where nothing but the namespace's profile is left, which allows. */
export interface PassToProfile {
  readonly direction: Direction;
  /** The index in the object's own list. */
  readonly rule: number;
}

/**
 * Finds Pass rules of the default tier, or of one behind it, after which no tier has a policy for any of the same
 * pods. Before the default tier a Pass is an invitation to policies that may be still to come.
 * Source: Calico felix/rules/endpoints.go; libcalico-go/lib/backend/k8s/conversion/conversion.go, the profile.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param policy one of the world's, as `findPolicy` returns it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { types: ['Ingress'], ingress: [{ action: 'Pass' }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, ...metadata });
 * findPassToProfile(world, policy); // [{ direction: 'Ingress', rule: 0 }]
 */
export function findPassToProfile(world: PolicyWorld, policy: Policy): readonly PassToProfile[] {
  const names = world.tiers.map(({ name }) => name);
  const own = names.indexOf(policy.tier);
  if (own < names.indexOf('default') || !isInForce(world, policy)) return [];
  // A host endpoint has the profiles that it names, or none, which denies.
  if (hostEndpointsSelectedBy(world, policy).length > 0) return [];
  const implications = createImplications();
  return directions.flatMap((direction) => {
    const passing = rulesOf(policy, direction).filter(({ action }) => action === 'Pass');
    if (passing.length === 0 || isFollowed(world, policy, direction, names.slice(own + 1), implications))
      return [];
    return [...new Set(passing.map(({ index }) => index))].map((rule) => ({ direction, rule }));
  });
}

function isFollowed(
  world: PolicyWorld,
  policy: Policy,
  direction: Direction,
  tiers: readonly string[],
  { overlap }: Implications,
): boolean {
  for (const tier of tiers) {
    for (const { selector } of policiesBeside(world, policy, tier, direction)) {
      if (!selector || !policy.selector) continue;
      const known = knownLabelsFor(world, policy, policy.selector, selector);
      if (overlap(policy.selector, selector, known)) return true;
    }
  }
  return false;
}
