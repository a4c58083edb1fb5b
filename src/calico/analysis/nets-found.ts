import type { StringMap } from '../../kubernetes/object.ts';
import { netsLabels } from '../state/endpoint-labels.ts';
import type { Selector } from '../selector/ast.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import { entriesOf } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** A network set or host endpoint. */
export interface NetsFound {
  readonly kind: 'NetworkSet' | 'GlobalNetworkSet' | 'HostEndpoint';
  /** Of network sets that live in one. */
  readonly namespace?: string;
  readonly name: string;
  /** What it says of itself. */
  readonly labels: StringMap;
}

/**
 * The network sets and host endpoints of a world that a selector finds by their labels.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors, networksetprocessor.go,
 * globalnetworksetprocessor.go and hostendpointprocessor.go.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param selector as `parseSelector` reads it, or that of a rule's peer
 * @example
 * const metadata = { name: 'office', labels: { at: 'office' } };
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkSet', metadata };
 * const world = createPolicyWorld([{ ...head, spec: { nets: ['192.0.2.0/24'] } }], { mode: 'v3crd' });
 * const { selector } = parseSelector("at == 'office'");
 * netsFoundBy(world, selector).map(({ kind, name }) => `${kind} ${name}`); // ['GlobalNetworkSet office']
 */
export function netsFoundBy(world: PolicyWorld, selector: Selector): readonly NetsFound[] {
  const found: NetsFound[] = [];
  for (const [key, nets] of entriesOf(world.labelledNets)) {
    if (!evaluateSelector(selector, netsLabels(world, nets))) continue;
    const [kind, namespace, name = ''] = key.split('/');
    if (kind !== 'NetworkSet' && kind !== 'GlobalNetworkSet' && kind !== 'HostEndpoint') continue;
    found.push({ kind, ...(namespace ? { namespace } : {}), name, labels: nets.labels });
  }
  return found;
}
