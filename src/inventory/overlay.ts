import { changeWorld, type PolicyWorld } from '../calico/index.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { classOf, type ObjectClass } from '../kubernetes/object-class.ts';
import type { Inventory } from './inventory.ts';
import { keyOf, type Change } from './store.ts';

/** The inventory as if a change had gone through; the inventory below it stays as it is. */
export function overlay(below: Inventory, change: Change): Inventory {
  const gone = new Set([...(change.remove ?? []), ...(change.put ?? [])].map((object) => keyOf(object)));
  const put = (change.put ?? []).map((object) => ({ object, objectClass: classOf(object) }));

  const merge = function* (
    objects: Iterable<KubernetesObject>,
    objectClass: ObjectClass,
    namespace?: string,
  ) {
    for (const object of objects) if (!gone.has(keyOf(object))) yield object;
    for (const entry of put) {
      if (entry.objectClass !== objectClass) continue;
      if (namespace === undefined || entry.object.metadata.namespace === namespace) yield entry.object;
    }
  };
  let world: PolicyWorld | undefined;
  let lasting: PolicyWorld | undefined;
  const policyWorld = () => (world ??= changeWorld(below.policyWorld, change));
  return {
    namespaces: () => merge(below.namespaces(), 'namespace'),
    namespace: (name) => {
      const own = put.find(
        (entry) => entry.objectClass === 'namespace' && entry.object.metadata.name === name,
      );
      if (own) return own.object;
      return gone.has(`/Namespace//${name}`) ? undefined : below.namespace(name);
    },
    workloads: (namespace) => merge(below.workloads(namespace), 'workload', namespace),
    services: (namespace) => merge(below.services(namespace), 'service', namespace),
    serviceAccounts: (namespace) => merge(below.serviceAccounts(namespace), 'service-account', namespace),
    meshPolicies: (namespace) => merge(below.meshPolicies(namespace), 'mesh-policy', namespace),
    policies: () => merge(below.policies(), 'policy'),
    get policyWorld() {
      return policyWorld();
    },
    get lastingWorld() {
      if (below.lastingWorld === below.policyWorld) return policyWorld();
      return (lasting ??= changeWorld(below.lastingWorld, change));
    },
    get gaps() {
      return below.gaps;
    },
  };
}
