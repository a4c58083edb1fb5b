import { earlierVersions, isVersion, type PolicyWorldOptions } from '../calico/index.ts';
import { groupOf, referenceOf, type KubernetesObject, type ObjectReference } from '../kubernetes/object.ts';
import { classOf, type ObjectClass } from '../kubernetes/object-class.ts';
import { type CompiledPolicies, createCompiledPolicies } from './compiled-policies.ts';
import type { Gap, Inventory, OtherVersion } from './inventory.ts';

/** Objects that come (or take the place of their former selves) and objects that go. */
export interface Change {
  readonly put?: readonly KubernetesObject[];
  readonly remove?: readonly ObjectReference[];
}

export interface InventoryStore {
  /** A live view: it shows every change applied so far, so it is only to be read within one synchronous judgement. */
  readonly inventory: Inventory;
  readonly apply: (change: Change) => void;
  /** Asked whenever the policy world is used: once the answer is another one, it is built again. */
  readonly setCalico: (calico: () => PolicyWorldOptions) => void;
  readonly setGaps: (gaps: readonly Gap[]) => void;
}

/** Holds what exists and keeps the compiled policy world in step, at the cost of each change alone. */
export function createInventoryStore(
  calico: PolicyWorldOptions,
  objects: Iterable<KubernetesObject> = [],
  gaps: readonly Gap[] = [],
): InventoryStore {
  const shelves = new Map<string, Shelf>();
  const state = {
    calico: () => calico,
    gaps,
    /** Policies that are being deleted: in force still, and not for long. */
    leaving: new Map<string, ObjectReference>(),
  };
  const compiled = createCompiledPolicies();
  /** Made when the version is not known and somebody asks. */
  const earlier = new Map<string, CompiledPolicies>();
  const everyone = () => [compiled, ...earlier.values()];

  const put = (object: KubernetesObject) => {
    const objectClass = classOf(object);
    if (objectClass === 'other') return;
    const key = keyOf(object);
    shelfOf(shelves, objectClass, object.metadata.namespace).set(key, object);
    if (!isInWorld(objectClass)) return;
    if (objectClass === 'policy' && object.metadata.deletionTimestamp)
      state.leaving.set(key, referenceOf(object));
    else state.leaving.delete(key);
    for (const one of everyone()) one.put(key, object);
  };
  const remove = (reference: ObjectReference) => {
    const key = keyOf(reference);
    for (const objectClass of classes) {
      const shelf = shelves.get(shelfKey(objectClass, reference.namespace));
      if (!shelf?.delete(key) || !isInWorld(objectClass)) continue;
      state.leaving.delete(key);
      for (const one of everyone()) one.remove(key, reference);
    }
  };
  for (const object of objects) put(object);

  const all = (objectClass: ObjectClass, namespace?: string) =>
    (shelves.get(shelfKey(objectClass, namespace)) ?? new Map<string, KubernetesObject>()).values();
  const everyPolicy = function* () {
    for (const [key, shelf] of shelves) if (key.startsWith('policy/')) yield* shelf.values();
  };
  const everyInWorld = function* () {
    yield* everyPolicy();
    for (const [key, shelf] of shelves)
      if (key.startsWith('namespace/') || key.startsWith('service-account/')) yield* shelf.values();
  };
  const otherVersions = (): readonly OtherVersion[] => {
    const options = state.calico();
    if (isVersion(options.version)) {
      earlier.clear();
      return [];
    }
    return earlierVersions.map((version) => {
      const policies = earlier.get(version) ?? createCompiledPolicies();
      earlier.set(version, policies);
      const world = () => policies.world({ ...options, version }, everyInWorld);
      return {
        version,
        get policyWorld() {
          return world();
        },
        get lastingWorld() {
          return policies.without(world(), state.leaving);
        },
      };
    });
  };

  const inventory: Inventory = {
    namespaces: () => all('namespace'),
    namespace: (name) => shelves.get(shelfKey('namespace'))?.get(`/Namespace//${name}`),
    workloads: (namespace) => all('workload', namespace),
    services: (namespace) => all('service', namespace),
    serviceAccounts: (namespace) => all('service-account', namespace),
    meshPolicies: (namespace) => all('mesh-policy', namespace),
    policies: everyPolicy,
    get policyWorld() {
      return compiled.world(state.calico(), everyInWorld);
    },
    get lastingWorld() {
      return compiled.without(inventory.policyWorld, state.leaving);
    },
    get otherVersions() {
      return otherVersions();
    },
    get gaps() {
      return state.gaps;
    },
  };
  return {
    inventory,
    apply: (change) => {
      for (const reference of change.remove ?? []) remove(reference);
      for (const object of change.put ?? []) put(object);
    },
    setCalico: (calico) => {
      state.calico = calico;
    },
    setGaps: (next) => {
      state.gaps = next;
    },
  };
}

type Shelf = Map<string, KubernetesObject>;

const classes: readonly ObjectClass[] = [
  'namespace',
  'service-account',
  'service',
  'mesh-policy',
  'policy',
  'workload',
];

/** Whether objects of a class are part of the policy world. */
export function isInWorld(objectClass: ObjectClass): boolean {
  return objectClass === 'policy' || objectClass === 'namespace' || objectClass === 'service-account';
}

function shelfKey(objectClass: ObjectClass, namespace = ''): string {
  return `${objectClass}/${namespace}`;
}

function shelfOf(shelves: Map<string, Shelf>, objectClass: ObjectClass, namespace?: string): Shelf {
  const key = shelfKey(objectClass, namespace);
  const shelf = shelves.get(key) ?? new Map<string, KubernetesObject>();
  shelves.set(key, shelf);
  return shelf;
}

/** Names an object by group, kind, namespace and name: the version in which it is served makes no other object of it. */
export function keyOf(object: KubernetesObject | ObjectReference): string {
  const reference = 'metadata' in object ? referenceOf(object) : object;
  return `${groupOf(reference.apiVersion)}/${reference.kind}/${reference.namespace ?? ''}/${reference.name}`;
}
