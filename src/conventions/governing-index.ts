import { nameLabel, type NamespaceIdentity } from '../kubernetes/namespace.ts';
import type { Convention } from './convention.ts';

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
  const byLabel = new Map<string, Map<string, Ranked[]>>();
  const others: Ranked[] = [];
  for (const [rank, convention] of conventions.entries()) {
    const wanted = convention.namespaces.selector.find(({ operator }) => operator === 'In');
    if (!wanted) others.push({ rank, convention });
    for (const value of new Set(wanted?.values)) {
      const values = getOrCreate(byLabel, wanted?.key ?? '', () => new Map<string, Ranked[]>());
      getOrCreate(values, value, () => []).push({ rank, convention });
    }
  }
  return (namespace) => {
    let best = firstSelecting(others, namespace);
    for (const [key, values] of byLabel) {
      const value = key === nameLabel ? namespace.name : ownLabel(namespace, key);
      const found = value === undefined ? undefined : firstSelecting(values.get(value) ?? [], namespace);
      if (found && (!best || found.rank < best.rank)) best = found;
    }
    return best?.convention;
  };
}

function firstSelecting(ranked: readonly Ranked[], namespace: NamespaceIdentity): Ranked | undefined {
  return ranked.find(({ convention }) => convention.selects(namespace));
}

function ownLabel({ labels }: NamespaceIdentity, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
