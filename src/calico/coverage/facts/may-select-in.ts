import { namespaceLabels, type NamespaceLike } from '../../labels/namespace-labels.ts';
import type { Policy } from '../../policy/policy.ts';
import { resolveSelector } from '../../selector/resolve.ts';
import { factsOf } from '../facts/policy-facts.ts';

/**
 * Creates the test whether some pod of a namespace could be one that a policy claims to select, whether or not it is
 * in force: coverage of the others is the same with the policy and without it.
 * @param policy of any world
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', metadata: { name: 'g' } };
 * const spec = { namespaceSelector: "env == 'prod'" };
 * const world = createPolicyWorld([{ ...head, spec }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, name: 'g' });
 * maySelectIn(policy)({ name: 'shop', labels: { env: 'prod' } }); // true
 * maySelectIn(policy)({ name: 'shop', labels: {} }); // false
 */
export function maySelectIn(policy: Policy): (namespace: NamespaceLike) => boolean {
  const keys = [...new Set(factsOf(policy).namespaceAtoms.map(({ key }) => key))];
  return (namespace) => resolveSelector(policy.claims, namespaceLabels(namespace, keys)) !== false;
}
