import { changeWorld, type PolicyWorld } from '../calico/index.ts';
import { referenceOf, type KubernetesObject, type ObjectReference } from '../kubernetes/object.ts';
import { classOf, isPolicyKind, type ObjectClass } from '../kubernetes/object-class.ts';
import type { Inventory, OtherVersion } from './inventory.ts';
import { isInWorld, keyOf, type Change } from './inventory-store.ts';

/** The inventory as if a change had gone through; the inventory below it stays as it is. */
export function overlay(below: Inventory, change: Change): Inventory {
  const [put, ...others] = change.put ?? [];
  const isOneWorkload = put && others.length === 0 && (change.remove ?? []).length === 0;
  return isOneWorkload && classOf(put) === 'workload'
    ? withWorkload(below, put)
    : overlayOfAny(below, change);
}

/** By far the most changes are of one workload: everything else is what it was, and is asked below. */
function withWorkload(below: Inventory, workload: KubernetesObject): Inventory {
  const around = function* (namespace: string) {
    const key = keyOf(workload);
    for (const object of below.workloads(namespace)) if (keyOf(object) !== key) yield object;
    yield workload;
  };
  const workloads = (namespace: string) =>
    namespace === workload.metadata.namespace ? around(namespace) : below.workloads(namespace);
  const populated = () => withNames(below.populated(), [workload.metadata.namespace ?? '']);
  return Object.assign(Object.create(below) as Inventory, { populated, workloads });
}

function overlayOfAny(below: Inventory, change: Change): Inventory {
  // Most judgements never look at what is beside their subject.
  let keys: ReadonlySet<string> | undefined;
  const isGone = (key: string) => {
    keys ??= new Set([...(change.remove ?? []), ...(change.put ?? [])].map((object) => keyOf(object)));
    return keys.has(key);
  };
  const put = (change.put ?? []).map((object) => ({ object, objectClass: classOf(object) }));

  const merge = function* (
    objects: Iterable<KubernetesObject>,
    objectClass: ObjectClass,
    namespace?: string,
  ) {
    for (const object of objects) if (!isGone(keyOf(object))) yield object;
    for (const entry of put) {
      if (entry.objectClass !== objectClass) continue;
      if (namespace === undefined || entry.object.metadata.namespace === namespace) yield entry.object;
    }
  };
  /** What has not changed stays the same list. */
  const around = (objects: Iterable<KubernetesObject>, objectClass: ObjectClass, namespace: string) =>
    (change.remove ?? []).some((reference) => reference.namespace === namespace) ||
    put.some((entry) => entry.objectClass === objectClass && entry.object.metadata.namespace === namespace)
      ? merge(objects, objectClass, namespace)
      : objects;
  // What the world has judged stays judged where nothing changes that policies are made of.
  const touchesWorld =
    put.some(({ objectClass }) => isInWorld(objectClass)) || (change.remove ?? []).some(mayBeInWorld);
  let worlds: Worlds | undefined;
  const changed = () => (worlds ??= changedWorlds(below, change));
  let otherVersions: readonly OtherVersion[] | undefined;
  return {
    namespaces: () => merge(below.namespaces(), 'namespace'),
    namespace: (name) => {
      const own = put.find(
        (entry) => entry.objectClass === 'namespace' && entry.object.metadata.name === name,
      );
      if (own) return own.object;
      const found = below.namespace(name);
      return found && touchesWorld && isGone(keyOf(found)) ? undefined : found;
    },
    populated: () =>
      withNames(
        below.populated(),
        put.flatMap(({ object }) => object.metadata.namespace ?? []),
      ),
    workloads: (namespace) => around(below.workloads(namespace), 'workload', namespace),
    services: (namespace) => around(below.services(namespace), 'service', namespace),
    serviceAccounts: (namespace) => around(below.serviceAccounts(namespace), 'service-account', namespace),
    meshPolicies: (namespace) => around(below.meshPolicies(namespace), 'mesh-policy', namespace),
    others: (namespace) => around(below.others(namespace), 'other', namespace),
    extensions: () => merge(below.extensions(), 'extension'),
    policies: () => merge(below.policies(), 'policy'),
    get policyWorld() {
      return touchesWorld ? changed().policyWorld : below.policyWorld;
    },
    get lastingWorld() {
      return touchesWorld ? changed().lastingWorld : below.lastingWorld;
    },
    get otherVersions() {
      if (!touchesWorld) return below.otherVersions;
      otherVersions ??= below.otherVersions.map((other) =>
        Object.assign(changedWorlds(other, change), { version: other.version }),
      );
      return otherVersions;
    },
    get gaps() {
      return below.gaps;
    },
  };
}

/** The worlds after a change, each made once it is asked for. */
function changedWorlds(below: Worlds, change: Change): Worlds {
  let world: PolicyWorld | undefined;
  let lasting: PolicyWorld | undefined;
  const policyWorld = () => (world ??= changeWorld(below.policyWorld, change));
  return {
    get policyWorld() {
      return policyWorld();
    },
    get lastingWorld() {
      const leaving = (change.put ?? []).filter(isLeavingPolicy);
      if (leaving.length === 0 && below.lastingWorld === below.policyWorld) return policyWorld();
      return (lasting ??= changeWorld(below.lastingWorld, {
        put: (change.put ?? []).filter((object) => !isLeavingPolicy(object)),
        remove: [...(change.remove ?? []), ...leaving.map((object) => referenceOf(object))],
      }));
    },
  };
}

/** What a store counts as leaving, too. */
function isLeavingPolicy(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && classOf(object) === 'policy';
}

type Worlds = Pick<Inventory, 'policyWorld' | 'lastingWorld'>;

/** A reference does not say what an object is; only kinds that policies are never made of are left out. */
function mayBeInWorld(reference: ObjectReference): boolean {
  return isPolicyKind(reference) || reference.kind === 'Namespace' || reference.kind === 'ServiceAccount';
}

/** Names with some more, each once. */
function* withNames(names: Iterable<string>, more: readonly string[]): Iterable<string> {
  const others = new Set(more);
  for (const name of names) {
    others.delete(name);
    yield name;
  }
  yield* others;
}
