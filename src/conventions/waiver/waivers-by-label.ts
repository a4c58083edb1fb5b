import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { createLabelIndex } from '../convention/label-index.ts';
import type { Waiver } from './waiver.ts';

/** A waiver by labels, with its place among all. */
interface Ranked {
  readonly rank: number;
  readonly waiver: Waiver;
}

/**
 * Finds, of the waivers that look at labels of namespaces, those that could be about one, in the order of all; those that
 * want a value of some label are only asked where the namespace has it. By the list of all waivers, never stale.
 */
export const waiversByLabel = rememberByOwner(
  { name: 'waivers by labels of namespaces' },
  (waivers: readonly Waiver[]): ((namespace: NamespaceIdentity) => readonly Waiver[]) => {
    const byLabel = createLabelIndex<Ranked>();
    const others: Ranked[] = [];
    for (const [rank, waiver] of waivers.entries()) {
      const { namespaceSelector } = waiver;
      if (namespaceSelector && !byLabel.add(namespaceSelector, { rank, waiver }))
        others.push({ rank, waiver });
    }
    return (namespace) =>
      [...byLabel.find(namespace), ...others]
        .filter(({ waiver }) => waiver.covers(namespace))
        .toSorted((one, other) => one.rank - other.rank)
        .map(({ waiver }) => waiver);
  },
);
