import { isInForce, namesakeKey } from '../policy/in-force.ts';
import { comparePolicies, type Policy } from '../policy/policy.ts';
import { type LayeredMap, layeredMap, valueAt, withEntries } from './layered-map.ts';

/** The policies of a world: all of them by key, and those in force by where they apply, in the order of the walk. */
export interface PolicyIndex {
  readonly byKey: LayeredMap<Policy>;
  /** Policies in force that can select pods of any namespace, by tier. */
  readonly global: ReadonlyMap<string, readonly Policy[]>;
  /** The other policies in force by namespace, of all tiers. */
  readonly namespaced: LayeredMap<readonly Policy[]>;
  /** How many policies in force name a tier. */
  readonly tierUse: ReadonlyMap<string, number>;
}

/** Policies that have come, and those that have gone. */
export interface PolicyChange {
  readonly come: readonly Policy[];
  readonly gone: ReadonlySet<Policy>;
}

const noChange: PolicyChange = { come: [], gone: new Set() };

/** Two changes, one after the other, as one. */
export function joinChanges(first: PolicyChange, second: PolicyChange): PolicyChange {
  return {
    come: [...first.come.filter((policy) => !second.gone.has(policy)), ...second.come],
    gone: new Set([...first.gone, ...second.gone]),
  };
}

export const emptyPolicyIndex: PolicyIndex = {
  byKey: layeredMap(),
  global: new Map(),
  namespaced: layeredMap(),
  tierUse: new Map(),
};

/**
 * The index after some policies have come or gone, the latter undefined, and what has changed among those in force
 * that are not confined to a namespace.
 */
export function withPolicies(
  index: PolicyIndex,
  entries: ReadonlyMap<string, Policy | undefined>,
  staged: 'ignored' | 'enforced',
): { readonly index: PolicyIndex; readonly global: PolicyChange } {
  const changes = new Map<string, Policy | undefined>();
  for (const [key, policy] of entries) {
    const former = valueAt(index.byKey, key);
    if (!(former && policy && isSame(former, policy))) changes.set(key, policy);
  }
  if (changes.size === 0) return { index, global: noChange };
  const byKey = withEntries(index.byKey, changes);
  const come: Policy[] = [];
  const gone: Policy[] = [];
  for (const key of staged === 'enforced' ? withNamesakes(index, changes) : changes.keys()) {
    const [former, now] = [inForceAt(index.byKey, key, staged), inForceAt(byKey, key, staged)];
    if (former === now) continue;
    if (former) gone.push(former);
    if (now) come.push(now);
  }
  const global = { come: come.filter(isUnconfined), gone: new Set(gone.filter(isUnconfined)) };
  return {
    index: {
      byKey,
      global: withGlobal(index.global, global),
      namespaced: withNamespaced(index.namespaced, {
        come: come.filter((policy) => !isUnconfined(policy)),
        gone: new Set(gone.filter((policy) => !isUnconfined(policy))),
      }),
      tierUse: withUse(index.tierUse, come, gone),
    },
    global,
  };
}

function inForceAt(
  byKey: PolicyIndex['byKey'],
  key: string,
  staged: 'ignored' | 'enforced',
): Policy | undefined {
  const policy = valueAt(byKey, key);
  return policy && isInForce(policy, staged, (other) => valueAt(byKey, other)) ? policy : undefined;
}

/** The keys of a change and of the policies whose place staged ones take or give back by it. */
function withNamesakes(
  { byKey }: PolicyIndex,
  changes: ReadonlyMap<string, Policy | undefined>,
): ReadonlySet<string> {
  const keys = new Set(changes.keys());
  for (const [key, policy] of changes) {
    for (const staged of [policy, valueAt(byKey, key)]) {
      const namesake = staged && namesakeKey(staged);
      if (namesake !== undefined) keys.add(namesake);
    }
  }
  return keys;
}

function isUnconfined(policy: Policy): boolean {
  return policy.namespace === undefined || !policy.confined;
}

/** Writing an object without changing it must not make anything be judged again. */
function isSame(left: Policy, right: Policy): boolean {
  return left.fingerprint === right.fingerprint && left.reference.apiVersion === right.reference.apiVersion;
}

function withGlobal(global: PolicyIndex['global'], { come, gone }: PolicyChange): PolicyIndex['global'] {
  if (come.length === 0 && gone.size === 0) return global;
  const changed = new Map(global);
  const arrivals = groupBy(come, (policy) => policy.tier);
  for (const tier of new Set([...come, ...gone].map((policy) => policy.tier))) {
    const policies = replace(changed.get(tier) ?? [], gone, arrivals.get(tier) ?? []);
    if (policies.length > 0) changed.set(tier, policies);
    else changed.delete(tier);
  }
  return changed;
}

function withNamespaced(
  namespaced: PolicyIndex['namespaced'],
  { come, gone }: PolicyChange,
): PolicyIndex['namespaced'] {
  const arrivals = groupBy(come, namespaceOf);
  const changed = new Map<string, readonly Policy[] | undefined>();
  for (const namespace of new Set([...come, ...gone].map(namespaceOf))) {
    const policies = replace(valueAt(namespaced, namespace) ?? [], gone, arrivals.get(namespace) ?? []);
    changed.set(namespace, policies.length > 0 ? policies : undefined);
  }
  return withEntries(namespaced, changed);
}

function namespaceOf({ namespace = '' }: Policy): string {
  return namespace;
}

function withUse(
  tierUse: PolicyIndex['tierUse'],
  come: readonly Policy[],
  gone: readonly Policy[],
): PolicyIndex['tierUse'] {
  if (come.length === 0 && gone.length === 0) return tierUse;
  const changed = new Map(tierUse);
  const add = (tier: string, number: number) => {
    const count = (changed.get(tier) ?? 0) + number;
    if (count > 0) changed.set(tier, count);
    else changed.delete(tier);
  };
  for (const policy of come) add(policy.tier, 1);
  for (const policy of gone) add(policy.tier, -1);
  return changed;
}

function groupBy(
  policies: readonly Policy[],
  keyOf: (policy: Policy) => string,
): ReadonlyMap<string, readonly Policy[]> {
  const groups = new Map<string, Policy[]>();
  for (const policy of policies) {
    const key = keyOf(policy);
    const group = groups.get(key);
    if (group) group.push(policy);
    else groups.set(key, [policy]);
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
