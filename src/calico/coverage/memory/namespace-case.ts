import type { StringMap } from '../../../kubernetes/object.ts';
import type { KnownAccount } from '../../labels/account-labels.ts';
import type { NamespaceLike } from '../../labels/namespace-labels.ts';
import { valueAt } from '../../state/layered-map.ts';
import { noteOf } from '../../state/notes.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import type { CoverageOptions } from '../coverage.ts';
import { type Candidate, compareCandidates, type NamespaceParts } from '../facts/candidate.ts';
import { type NetworkSets, networkSetsOf } from '../facts/network-sets.ts';
import { asksForSets, factsAmong } from '../facts/policy-facts.ts';
import { classOf, classTable } from './class-table.ts';
import { asksAccounts, type CoverageInputs } from './coverage-key.ts';
import { noPolicies, ownCandidates, ownPolicies } from './own-policies.ts';

/** A namespace with everything that decides whether it is covered: the inputs of a verdict but for the question. */
export type NamespaceCase = Omit<CoverageInputs, 'families' | 'doubts'>;

export function namespaceCase(world: PolicyWorld, namespace: NamespaceLike): NamespaceCase {
  const namespaceClass = classOf(noteOf(world, classTable), namespace);
  const policies = valueAt(world.index.namespaced, namespace.name);
  const own = policies ? ownPolicies(policies) : noPolicies;
  return {
    namespace,
    namespaceClass,
    own,
    accounts: asksAccounts({ namespaceClass, own })
      ? accountsOf(valueAt(world.serviceAccounts, namespace.name))
      : plainAccounts,
    sets: networkSetsOf(world),
    tiers: world.tiers,
    traits: world.traits,
  };
}

/** Every namespace has this account, whether it is known or not. */
const plainAccounts: readonly KnownAccount[] = [{ name: 'default', labels: {} }];

function accountsOf(accounts: ReadonlyMap<string, StringMap> | undefined): readonly KnownAccount[] {
  const others = [...(accounts ?? [])].filter(([name]) => name !== 'default').sort(byName);
  return [
    { name: 'default', labels: accounts?.get('default') ?? {} },
    ...others.map(([name, labels]) => ({ name, labels })),
  ];
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** What the walk of a case is made of. */
export function partsOf(
  judged: NamespaceCase,
  doubts: NonNullable<CoverageOptions['doubts']>,
): NamespaceParts {
  const { namespace, accounts, sets } = judged;
  const tiers = doubts === 'unknown' ? candidateTiers(judged) : visibleTiers(candidateTiers(judged));
  if (!sets) return { namespace, accounts, tiers };
  return {
    namespace,
    accounts,
    sets,
    tiers: tiers.map(({ tier, candidates }) => ({
      tier,
      candidates: candidates.map((candidate) => candidateAmong(candidate, sets)),
    })),
  };
}

/** The tiers in the order of the walk, each with the policies that can select a pod of the namespace. */
export function candidateTiers({
  tiers,
  namespace,
  namespaceClass,
  own,
}: NamespaceCase): NamespaceParts['tiers'] {
  const ownByTier = ownCandidates(own, namespace);
  return tiers.flatMap((tier) => {
    const there = ownByTier.get(tier.name) ?? [];
    const global = namespaceClass.tiers.get(tier.name) ?? [];
    if (there.length === 0 && global.length === 0) return [];
    const all = there.length === 0 ? global : [...global, ...there].sort(compareCandidates);
    return [{ tier, candidates: all }];
  });
}

/** As Calico walks: without the policies that it drops, and with tiers that are missing or invalid as they stand. */
function visibleTiers(tiers: NamespaceParts['tiers']): NamespaceParts['tiers'] {
  return tiers.flatMap(({ tier, candidates }) => {
    const visible = candidates.filter(({ policy }) => policy.problems.length === 0 && policy.selector);
    return visible.length === 0
      ? []
      : [{ tier: { ...tier, exists: true, problems: [] }, candidates: visible }];
  });
}

/** The candidate with what it says of addresses that lie in network sets. */
function candidateAmong(candidate: Candidate, sets: NetworkSets): Candidate {
  const { facts, policy } = candidate;
  return asksForSets(policy, facts, sets) ? { ...candidate, facts: factsAmong(sets, policy) } : candidate;
}
