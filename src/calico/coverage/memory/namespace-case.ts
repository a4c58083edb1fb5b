import type { StringMap } from '../../../kubernetes/object.ts';
import type { Policy } from '../../policy/policy.ts';
import { valueAt } from '../../state/layered-map.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import type { Family } from '../coverage.ts';
import {
  classTableOf,
  factsOf,
  numberOf,
  type OwnPolicies,
  resultMemoryOf,
  type SharedMemory,
} from './coverage-memory.ts';
import { classOf, compareCandidates, groupByTier, type NamespaceClass } from './namespace-class.ts';
import type { CaseResults } from './result-memory.ts';
import { type NetworkSets, networkSetsOf } from '../facts/network-sets.ts';
import { asksForSets, factsOfPolicy } from '../facts/policy-facts.ts';
import { namespaceLabels, type NamespaceLike } from '../../labels/namespace-labels.ts';
import type { KnownAccount } from '../../labels/account-labels.ts';
import { type Candidate, candidateOf, type NamespaceParts } from '../facts/candidate.ts';

/** A namespace with everything that decides whether it is covered. */
export interface NamespaceCase {
  readonly namespace: NamespaceLike;
  readonly world: PolicyWorld;
  readonly shared: SharedMemory;
  readonly namespaceClass: NamespaceClass;
  readonly own: OwnPolicies;
  readonly accounts: readonly KnownAccount[];
  readonly sets: NetworkSets | undefined;
  /** With the number of the class: equal for cases that differ in nothing but the name of the namespace. */
  readonly number: number;
}

export function namespaceCase(world: PolicyWorld, namespace: NamespaceLike): NamespaceCase {
  const { shared } = world.memory.coverage;
  const namespaceClass = classOf(classTableOf(world.memory.coverage, world.index.global), namespace);
  const own = ownPolicies(shared, valueAt(world.index.namespaced, namespace.name));
  const asksAccounts = namespaceClass.asksAccounts || own.asksAccounts;
  const accounts = asksAccounts ? accountsOf(valueAt(world.serviceAccounts, namespace.name)) : plainAccounts;
  const parts = asksAccounts ? [accounts] : [];
  // What asks about namespaces by name or label can tell any two of them apart.
  const isNamed =
    own.policies.length > 0 && (own.asksOtherNamespaces || world.traits.tieKey === 'tiered-name');
  const sets = networkSetsOf(world);
  const details = [
    ...parts,
    ...(isNamed ? [namespace.name, namespace.labels] : []),
    ...(sets ? setDetails(shared, sets, namespace, namespaceClass.asksPodEnds || own.asksPodEnds) : []),
  ];
  const number =
    details.length === 0 ? own.number : numberOf(shared, `${own.number} ${JSON.stringify(details)}`);
  return { namespace, world, shared, namespaceClass, own, accounts, sets, number };
}

/** What a result hangs on beside the large sets: those of its own namespace, and all of them for the pod's own end. */
function setDetails(
  shared: SharedMemory,
  sets: NetworkSets,
  { name }: NamespaceLike,
  asksPodEnds: boolean,
): readonly (string | number)[] {
  return [
    ...(sets.inNamespace(name).length > 0 ? [name] : []),
    ...(asksPodEnds ? [numberOf(shared, sets.key())] : []),
  ];
}

/** What the model of a namespace is made of. */
export function partsOf(judged: NamespaceCase, doubts: 'unknown' | 'left-out'): NamespaceParts {
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
  if (!asksForSets(policy, facts, sets)) return candidate;
  const among = sets.facts.get(facts) ?? factsOfPolicy(policy, sets);
  sets.facts.set(facts, among);
  return { ...candidate, facts: among };
}

/** The tiers in the order of the walk, each with the policies that can select a pod of the namespace. */
export function candidateTiers(judged: NamespaceCase): NamespaceParts['tiers'] {
  const { world, namespaceClass } = judged;
  const ownByTier = ownCandidates(judged);
  return world.tiers.flatMap((tier) => {
    const there = ownByTier.get(tier.name) ?? [];
    const global = namespaceClass.tiers.get(tier.name) ?? [];
    if (there.length === 0 && global.length === 0) return [];
    const all = there.length === 0 ? global : [...global, ...there].sort(compareCandidates);
    return [{ tier, candidates: all }];
  });
}

function ownCandidates({ namespace, shared, own }: NamespaceCase): ReadonlyMap<string, readonly Candidate[]> {
  if (own.candidates) return own.candidates;
  const candidates = own.policies.flatMap((policy) => {
    const facts = factsOf(shared, policy);
    const known = namespaceLabels(
      namespace,
      facts.namespaceAtoms.map(({ key }) => key),
    );
    return candidateOf(policy, facts, known) ?? [];
  });
  const byTier = groupByTier(candidates);
  if (!own.asksOtherNamespaces) own.candidates = byTier;
  return byTier;
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

const noPolicies: OwnPolicies = {
  policies: [],
  number: -1,
  asksAccounts: false,
  asksPodEnds: false,
  asksOtherNamespaces: false,
  candidates: new Map(),
};

function ownPolicies(shared: SharedMemory, policies: readonly Policy[] | undefined): OwnPolicies {
  if (!policies) return noPolicies;
  const known = shared.own.get(policies);
  if (known) return known;
  const facts = policies.map((policy) => factsOf(shared, policy));
  const found: OwnPolicies = {
    policies,
    number: numberOf(shared, policies.map(({ fingerprint }) => fingerprint).join()),
    asksAccounts: facts.some(({ asksAccounts }) => asksAccounts),
    asksPodEnds: facts.some(({ podSelectors }) => podSelectors.length > 0),
    asksOtherNamespaces: facts.some(({ asksOtherNamespaces }) => asksOtherNamespaces),
  };
  shared.own.set(policies, found);
  return found;
}

/** What is remembered of a case in answer to a question about some families. */
export function resultsOf(
  { world, shared, namespaceClass, number, sets }: NamespaceCase,
  families: readonly Family[],
  doubts: 'unknown' | 'left-out',
): CaseResults {
  const { memory, tiers } = world;
  const asked = `${families.join()} ${doubts}`;
  const known = memory.results?.get(asked);
  const results = known ?? resultMemoryOf(shared, `${JSON.stringify(tiers)} ${sets?.large ?? ''}`, asked);
  if (!known) memory.results = new Map([...(memory.results ?? []), [asked, results]]);
  return results.resultsOf(namespaceClass.number, number);
}
