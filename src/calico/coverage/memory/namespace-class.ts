import { type Candidate, candidateKey, compareCandidates } from '../facts/candidate.ts';
import { signatureIn } from '../facts/signature.ts';

/** Namespaces to which the policies of the whole cluster say the same. */
export interface NamespaceClass {
  /** The policies that can select a pod there, by tier, in the order of the walk. */
  readonly tiers: ReadonlyMap<string, readonly Candidate[]>;
  /** Equal for classes, of this world or another, in which the same policies say the same. */
  readonly signature: string;
  readonly asksAccounts: boolean;
  /** Whether some rule asks for labels at the pod's own end. */
  readonly asksPodEnds: boolean;
}

/** The class in which some candidates are all that the policies of the whole cluster say. */
export function classOfTiers(tiers: NamespaceClass['tiers']): NamespaceClass {
  const names = [...tiers.keys()].sort();
  const candidates = names.flatMap((name) => tiers.get(name) ?? []);
  return {
    tiers,
    signature: signatureIn(candidates.map(candidateKey)),
    asksAccounts: candidates.some(({ facts }) => facts.asksAccounts),
    asksPodEnds: candidates.some(({ facts }) => facts.podSelectors.length > 0),
  };
}

/** The class after some candidates have come and others have gone; the same where that changes nothing. */
export function changedClass(
  before: NamespaceClass,
  come: readonly Candidate[],
  isGone: (candidate: Candidate) => boolean,
  touched: ReadonlySet<string>,
): NamespaceClass {
  const tiers = new Map(before.tiers);
  let changed = false;
  for (const tier of touched) {
    const there = before.tiers.get(tier) ?? [];
    const kept = there.filter((candidate) => !isGone(candidate));
    const added = come.filter(({ policy }) => policy.tier === tier);
    if (kept.length === there.length && added.length === 0) continue;
    changed = true;
    const candidates = [...kept, ...added].sort(compareCandidates);
    if (candidates.length > 0) tiers.set(tier, candidates);
    else tiers.delete(tier);
  }
  return changed ? classOfTiers(tiers) : before;
}
