import { earlierVersions, isVersion, type PolicyWorldOptions } from '../calico/index.ts';
import { groupOf, referenceOf, type KubernetesObject, type ObjectReference } from '../kubernetes/object.ts';
import { classOf, type ObjectClass } from '../kubernetes/object-class.ts';
import { type CompiledPolicies, createCompiledPolicies } from './compiled-policies.ts';
import { serviceCallsOf } from '../kubernetes/service-calls.ts';
import type { Gap, Inventory, OtherVersion } from './inventory.ts';
import { createObjectIndex } from './object-index.ts';

/** Objects that come (or take the place of their former selves) and objects that go. */
export interface Change {
  readonly put?: readonly KubernetesObject[];
  readonly remove?: readonly ObjectReference[];
}

export interface InventoryStore {
  /** A live view: it shows every change applied so far, so it is only to be read within one synchronous judgement. */
  readonly inventory: Inventory;
  /** @returns what has gone by it */
  readonly apply: (change: Change) => readonly KubernetesObject[];
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
  const shelves = createObjectIndex();
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
    if (objectClass === 'other' && !isAskedFor(object)) return;
    const key = keyOf(object);
    shelves.put(objectClass, key, object);
    if (!isInWorld(objectClass)) return;
    if (objectClass === 'policy' && object.metadata.deletionTimestamp)
      state.leaving.set(key, referenceOf(object));
    else state.leaving.delete(key);
    for (const one of everyone()) one.put(key, object);
  };
  const remove = (reference: ObjectReference): readonly KubernetesObject[] => {
    const key = keyOf(reference);
    return classes.flatMap((objectClass) => {
      const gone = shelves.remove(objectClass, key, reference.namespace);
      if (!gone) return [];
      if (isInWorld(objectClass)) {
        state.leaving.delete(key);
        for (const one of everyone()) one.remove(key, reference);
      }
      return [gone];
    });
  };
  for (const object of objects) put(object);

  const everyInWorld = function* () {
    yield* shelves.every('policy');
    yield* shelves.every('namespace');
    yield* shelves.every('service-account');
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
    namespaces: () => shelves.list('namespace'),
    namespace: shelves.namespace,
    // Asked for each policy of an audit, and mostly left after the first few.
    populated: function* () {
      yield* shelves.holding('workload');
      for (const name of shelves.holding('service'))
        if (shelves.list('workload', name).length === 0) yield name;
    },
    workloads: (namespace) => shelves.list('workload', namespace),
    services: (namespace) => shelves.list('service', namespace),
    serviceAccounts: (namespace) => shelves.list('service-account', namespace),
    meshPolicies: (namespace) => shelves.list('mesh-policy', namespace),
    others: (namespace) => shelves.list('other', namespace),
    extensions: () => shelves.every('extension'),
    policies: () => shelves.every('policy'),
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
      const gone = (change.remove ?? []).flatMap(remove);
      for (const object of change.put ?? []) put(object);
      return gone;
    },
    setCalico: (calico) => {
      state.calico = calico;
    },
    setGaps: (next) => {
      state.gaps = next;
    },
  };
}

const classes: readonly ObjectClass[] = [
  'namespace',
  'service-account',
  'service',
  'mesh-policy',
  'policy',
  'workload',
  'extension',
  'other',
];

/** Whether an object is of a kind that somebody defined: the groups of Kubernetes have no dot, or end so. */
function isCustom({ apiVersion }: KubernetesObject): boolean {
  const group = groupOf(apiVersion);
  return group.includes('.') && !group.endsWith('.k8s.io');
}

/** Whether a rule about something else may ask for an object of which nothing else is known. */
function isAskedFor(object: KubernetesObject): boolean {
  return isCustom(object) || object.kind === 'LimitRange' || serviceCallsOf(object).length > 0;
}

/** Whether objects of a class are part of the policy world. */
export function isInWorld(objectClass: ObjectClass): boolean {
  return objectClass === 'policy' || objectClass === 'namespace' || objectClass === 'service-account';
}

/** Names an object by group, kind, namespace and name: the version in which it is served makes no other object of it. */
export function keyOf(object: KubernetesObject | ObjectReference): string {
  const reference = 'metadata' in object ? referenceOf(object) : object;
  return `${groupOf(reference.apiVersion)}/${reference.kind}/${reference.namespace ?? ''}/${reference.name}`;
}
