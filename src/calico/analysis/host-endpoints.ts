import { netsLabels } from '../state/endpoint-labels.ts';
import type { Policy } from '../policy/policy.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import { entriesOf } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

const prefix = 'HostEndpoint//';

/**
 * The names of the host endpoints in a world that a policy selects, in alphabetical order.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param policy of the whole cluster; one of a namespace selects none
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', metadata: { name: 'g' } };
 * const host = { ...head, kind: 'HostEndpoint', metadata: { name: 'node-1' }, spec: { node: 'node-1' } };
 * const world = createPolicyWorld([{ ...head, spec: { selector: 'all()' } }, host], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, name: 'g' });
 * hostEndpointsSelectedBy(world, policy); // ['node-1']
 */
export function hostEndpointsSelectedBy(world: PolicyWorld, { selector }: Policy): readonly string[] {
  if (!selector) return [];
  const names: string[] = [];
  for (const [key, endpoint] of entriesOf(world.labelledNets)) {
    if (!key.startsWith(prefix) || !evaluateSelector(selector, netsLabels(world, endpoint))) continue;
    names.push(key.slice(prefix.length));
  }
  return names.sort();
}
