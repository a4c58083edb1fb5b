import type { LabelSelector } from '../../kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../../kubernetes/namespace.ts';

/** Things by a label that their selector wants to have one of some values. */
export interface LabelIndex<Item> {
  /** Takes a thing in; false where its selector wants no value of any label, so that it could be about every namespace. */
  readonly add: (selector: LabelSelector, item: Item) => boolean;
  /** The things of which the wanted label has a wanted value; whether their whole selector holds is not looked at. */
  readonly find: (namespace: NamespaceIdentity) => readonly Item[];
}

/** Creates an empty index; a search costs as much as there are labels asked for, however many things there are. */
export function createLabelIndex<Item>(): LabelIndex<Item> {
  const byKey = new Map<string, Map<string, Item[]>>();
  return {
    add: (selector, item) => {
      const wanted = selector.find(({ operator }) => operator === 'In');
      if (!wanted) return false;
      const values = byKey.get(wanted.key) ?? new Map<string, Item[]>();
      byKey.set(wanted.key, values);
      for (const value of new Set(wanted.values)) values.set(value, [...(values.get(value) ?? []), item]);
      return true;
    },
    find: (namespace) => {
      let found: readonly Item[] = [];
      for (const [key, values] of byKey) {
        const value = key === nameLabel ? namespace.name : ownLabel(namespace, key);
        const items = value === undefined ? undefined : values.get(value);
        if (items) found = found.length === 0 ? items : [...found, ...items];
      }
      return found;
    },
  };
}

function ownLabel({ labels }: NamespaceIdentity, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
