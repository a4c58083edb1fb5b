import type { StoreClient } from '../../conventions/convention/convention.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { Look } from '../limits.ts';
import { outboundSkips } from '../mesh/inbound-proxy.ts';
import type { RuleContext } from '../subject.ts';
import { asksForMesh } from '../workload/asks-for-mesh.ts';
import { becomesMeshed, describeWorkload, meshConventionOf } from '../workload/mesh-workload.ts';
import { accountOf, podFrom } from '../workload/workload-pod.ts';
import type { StoreGate } from './store-gate.ts';

/** A workload under an account that a store invites. */
export interface Invited {
  readonly object: KubernetesObject;
  readonly pod: KubernetesObject;
  readonly namespace: string;
  readonly account: string;
  readonly meshed: boolean;
  /** Whether its own proxy is not asked for connections to a port. */
  readonly skips: (port: number) => boolean;
  /** The store's own pods, which meet on its other ports as well. */
  readonly isMember: boolean;
}

/**
 * The workloads that run under the accounts a store invites by name. Of `namespace/*` nobody knows who is meant, and of
 * a workload nobody knows whether it gets a proxy, they are left out.
 */
export function* invitedTo(
  { pod, store }: StoreGate,
  { conventions, inventory, point }: RuleContext,
  look: Look,
): Iterable<Invited> {
  const own = pod.metadata.namespace ?? 'default';
  for (const [namespace, accounts] of accountsByNamespace(store.clients ?? [])) {
    const identity = namespaceIdentity(namespace, inventory.namespace(namespace));
    const mesh = meshConventionOf(conventions.governing(identity));
    for (const object of inventory.workloads(namespace)) {
      const template = podTemplateOf(object);
      if (!template || template.spec.hostNetwork === true) continue;
      const account = accountOf(template);
      if (!accounts.has(account)) continue;
      if (!look.more()) return;
      const described = mesh && describeWorkload(object, mesh, inventory, point);
      const meshed = described
        ? becomesMeshed(described)
        : asksForMesh(template, inventory.namespace(namespace));
      if (meshed === undefined) continue;
      const skips = described && outboundSkips(described);
      yield {
        object,
        pod: podFrom(object, template, described?.wanted.labelsAdded),
        namespace,
        account,
        meshed,
        skips: (port) => skips?.(port) ?? false,
        isMember:
          namespace === own &&
          object.kind === store.object.kind &&
          object.metadata.name === store.object.metadata.name,
      };
    }
  }
}

function accountsByNamespace(clients: readonly StoreClient[]): ReadonlyMap<string, ReadonlySet<string>> {
  const accounts = new Map<string, Set<string>>();
  for (const { namespace, serviceAccount } of clients) {
    if (serviceAccount === undefined) continue;
    const named = accounts.get(namespace) ?? new Set();
    accounts.set(namespace, named.add(serviceAccount));
  }
  return accounts;
}
