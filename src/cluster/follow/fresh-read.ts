import type { Change } from '../../inventory/inventory-store.ts';
import { referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { keyOf, latest } from './collection.ts';
import { listAll, objectOf } from './list.ts';

/** A part of the cluster that one request reads: a collection, or of it one namespace or one name. */
export interface Scope {
  /** `networkpolicies.projectcalico.org`, as kubectl writes it. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What is known of a collection that is followed. */
export interface KnownCollection {
  /** Across all namespaces. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly project: (object: KubernetesObject) => KubernetesObject | undefined;
  readonly objects: () => Iterable<KubernetesObject>;
}

/**
 * Reads a scope as it is now, which no cache of the API server answers (a list without a resource version), and tells
 * how it differs from the copy. A name is asked for by a list too, for which the right to list is enough.
 * @throws ApiError, UnreadableAnswer, or what the connection throws.
 */
export async function readScope(
  connection: ApiConnection,
  known: KnownCollection,
  scope: Scope,
  signal: AbortSignal,
): Promise<Change> {
  const now = new Map<string, KubernetesObject>();
  const selector = scope.name === undefined ? {} : { fieldSelector: `metadata.name=${scope.name}` };
  await listAll(connection, pathOf(known.path, scope), {
    query: { ...known.query, ...selector },
    signal,
    onRestart: () => now.clear(),
    onPage: (items, page) => {
      for (const item of items) {
        const kept = known.project(objectOf(item, page));
        if (kept) now.set(keyOf(kept), latest(kept, now.get(keyOf(kept))));
      }
    },
  });
  const remove: KubernetesObject[] = [];
  for (const object of known.objects()) {
    if (!isWithin(object, scope)) continue;
    const found = now.get(keyOf(object));
    if (!found) remove.push(object);
    else if (isSame(found, object)) now.delete(keyOf(object));
  }
  return { put: [...now.values()], remove: remove.map((object) => referenceOf(object)) };
}

function pathOf(path: string, { namespace }: Scope): string {
  if (namespace === undefined) return path;
  const end = path.lastIndexOf('/');
  return `${path.slice(0, end)}/namespaces/${encodeURIComponent(namespace)}${path.slice(end)}`;
}

function isWithin({ metadata }: KubernetesObject, { namespace, name }: Scope): boolean {
  return (
    (namespace === undefined || metadata.namespace === namespace) &&
    (name === undefined || metadata.name === name)
  );
}

function isSame(one: KubernetesObject, other: KubernetesObject): boolean {
  return (
    one.metadata.resourceVersion === other.metadata.resourceVersion && one.metadata.uid === other.metadata.uid
  );
}
