import { changeWorld, type PolicyWorld } from '../calico/index.ts';
import type { KubernetesObject, ObjectReference } from '../kubernetes/object.ts';
import { classOf, isPolicyKind, type ObjectClass } from '../kubernetes/object-class.ts';
import type { Inventory } from './inventory.ts';
import { isInWorld, keyOf, type Change } from './store.ts';

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
  // Most changes are workloads, which no policy is made of: then what the world has judged stays judged.
  const touchesWorld =
    put.some(({ objectClass }) => isInWorld(objectClass)) || (change.remove ?? []).some(mayBeInWorld);
  const policyWorld = () => {
    if (!touchesWorld) return below.policyWorld;
    world ??= changeWorld(below.policyWorld, change);
    return world;
  };
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
      if (!touchesWorld) return below.lastingWorld;
      if (below.lastingWorld === below.policyWorld) return policyWorld();
      return (lasting ??= changeWorld(below.lastingWorld, change));
    },
    get gaps() {
      return below.gaps;
    },
  };
}

/** A reference does not say what an object is; only kinds that policies are never made of are left out. */
function mayBeInWorld(reference: ObjectReference): boolean {
  return isPolicyKind(reference) || reference.kind === 'Namespace' || reference.kind === 'ServiceAccount';
}
