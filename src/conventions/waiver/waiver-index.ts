import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { createLabelIndex, type LabelIndex } from '../convention/label-index.ts';
import { createNameIndex, type NameIndex } from './name-index.ts';
import { groupNameOf } from '../convention/rule-action.ts';
import type { Waivable, Waiver } from './waiver.ts';

/** The waivers that are about a finding, whether they count or not. */
export type FindWaivers = (finding: Waivable, namespace: NamespaceIdentity | undefined) => readonly Waiver[];

/** The waivers of one rule or group, each in one of the places. */
interface OfRule {
  readonly byNamespace: NameIndex<Waiver>;
  readonly byName: NameIndex<Waiver>;
  readonly byLabel: LabelIndex<Waiver>;
  readonly others: Waiver[];
}

/**
 * Creates the index of waivers by rule and by the narrowest thing that they say of namespace or object, so that a review
 * does not get slower with waivers that are about others.
 */
export function createWaiverIndex(waivers: readonly Waiver[]): FindWaivers {
  const index = new Map<string, OfRule>();
  for (const waiver of waivers) {
    for (const rule of new Set(waiver.rules)) {
      const place = index.get(rule) ?? emptyPlace();
      index.set(rule, place);
      put(waiver, place);
    }
  }
  return ({ rule, object }, namespace) => {
    const found: Waiver[] = [];
    if (index.size === 0) return found;
    for (const name of [rule, groupNameOf(rule)]) {
      const place = index.get(name);
      if (!place) continue;
      for (const waivers of placesOf(place, object.name, namespace)) {
        for (const waiver of waivers) if (waiver.matches(object, namespace)) found.push(waiver);
      }
    }
    return found;
  };
}

function emptyPlace(): OfRule {
  return {
    byNamespace: createNameIndex(),
    byName: createNameIndex(),
    byLabel: createLabelIndex(),
    others: [],
  };
}

function put(waiver: Waiver, { byNamespace, byName, byLabel, others }: OfRule): void {
  const { namespaces, names, namespaceSelector } = waiver;
  const isPlaced =
    (namespaces && byNamespace.add(namespaces, waiver)) ||
    (namespaceSelector && byLabel.add(namespaceSelector, waiver)) ||
    (names && byName.add(names, waiver));
  if (!isPlaced) others.push(waiver);
}

function placesOf(
  { byNamespace, byName, byLabel, others }: OfRule,
  name: string,
  namespace: NamespaceIdentity | undefined,
): readonly (readonly Waiver[])[] {
  const named = byName.find(name);
  return namespace
    ? [byNamespace.find(namespace.name), byLabel.find(namespace), named, others]
    : [named, others];
}
