import type { KubernetesObject } from '../kubernetes/object.ts';
import { networkSets } from './coverage/facts/network-sets.ts';
import { peerIndex } from './coverage/facts/peer-index.ts';
import { classTable } from './coverage/memory/class-table.ts';
import { resultMemory } from './coverage/memory/result-memory.ts';
import { flowIndex } from './flow/flow-index.ts';
import { changeWorld, emptyWorld, type PolicyWorld } from './state/policy-world.ts';
import type { PolicyWorldOptions } from './state/world-parts.ts';

/** All that is kept with a world beside its parts. */
const notes = [flowIndex, networkSets, peerIndex, classTable, resultMemory];

/** Compiles policies, tiers, network sets, namespaces, pods and service accounts; objects of other kinds are ignored. */
export function createPolicyWorld(
  objects: Iterable<KubernetesObject>,
  options: PolicyWorldOptions,
): PolicyWorld {
  return changeWorld(emptyWorld(options, notes), { put: [...objects] });
}
