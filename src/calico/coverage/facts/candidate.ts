import type { KnownAccount } from '../../labels/account-labels.ts';
import type { NamespaceLike } from '../../labels/namespace-labels.ts';
import type { Tier } from '../../state/tier.ts';
import type { NetworkSets } from './network-sets.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Selector } from '../../selector/ast.ts';
import { printSelector } from '../../selector/print.ts';
import { type KnownLabels, resolveSelector } from '../../selector/resolve.ts';
import type { PolicyFacts } from './policy-facts.ts';

/** A policy with what is left of its selector once the labels of a pod's namespace are known. */
export interface Candidate {
  readonly policy: Policy;
  readonly facts: PolicyFacts;
  /** A condition on the pod's labels and service account; true where every pod of the namespace is selected. */
  readonly selector: Selector | true;
}

/** Everything that decides about the pods of a namespace. */
export interface NamespaceParts {
  readonly namespace: NamespaceLike;
  readonly tiers: readonly { readonly tier: Tier; readonly candidates: readonly Candidate[] }[];
  readonly accounts: readonly KnownAccount[];
  readonly sets?: NetworkSets;
}

/** The policy as a candidate; undefined where no pod with these labels of its namespace can be selected. */
export function candidateOf(policy: Policy, facts: PolicyFacts, known: KnownLabels): Candidate | undefined {
  const selector = resolveSelector(policy.claims, known);
  return selector === false ? undefined : { policy, facts, selector };
}

/** Equal where two candidates say the same to every pod. */
export function candidateKey({ policy, selector }: Candidate): string {
  const scope = policy.confined ? '' : (policy.namespace ?? '');
  return `${policy.fingerprint}${scope} ${selector === true ? '' : printSelector(selector)}`;
}
