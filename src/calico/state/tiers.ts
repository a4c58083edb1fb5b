import { builtInTiers, compareTiers, missingTier, type Tier } from './tier.ts';
import type { WorldParts } from './world-parts.ts';

type TierParts = Pick<WorldParts, 'traits' | 'tierObjects' | 'index'>;

/** The tiers of a world in the order of the walk; those of the former world itself where they are the same. */
export function tiersOf(
  { traits, tierObjects, index }: TierParts,
  former?: TierParts & Pick<WorldParts, 'tiers'>,
): readonly Tier[] {
  if (former?.tierObjects === tierObjects && namesSame(former.index, index)) return former.tiers;
  const tiers = new Map<string, Tier>();
  for (const tier of builtInTiers(traits.kubernetesAdminKinds)) tiers.set(tier.name, tier);
  for (const tier of tierObjects.values()) tiers.set(tier.name, tier);
  for (const name of index.tierUse.keys()) if (!tiers.has(name)) tiers.set(name, missingTier(name));
  return [...tiers.values()].sort(compareTiers);
}

function namesSame({ tierUse: before }: TierParts['index'], { tierUse: now }: TierParts['index']): boolean {
  return before === now || (before.size === now.size && [...now.keys()].every((name) => before.has(name)));
}

/** Tier objects by name, after some have come or gone, the latter undefined. */
export function withTiers(
  tiers: WorldParts['tierObjects'],
  changes: ReadonlyMap<string, Tier | undefined>,
): WorldParts['tierObjects'] {
  if (changes.size === 0) return tiers;
  const changed = new Map(tiers);
  for (const [name, tier] of changes) {
    if (tier) changed.set(name, tier);
    else changed.delete(name);
  }
  return changed;
}
