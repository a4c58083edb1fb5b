import { comparePolicies, type Policy } from '../policy/policy.ts';
import { type LayeredMap, layeredMap, valueAt, withEntries } from './layered-map.ts';

/** The policies of a world: all of them by key, and those in force by where they apply, in the order of the walk. */
export interface PolicyIndex {
  readonly byKey: LayeredMap<Policy>;
  /** Policies in force for the whole cluster, by tier. */
  readonly global: ReadonlyMap<string, readonly Policy[]>;
  /** Policies in force by namespace, of all tiers. */
  readonly namespaced: LayeredMap<readonly Policy[]>;
  /** How many policies in force name a tier. */
  readonly tierUse: ReadonlyMap<string, number>;
}

export const emptyPolicyIndex: PolicyIndex = {
  byKey: layeredMap(),
  global: new Map(),
  namespaced: layeredMap(),
  tierUse: new Map(),
};

/** The index after some policies have come or gone, the latter undefined. */
export function withPolicies(
  index: PolicyIndex,
  changes: ReadonlyMap<string, Policy | undefined>,
  staged: 'ignored' | 'enforced',
): PolicyIndex {
  if (changes.size === 0) return index;
  const gone = new Set<Policy>();
  const come: Policy[] = [];
  for (const [key, policy] of changes) {
    const former = valueAt(index.byKey, key);
    if (former) gone.add(former);
    if (policy) come.push(policy);
  }
  const byKey = withEntries(index.byKey, changes);
  const isInForce = (policy: Policy) => !policy.hostOnly && (staged === 'enforced' || !policy.staged);
  const touched = [...gone, ...come].filter(isInForce);
  const added = come.filter(isInForce);
  const global = new Map(index.global);
  for (const tier of new Set(touched.filter(isGlobal).map((policy) => policy.tier))) {
    const others = added.filter((policy) => isGlobal(policy) && policy.tier === tier);
    setOrDelete(global, tier, replace(global.get(tier) ?? [], gone, others));
  }
  const namespaces = groupByNamespace(added);
  const namespaced = new Map<string, readonly Policy[] | undefined>();
  for (const { namespace } of touched) {
    if (namespace === undefined || namespaced.has(namespace)) continue;
    const policies = replace(
      valueAt(index.namespaced, namespace) ?? [],
      gone,
      namespaces.get(namespace) ?? [],
    );
    namespaced.set(namespace, policies.length > 0 ? policies : undefined);
  }
  const tierUse = new Map(index.tierUse);
  for (const policy of touched) {
    const count = (tierUse.get(policy.tier) ?? 0) + (gone.has(policy) ? -1 : 1);
    if (count > 0) tierUse.set(policy.tier, count);
    else tierUse.delete(policy.tier);
  }
  return { byKey, global, namespaced: withEntries(index.namespaced, namespaced), tierUse };
}

function isGlobal(policy: Policy): boolean {
  return policy.namespace === undefined;
}

function groupByNamespace(policies: readonly Policy[]): ReadonlyMap<string, readonly Policy[]> {
  const groups = new Map<string, Policy[]>();
  for (const policy of policies) {
    if (policy.namespace === undefined) continue;
    const group = groups.get(policy.namespace);
    if (group) group.push(policy);
    else groups.set(policy.namespace, [policy]);
  }
  return groups;
}

function replace(
  policies: readonly Policy[],
  gone: ReadonlySet<Policy>,
  come: readonly Policy[],
): readonly Policy[] {
  const kept = gone.size === 0 ? policies : policies.filter((policy) => !gone.has(policy));
  return come.length === 0 ? kept : [...kept, ...come].sort(comparePolicies);
}

function setOrDelete(map: Map<string, readonly Policy[]>, key: string, policies: readonly Policy[]): void {
  if (policies.length > 0) map.set(key, policies);
  else map.delete(key);
}
