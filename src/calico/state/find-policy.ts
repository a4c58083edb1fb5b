import type { ObjectReference } from '../../kubernetes/object.ts';
import { policyKeyOf } from '../policy/normalize-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { valueAt } from './layered-map.ts';
import type { PolicyWorld } from './policy-world.ts';

/**
 * The policy that an object is in a world; undefined for objects that Calico does not read as policies.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * findPolicy(world, { ...head, ...metadata }).tier; // 'default'
 */
export function findPolicy(world: PolicyWorld, reference: ObjectReference): Policy | undefined {
  const key = policyKeyOf(reference, { mode: world.options.mode, traits: world.traits });
  return key === undefined ? undefined : valueAt(world.index.byKey, key);
}

/**
 * The policy that decides in a step of a walk, as the world knows it.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * findDecider(world, { kind: 'NetworkPolicy', namespace: 'shop', name: 'deny' }).tier; // 'default'
 */
export function findDecider(
  world: PolicyWorld,
  step: { readonly kind: Policy['kind'] | 'Profile'; readonly namespace?: string; readonly name: string },
): Policy | undefined {
  return valueAt(world.index.byKey, `${step.kind}/${step.namespace ?? ''}/${step.name}`);
}
