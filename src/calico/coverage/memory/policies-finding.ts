import type { ObjectReference } from '../../../kubernetes/object.ts';
import type { Policy } from '../../policy/policy.ts';
import { noteOf } from '../../state/notes.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import { keptAt } from '../../state/world-change.ts';
import { type FoundSet, networkSetsOf } from '../facts/network-sets.ts';
import { findersOf, peerIndex } from '../facts/peer-index.ts';

/**
 * The policies in force with a rule that finds an object by labels, as far as coverage can depend on it: a network set,
 * or a namespace by the sets that lie in it and have its labels. Without the object they cover what they covered.
 * A set has its own labels, the name of its namespace and the labels of that namespace, and a rule looks for all of
 * them in the whole cluster unless it is confined to the namespace of its policy.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors, networksetprocessor.go
 * (convertNetworkSetV2ToV1Value) and rules.go (getEndpointSelector).
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param reference of a NetworkSet, a GlobalNetworkSet or a Namespace
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { ingress: [{ action: 'Allow', source: { namespaceSelector: 'global()', selector: 'has(office)' } }] };
 * const set = { apiVersion: head.apiVersion, kind: 'GlobalNetworkSet' };
 * const office = { ...set, metadata: { name: 'o', labels: { office: '' } }, spec: { nets: ['10.0.0.0/8'] } };
 * const world = createPolicyWorld([{ ...head, metadata, spec }, office], { mode: 'v3crd' });
 * [...policiesFinding(world, { ...set, name: 'o' })].map(({ name }) => name); // ['deny']
 */
export function policiesFinding(world: PolicyWorld, reference: ObjectReference): ReadonlySet<Policy> {
  const found = new Set<Policy>();
  for (const { labelOf, isLarge } of setsOf(world, reference)) {
    const index = noteOf(world, peerIndex);
    // The address of a pod can lie in any set; a connection from nowhere in particular only in a large one.
    for (const policy of findersOf(index.pod, labelOf)) found.add(policy);
    if (isLarge) for (const policy of findersOf(index.other, labelOf)) found.add(policy);
  }
  return found;
}

function setsOf(world: PolicyWorld, reference: ObjectReference): readonly FoundSet[] {
  const sets = networkSetsOf(world);
  if (!sets) return [];
  const kept = keptAt(reference, world.options.mode);
  if (kept?.where === 'namespaces') return sets.inNamespace(reference.name);
  const set = kept?.where === 'labelledNets' ? sets.at(kept.key) : undefined;
  return set ? [set] : [];
}
