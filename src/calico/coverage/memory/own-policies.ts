import { rememberByOwner } from '../../../memo/by-owner.ts';
import { namespaceLabels, type NamespaceLike } from '../../labels/namespace-labels.ts';
import type { Policy } from '../../policy/policy.ts';
import { type Candidate, candidateOf, groupByTier } from '../facts/candidate.ts';
import { factsOf } from '../facts/policy-facts.ts';
import { signatureIn } from '../facts/signature.ts';

/** The policies of one namespace. */
export interface OwnPolicies {
  readonly policies: readonly Policy[];
  /** Equal for namespaces whose policies differ in nothing but their namespace; empty where there are none. */
  readonly signature: string;
  readonly asksAccounts: boolean;
  /** Whether some rule asks for labels at the pod's own end. */
  readonly asksPodEnds: boolean;
  readonly asksOtherNamespaces: boolean;
}

/** What is to be known of a namespace's policies. Their list stays the same object for as long as they do: never stale. */
export const ownPolicies = rememberByOwner(
  { name: 'policies of a namespace' },
  (policies: readonly Policy[]): OwnPolicies => {
    const facts = policies.map(factsOf);
    return {
      policies,
      signature: signatureIn(policies.map(({ fingerprint }) => fingerprint)),
      asksAccounts: facts.some(({ asksAccounts }) => asksAccounts),
      asksPodEnds: facts.some(({ podSelectors }) => podSelectors.length > 0),
      asksOtherNamespaces: facts.some(({ asksOtherNamespaces }) => asksOtherNamespaces),
    };
  },
);

export const noPolicies: OwnPolicies = {
  policies: [],
  signature: '',
  asksAccounts: false,
  asksPodEnds: false,
  asksOtherNamespaces: false,
};

type CandidatesByTier = ReadonlyMap<string, readonly Candidate[]>;

/** A namespace's own policies by tier, with what is left of their selectors in the namespace. */
export function ownCandidates(own: OwnPolicies, namespace: NamespaceLike): CandidatesByTier {
  const isPlain = !own.asksOtherNamespaces && (namespace.absent ?? []).length === 0;
  return isPlain ? plainCandidates(own) : candidatesIn(own, namespace);
}

/** Where no policy asks for more of a namespace than that it is its own, the labels of that do not matter: never stale. */
const plainCandidates = rememberByOwner(
  { name: 'candidates of a namespace' },
  (own: OwnPolicies): CandidatesByTier => {
    const { namespace: name = '' } = own.policies[0] ?? {};
    return candidatesIn(own, { name, labels: {} });
  },
);

function candidatesIn({ policies }: OwnPolicies, namespace: NamespaceLike): CandidatesByTier {
  const candidates = policies.flatMap((policy) => {
    const facts = factsOf(policy);
    const known = namespaceLabels(
      namespace,
      facts.namespaceAtoms.map(({ key }) => key),
    );
    return candidateOf(policy, facts, known) ?? [];
  });
  return groupByTier(candidates);
}
