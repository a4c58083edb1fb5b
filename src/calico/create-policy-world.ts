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

/**
 * Compiles policies, tiers, network sets, namespaces, pods and service accounts; objects of other kinds are ignored.
 * @param objects as the API server sends them; whatever is wrong about one is kept as a problem of its policy or tier
 * @param options.mode how the cluster serves Calico's API; it decides what is filled in where a field is left out
 * @param options.version Calico's, such as `3.31`
 * @param options.staged `enforced` to judge as if staged policies were in force
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * world.tiers.map(({ name }) => name); // ['kube-admin', 'default', 'kube-baseline']
 */
export function createPolicyWorld(
  objects: Iterable<KubernetesObject>,
  options: PolicyWorldOptions,
): PolicyWorld {
  return changeWorld(emptyWorld(options, notes), { put: [...objects] });
}
