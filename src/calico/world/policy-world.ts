import {
  groupOf,
  type KubernetesObject,
  labelsOf,
  type ObjectReference,
  referenceOf,
  type StringMap,
} from '../../kubernetes/object.ts';
import { changeCoverageMemory, createCoverageMemory } from '../coverage/memory.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { CalicoMode } from '../policy/calico-mode.ts';
import { type VersionTraits, versionTraits } from '../policy/calico-version.ts';
import { normalizePolicy, policyKeyOf } from '../policy/normalize-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { validatePolicy } from '../validation/validate.ts';
import {
  type LabelledNets,
  type PodEndpoint,
  readEndpointSlice,
  readLabelledNets,
  readPod,
  type ServiceEndpoints,
} from './endpoint.ts';
import { type LayeredMap, layeredMap, valueAt, valuesOf, withEntries } from './layered-map.ts';
import { emptyPolicyIndex, type PolicyIndex, withPolicies } from './policy-index.ts';
import { builtInTiers, compareTiers, missingTier, readTier, type Tier } from './tier.ts';
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

/** What comes into a world or takes the place of its former self, and what goes. */
export interface WorldChange {
  readonly put?: readonly KubernetesObject[];
  readonly remove?: readonly ObjectReference[];
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
  const delta = emptyDelta();
  const { traits } = world;
  for (const reference of change.remove ?? []) addRemoval(delta, reference, world.options, traits);
  for (const object of change.put ?? []) addObject(delta, object, world.options, traits);
  const { index, global } = withPolicies(world.index, delta.policies, world.options.staged ?? 'ignored');
  return worldOf({
    options: world.options,
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

interface Delta {
  readonly policies: Map<string, Policy | undefined>;
  readonly tiers: Map<string, Tier | undefined>;
  readonly namespaces: Map<string, StringMap | undefined>;
  /** By namespace and name. */
  readonly serviceAccounts: Map<string, Map<string, StringMap | undefined>>;
  readonly pods: Map<string, PodEndpoint | undefined>;
  readonly labelledNets: Map<string, LabelledNets | undefined>;
  readonly endpointSlices: Map<string, ServiceEndpoints | undefined>;
}

function emptyDelta(): Delta {
  return {
    policies: new Map(),
    tiers: new Map(),
    namespaces: new Map(),
    serviceAccounts: new Map(),
    pods: new Map(),
    labelledNets: new Map(),
    endpointSlices: new Map(),
  };
}

function addObject(
  delta: Delta,
  object: KubernetesObject,
  options: PolicyWorldOptions,
  traits: VersionTraits,
): void {
  const reference = referenceOf(object);
  const context = { mode: options.mode, traits };
  const policyKey = policyKeyOf(reference, context);
  if (policyKey !== undefined) {
    const rival = delta.policies.get(policyKey);
    if (rival && isStorageForm(reference) && !isStorageForm(rival.reference)) return;
    delta.policies.set(policyKey, normalizePolicy(object, context));
    return;
  }
  const kept = keepOf(reference, options);
  if (kept === undefined) return;
  switch (kept.where) {
    case 'namespaces':
      delta.namespaces.set(kept.key, namespaceIdentity(reference.name, object).labels);
      return;
    case 'serviceAccounts':
      accountsOf(delta, reference).set(reference.name, labelsOf(object));
      return;
    case 'tiers':
      delta.tiers.set(kept.key, readTier(object, validatePolicy(object)));
      return;
    case 'pods':
      delta.pods.set(kept.key, readPod(object));
      return;
    case 'labelledNets':
      delta.labelledNets.set(kept.key, readLabelledNets(object));
      return;
    default:
      delta.endpointSlices.set(kept.key, readEndpointSlice(object));
  }
}

function addRemoval(
  delta: Delta,
  reference: ObjectReference,
  options: PolicyWorldOptions,
  traits: VersionTraits,
): void {
  const policyKey = policyKeyOf(reference, { mode: options.mode, traits });
  const kept = keepOf(reference, options);
  if (policyKey !== undefined) delta.policies.set(policyKey, undefined);
  else if (kept?.where === 'serviceAccounts') accountsOf(delta, reference).set(reference.name, undefined);
  else if (kept) delta[kept.where].set(kept.key, undefined);
}

/** Where the world keeps an object that is no policy, and under which key. */
function keepOf(
  { apiVersion, kind, namespace = '', name }: ObjectReference,
  { mode }: PolicyWorldOptions,
): { readonly where: Exclude<keyof Delta, 'policies'>; readonly key: string } | undefined {
  const group = groupOf(apiVersion);
  if (group === '') {
    if (kind === 'Namespace') return { where: 'namespaces', key: name };
    if (kind === 'ServiceAccount') return { where: 'serviceAccounts', key: name };
    if (kind === 'Pod') return { where: 'pods', key: `${namespace}/${name}` };
    return undefined;
  }
  if (group === 'discovery.k8s.io') {
    return kind === 'EndpointSlice' ? { where: 'endpointSlices', key: `${namespace}/${name}` } : undefined;
  }
  if (group !== 'projectcalico.org' && (group !== 'crd.projectcalico.org' || mode === 'v3crd'))
    return undefined;
  if (kind === 'Tier') return { where: 'tiers', key: name };
  if (kind !== 'NetworkSet' && kind !== 'GlobalNetworkSet' && kind !== 'HostEndpoint') return undefined;
  return { where: 'labelledNets', key: `${kind}/${kind === 'NetworkSet' ? namespace : ''}/${name}` };
}

function accountsOf(delta: Delta, { namespace = '' }: ObjectReference): Map<string, StringMap | undefined> {
  const accounts = delta.serviceAccounts.get(namespace) ?? new Map<string, StringMap | undefined>();
  delta.serviceAccounts.set(namespace, accounts);
  return accounts;
}

/** Whether an object is of the group in which Calico's API server stores what it is given. */
function isStorageForm({ apiVersion }: ObjectReference): boolean {
  return groupOf(apiVersion) === 'crd.projectcalico.org';
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
  changes: Delta['serviceAccounts'],
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
