import { bitsOf } from '../../kubernetes/net/address.ts';
import type { Net } from '../../kubernetes/net/net.ts';
import { valuesOf } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/**
 * Every block that tells addresses apart: those of rules, network sets and host endpoints, and the addresses of pods and of
 * Services' endpoints. Two addresses that lie in the same of them have the same verdicts.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @example
 * const set = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkSet', metadata: { name: 'office' } };
 * const world = createPolicyWorld([{ ...set, spec: { nets: ['192.0.2.0/24'] } }], { mode: 'v3crd' });
 * [...writtenNets(world)].map(({ length }) => length); // [24]
 */
export function* writtenNets(world: PolicyWorld): Iterable<Net> {
  for (const { ingress, egress } of world.policies)
    for (const { source, destination } of [...ingress, ...egress])
      for (const { nets, notNets } of [source, destination]) {
        yield* nets;
        yield* notNets;
      }
  for (const { nets } of valuesOf(world.labelledNets)) yield* nets;
  for (const { addresses } of [...valuesOf(world.pods), ...valuesOf(world.endpointSlices)])
    for (const address of addresses) yield { ...address, length: bitsOf(address.family) };
}
