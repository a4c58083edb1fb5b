import type { KnownAccount } from '../../labels/account-labels.ts';
import type { NamespaceLike } from '../../labels/namespace-labels.ts';
import { comparePolicies, type Policy } from '../../policy/policy.ts';
import type { Selector } from '../../selector/ast.ts';
import { printSelector } from '../../selector/print.ts';
import { type KnownLabels, resolveSelector } from '../../selector/resolve.ts';
import type { Tier } from '../../state/tier.ts';
import type { NetworkSets } from './network-sets.ts';
import type { PolicyFacts } from './policy-facts.ts';

/** A policy with what is left of its selectors once the labels of a pod's namespace are known. */
export interface Candidate {
  readonly policy: Policy;
  readonly facts: PolicyFacts;
  /** A condition on the pod's labels and service account; true where every pod of the namespace is selected. */
  readonly selector: Selector | true;
  /** What is left of the conditions that its rules put on the pod itself, by the condition. */
  readonly podEnds: ReadonlyMap<Selector, Selector | boolean>;
}

/** Everything that decides about the pods of a namespace. */
export interface NamespaceParts {
  readonly namespace: NamespaceLike;
  /** In the order of the walk, each with the policies that can select a pod of the namespace. */
  readonly tiers: readonly { readonly tier: Tier; readonly candidates: readonly Candidate[] }[];
  readonly accounts: readonly KnownAccount[];
  readonly sets?: NetworkSets;
}

/** The policy as a candidate; undefined where no pod with these labels of its namespace can be selected. */
export function candidateOf(policy: Policy, facts: PolicyFacts, known: KnownLabels): Candidate | undefined {
  const selector = resolveSelector(policy.claims, known);
  if (selector === false) return undefined;
  const { podSelectors } = facts;
  const podEnds =
    podSelectors.length === 0
      ? nothingAsked
      : new Map(podSelectors.map((one) => [one, resolveSelector(one, known)]));
  return { policy, facts, selector, podEnds };
}

const nothingAsked: Candidate['podEnds'] = new Map();

/** Equal where two candidates say the same to every pod. */
export function candidateKey({ policy, selector, podEnds }: Candidate): string {
  const scope = policy.confined ? '' : (policy.namespace ?? '');
  const parts = [selector, ...podEnds.values()].map((left) =>
    typeof left === 'boolean' ? String(left) : printSelector(left),
  );
  return JSON.stringify([policy.fingerprint, scope, ...parts]);
}

export function groupByTier(candidates: readonly Candidate[]): Map<string, Candidate[]> {
  const tiers = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { tier } = candidate.policy;
    const there = tiers.get(tier);
    if (there) there.push(candidate);
    else tiers.set(tier, [candidate]);
  }
  return tiers;
}

/** Orders the candidates of one tier as Calico walks them. */
export function compareCandidates(left: Candidate, right: Candidate): number {
  return comparePolicies(left.policy, right.policy);
}
