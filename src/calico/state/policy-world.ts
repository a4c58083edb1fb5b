import type { StringMap } from '../../kubernetes/object.ts';
import { versionTraits } from '../policy/calico-version.ts';
import type { Policy } from '../policy/policy.ts';
import { layeredMap, valueAt, valuesOf, withEntries } from './layered-map.ts';
import { emptyNotes, type NoteKind, type Notes, notesAfter } from './notes.ts';
import { emptyPolicyIndex, withPolicies } from './policy-index.ts';
import type { Tier } from './tier.ts';
import { tiersOf, withTiers } from './tiers.ts';
import { readChange, type WorldChange, type WorldDelta } from './world-change.ts';
import type { PolicyWorldOptions, WorldParts } from './world-parts.ts';

/**
 * The state: all that decides about connections, compiled and immutable.
 *
 *     objects that come and go
 *        │  world-change.ts     reads them, each to where it is kept and under which key
 *        ▼
 *     a delta: policies, tiers, namespaces, service accounts, pods, labelled nets, endpoint slices
 *        │  policy-index.ts     policies by key, and those in force by where they apply
 *        │  tiers.ts            tiers in the order of the walk
 *        │  layered-map.ts      everything else, so that a change costs what it changes
 *        ▼
 *     the parts of the next world ──▶ notes.ts: what is kept of the former world's notes
 *
 * A part that the change does not concern is the same object before and after, and that is how everybody tells what is
 * still true. What flows and coverage remember of a world is theirs: they keep it here as notes, which the state does
 * not look into. Start reading at `changeWorld`.
 */
export interface PolicyWorld extends WorldParts {
  /** Every policy, whether valid or not, each once although several API groups may show it. */
  readonly policies: Iterable<Policy>;
  readonly notes: Notes;
}

/** A world without objects, with a place for each kind of note that will be kept with it and its successors. */
export function emptyWorld(options: PolicyWorldOptions, kinds: readonly NoteKind<unknown>[]): PolicyWorld {
  const traits = versionTraits(options.version);
  const [index, tierObjects] = [emptyPolicyIndex, new Map<string, Tier>()] as const;
  const parts: WorldParts = {
    options,
    traits,
    index,
    tierObjects,
    tiers: tiersOf({ traits, tierObjects, index }),
    namespaces: layeredMap(),
    serviceAccounts: layeredMap(),
    pods: layeredMap(),
    labelledNets: layeredMap(),
    endpointSlices: layeredMap(),
  };
  return worldOf(parts, emptyNotes(kinds));
}

/**
 * The world as it is after a change; what the change does not concern stays compiled and judged.
 * @param change.put objects that come, or take the place of their former selves
 * @param change.remove references to objects that go; what goes and comes at once is there
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const without = changeWorld(world, { remove: [{ ...head, ...metadata }] });
 * [...without.policies].length; // 0
 * [...world.policies].length; // 1
 */
export function changeWorld(world: PolicyWorld, change: WorldChange): PolicyWorld {
  const { options, traits } = world;
  const delta = readChange(change, { mode: options.mode, traits, version: options.version });
  const { index, global } = withPolicies(world.index, delta.policies, options.staged ?? 'ignored');
  const tierObjects = withTiers(world.tierObjects, delta.tiers);
  const parts: WorldParts = {
    options,
    traits,
    index,
    tierObjects,
    tiers: tiersOf({ traits, tierObjects, index }, world),
    namespaces: withEntries(world.namespaces, delta.namespaces),
    serviceAccounts: withServiceAccounts(world.serviceAccounts, delta.serviceAccounts),
    pods: withEntries(world.pods, delta.pods),
    labelledNets: withEntries(world.labelledNets, delta.labelledNets),
    endpointSlices: withEntries(world.endpointSlices, delta.endpointSlices),
  };
  return worldOf(parts, notesAfter(world.notes, world, parts, global));
}

function worldOf(parts: WorldParts, notes: Notes): PolicyWorld {
  return {
    ...parts,
    notes,
    get policies() {
      return valuesOf(parts.index.byKey);
    },
  };
}

function withServiceAccounts(
  accounts: WorldParts['serviceAccounts'],
  changes: WorldDelta['serviceAccounts'],
): WorldParts['serviceAccounts'] {
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
