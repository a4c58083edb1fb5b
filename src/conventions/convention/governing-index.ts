import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { Convention } from './convention.ts';
import { createLabelIndex } from './label-index.ts';

interface Ranked {
  readonly rank: number;
  readonly convention: Convention;
}

/**
 * Creates the search for the first of some conventions that selects a namespace. Conventions that want one of some
 * values of a label are only asked where the namespace has one, so that a hundred of them cost no more than a few.
 */
export function createGoverningIndex(
  conventions: readonly Convention[],
): (namespace: NamespaceIdentity) => Convention | undefined {
  const byLabel = createLabelIndex<Ranked>();
  const others: Ranked[] = [];
  for (const [rank, convention] of conventions.entries()) {
    const entry = { rank, convention };
    if (!byLabel.add(convention.namespaces.selector, entry)) others.push(entry);
  }
  return (namespace) => {
    const best = firstThatSelects(namespace, others, firstThatSelects(namespace, byLabel.find(namespace)));
    return best?.convention;
  };
}

function firstThatSelects(
  namespace: NamespaceIdentity,
  candidates: readonly Ranked[],
  known?: Ranked,
): Ranked | undefined {
  let best = known;
  for (const entry of candidates) {
    if (best && entry.rank > best.rank) continue;
    if (entry.convention.selects(namespace)) best = entry;
  }
  return best;
}
