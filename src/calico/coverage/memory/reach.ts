import type { Policy } from '../../policy/policy.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import { candidateOf } from '../facts/candidate.ts';
import { factsOf } from './coverage-memory.ts';
import { namespaceLabels, type NamespaceLike } from '../../labels/namespace-labels.ts';

/**
 * Creates the test whether some pod of a namespace could be one that a policy claims to select, whether or not it is
 * in force: coverage of the others is the same with the policy and without it.
 */
export function reachOf(world: PolicyWorld, policy: Policy): (namespace: NamespaceLike) => boolean {
  const facts = factsOf(world.memory.coverage.shared, policy);
  const keys = [...new Set(facts.namespaceAtoms.map(({ key }) => key))];
  return (namespace) => candidateOf(policy, facts, namespaceLabels(namespace, keys)) !== undefined;
}
