import { mayDependOnVersion, type PolicyWorld } from '../calico/index.ts';
import { groupOf } from '../kubernetes/object.ts';
import type { Inventory } from './inventory.ts';
import { rememberQuestionsByOwner } from '../memo/by-owner.ts';

/** The policies as one version of Calico reads them. */
export interface PossibleWorlds {
  /** Absent for the version that is known, or for the newest where none is. */
  readonly untilVersion?: string;
  /** With and without the policies that are being deleted; one where there are none. */
  readonly worlds: readonly PolicyWorld[];
}

/**
 * The ways in which an inventory's policies can be read: one where Calico's version is known or makes no difference,
 * else one for each range of versions.
 */
export function possibleWorlds(inventory: Inventory): readonly PossibleWorlds[] {
  const { otherVersions, policyWorld } = inventory;
  const present = { worlds: distinct(inventory) };
  if (otherVersions.length === 0 || !dependsOnVersion(policyWorld, inventory)) return [present];
  return [
    present,
    ...otherVersions
      // Only from 3.29 on there are a kind Tier and policies that name one.
      .filter(({ version }) => version !== '3.28' || !usesTiers(policyWorld))
      .map((other) => ({ untilVersion: other.version, worlds: distinct(other) })),
  ];
}

function usesTiers({ tierObjects, tiers, policies }: PolicyWorld): boolean {
  if (tierObjects.size > 0) return true;
  // Every other tier is there by itself.
  if (tiers.every(({ exists }) => exists)) return false;
  const missing = new Set(tiers.flatMap(({ name, exists }) => (exists ? [] : [name])));
  for (const { tier, reference } of policies)
    if (missing.has(tier) && groupOf(reference.apiVersion) === 'projectcalico.org') return true;
  return false;
}

function distinct({ policyWorld, lastingWorld }: Pick<Inventory, 'policyWorld' | 'lastingWorld'>) {
  return lastingWorld === policyWorld ? [policyWorld] : [policyWorld, lastingWorld];
}

/** By world, which is another one with every change of the inventory's policies; never stale. */
const dependsOnVersion = rememberQuestionsByOwner(
  { name: 'worlds that depend on the version', bound: { entries: 2 }, key: (_inventory: Inventory) => 0 },
  (world: PolicyWorld, inventory) => mayDependOnVersion(world) || hasAdminKinds(inventory),
);

/** Kinds of which each version reads some; those that the newest does not read are not in its world. */
function hasAdminKinds(inventory: Inventory): boolean {
  for (const { apiVersion } of inventory.policies())
    if (groupOf(apiVersion) === 'policy.networking.k8s.io') return true;
  return false;
}
