import type { KubernetesObject } from '../kubernetes/object.ts';
import type { ObjectClass } from '../kubernetes/object-class.ts';

/** The objects of a store, by what they are and the namespace they live in. */
export interface ObjectIndex {
  readonly put: (objectClass: ObjectClass, key: string, object: KubernetesObject) => void;
  /** @returns what was there */
  readonly remove: (
    objectClass: ObjectClass,
    key: string,
    namespace?: string,
  ) => KubernetesObject | undefined;
  /** The objects of one shelf: the same list for as long as none of them changes. */
  readonly list: (objectClass: ObjectClass, namespace?: string) => readonly KubernetesObject[];
  /** The objects of a class in all namespaces. */
  readonly every: (objectClass: ObjectClass) => Iterable<KubernetesObject>;
  readonly namespace: (name: string) => KubernetesObject | undefined;
  /** The namespaces in which objects of a class are. */
  readonly holding: (objectClass: ObjectClass) => Iterable<string>;
}

interface Shelf {
  readonly objects: Map<string, KubernetesObject>;
  list: readonly KubernetesObject[] | undefined;
}

export function createObjectIndex(): ObjectIndex {
  const classes = new Map<ObjectClass, Map<string, Shelf>>();
  /** Asked for by name many times for each review. */
  const namespaces = new Map<string, KubernetesObject>();
  const shelfAt = (objectClass: ObjectClass, namespace = '') => classes.get(objectClass)?.get(namespace);
  const shelfFor = (objectClass: ObjectClass, namespace = ''): Shelf => {
    const shelves = classes.get(objectClass) ?? new Map<string, Shelf>();
    classes.set(objectClass, shelves);
    const shelf = shelves.get(namespace) ?? { objects: new Map<string, KubernetesObject>(), list: undefined };
    shelves.set(namespace, shelf);
    return shelf;
  };
  return {
    put: (objectClass, key, object) => {
      const shelf = shelfFor(objectClass, object.metadata.namespace);
      shelf.objects.set(key, object);
      shelf.list = undefined;
      if (objectClass === 'namespace') namespaces.set(object.metadata.name ?? '', object);
    },
    remove: (objectClass, key, namespace) => {
      const shelf = shelfAt(objectClass, namespace);
      const object = shelf?.objects.get(key);
      if (!shelf || !object) return undefined;
      shelf.objects.delete(key);
      shelf.list = undefined;
      if (shelf.objects.size === 0) classes.get(objectClass)?.delete(namespace ?? '');
      if (objectClass === 'namespace') namespaces.delete(object.metadata.name ?? '');
      return object;
    },
    list: (objectClass, namespace) => {
      const shelf = shelfAt(objectClass, namespace);
      return shelf ? (shelf.list ??= [...shelf.objects.values()]) : none;
    },
    every: function* (objectClass) {
      for (const { objects } of classes.get(objectClass)?.values() ?? []) yield* objects.values();
    },
    namespace: (name) => namespaces.get(name),
    holding: (objectClass) => classes.get(objectClass)?.keys() ?? [],
  };
}

const none: readonly KubernetesObject[] = [];
