import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { changeCoverageMemory, createCoverageMemory } from '../coverage/memory/coverage-memory.ts';
import type { CalicoMode } from '../policy/calico-mode.ts';
import { type VersionTraits, versionTraits } from '../policy/calico-version.ts';
import type { Policy } from '../policy/policy.ts';
import type { LabelledNets, PodEndpoint, ServiceEndpoints } from './endpoint.ts';
import { type LayeredMap, layeredMap, valueAt, valuesOf, withEntries } from './layered-map.ts';
import { emptyPolicyIndex, type PolicyIndex, withPolicies } from './policy-index.ts';
import { builtInTiers, compareTiers, missingTier, type Tier } from './tier.ts';
import { readChange, type WorldChange, type WorldDelta } from './world-change.ts';
import type { WorldMemory } from './world-memory.ts';

export interface PolicyWorldOptions {
  readonly mode: CalicoMode;
  /** Calico's version, e.g. `3.31`; the newest that is known where absent. */
  readonly version?: string;
  /** `enforced` judges as if staged policies were in force. Default: `ignored`. */
  readonly staged?: 'ignored' | 'enforced';
}

/** An immutable set of policies and of what they select, compiled; what it has judged it remembers. */
export interface PolicyWorld {
  readonly options: PolicyWorldOptions;
  readonly traits: VersionTraits;
  /** Every policy, whether valid or not, each once although several API groups may show it. */
  readonly policies: Iterable<Policy>;
  /** Every tier in the order of the walk: built-in ones, existing ones, and at the end those only named by policies. */
  readonly tiers: readonly Tier[];
  readonly index: PolicyIndex;
  /** Tier objects by name. */
  readonly tierObjects: ReadonlyMap<string, Tier>;
  /** Labels by name of the namespace. */
  readonly namespaces: LayeredMap<StringMap>;
  /** Labels by name of the service account, by namespace. */
  readonly serviceAccounts: LayeredMap<ReadonlyMap<string, StringMap>>;
  readonly pods: LayeredMap<PodEndpoint>;
  /** Network sets and host endpoints. */
  readonly labelledNets: LayeredMap<LabelledNets>;
  readonly endpointSlices: LayeredMap<ServiceEndpoints>;
  readonly memory: WorldMemory;
}

/** Compiles policies, tiers, network sets, namespaces, pods and service accounts; objects of other kinds are ignored. */
export function createPolicyWorld(
  objects: Iterable<KubernetesObject>,
  options: PolicyWorldOptions,
): PolicyWorld {
  const empty = worldOf({
    options,
    traits: versionTraits(options.version),
    index: emptyPolicyIndex,
    tierObjects: new Map(),
    namespaces: layeredMap(),
    serviceAccounts: layeredMap(),
    pods: layeredMap(),
    labelledNets: layeredMap(),
    endpointSlices: layeredMap(),
    memory: { coverage: createCoverageMemory() },
  });
  return changeWorld(empty, { put: [...objects] });
}

/** The world as it is after a change; what the change does not concern stays compiled and judged. */
export function changeWorld(world: PolicyWorld, change: WorldChange): PolicyWorld {
  const { traits, options } = world;
  const delta = readChange(change, { mode: options.mode, traits });
  const { index, global } = withPolicies(world.index, delta.policies, options.staged ?? 'ignored');
  return worldOf({
    options,
    traits,
    index,
    tierObjects: withTiers(world.tierObjects, delta.tiers),
    namespaces: withEntries(world.namespaces, delta.namespaces),
    serviceAccounts: withServiceAccounts(world.serviceAccounts, delta.serviceAccounts),
    pods: withEntries(world.pods, delta.pods),
    labelledNets: withEntries(world.labelledNets, delta.labelledNets),
    endpointSlices: withEntries(world.endpointSlices, delta.endpointSlices),
    memory: { coverage: changeCoverageMemory(world.memory.coverage, global) },
  });
}

function worldOf(parts: Omit<PolicyWorld, 'policies' | 'tiers'>): PolicyWorld {
  let tiers: readonly Tier[] | undefined;
  return {
    ...parts,
    get policies() {
      return valuesOf(parts.index.byKey);
    },
    get tiers() {
      tiers ??= tiersOf(parts);
      return tiers;
    },
  };
}

function tiersOf({
  traits,
  tierObjects,
  index,
}: Pick<PolicyWorld, 'traits' | 'tierObjects' | 'index'>): readonly Tier[] {
  const tiers = new Map<string, Tier>();
  for (const tier of builtInTiers(traits.kubernetesAdminKinds)) tiers.set(tier.name, tier);
  for (const tier of tierObjects.values()) tiers.set(tier.name, tier);
  for (const name of index.tierUse.keys()) if (!tiers.has(name)) tiers.set(name, missingTier(name));
  return [...tiers.values()].sort(compareTiers);
}

function withTiers(
  tiers: ReadonlyMap<string, Tier>,
  changes: ReadonlyMap<string, Tier | undefined>,
): ReadonlyMap<string, Tier> {
  if (changes.size === 0) return tiers;
  const changed = new Map(tiers);
  for (const [name, tier] of changes) {
    if (tier) changed.set(name, tier);
    else changed.delete(name);
  }
  return changed;
}

function withServiceAccounts(
  accounts: PolicyWorld['serviceAccounts'],
  changes: WorldDelta['serviceAccounts'],
): PolicyWorld['serviceAccounts'] {
  const changed = new Map<string, ReadonlyMap<string, StringMap> | undefined>();
  for (const [namespace, changesThere] of changes) {
    const there = new Map(valueAt(accounts, namespace));
    for (const [name, labels] of changesThere) {
      if (labels) there.set(name, labels);
      else there.delete(name);
    }
    changed.set(namespace, there.size > 0 ? there : undefined);
  }
  return withEntries(accounts, changed);
}
