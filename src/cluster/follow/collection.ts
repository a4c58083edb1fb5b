import type { Change } from '../../inventory/inventory-store.ts';
import { referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { UnreadableAnswer } from '../connection/api-error.ts';
import type { WatchEvent } from './watch-events.ts';

/** The copy of one collection. Its receiver is told of a change before the copy has it, so no change is lost on it. */
export interface Collection {
  readonly size: () => number;
  readonly values: () => Iterable<KubernetesObject>;
  /** Adds what is kept of an object to a copy that is to replace this one. */
  readonly collect: (into: Map<string, KubernetesObject>, object: KubernetesObject) => void;
  /** Follows an event of a stream that makes a copy that is to replace this one. */
  readonly collectEvent: (into: Map<string, KubernetesObject>, event: WatchEvent) => void;
  /** Takes over a newer copy; only what differs is told. @throws UnreadableAnswer where the receiver threw. */
  readonly replace: (next: Map<string, KubernetesObject>) => void;
  /** Follows the events of a watch, in order; an object that came and went again is not told. @throws as `replace`. */
  readonly apply: (events: readonly WatchEvent[]) => void;
}

export interface CollectionOptions {
  /** What is kept of an object; undefined leaves it out. */
  readonly project: (object: KubernetesObject) => KubernetesObject | undefined;
  readonly onChange: (change: Change) => void;
}

export function createCollection({ project, onChange }: CollectionOptions): Collection {
  let objects = new Map<string, KubernetesObject>();

  const tell = (put: Iterable<KubernetesObject>, remove: Iterable<KubernetesObject>) => {
    const change = { put: [...put], remove: [...remove].map((object) => referenceOf(object)) };
    if (change.put.length + change.remove.length === 0) return;
    try {
      onChange(change);
    } catch (cause) {
      throw new UnreadableAnswer('a change could not be taken in', { cause });
    }
  };
  const collect = (into: Map<string, KubernetesObject>, object: KubernetesObject) => {
    const kept = project(object);
    const key = keyOf(object);
    if (kept) into.set(key, latest(kept, into.get(key)));
  };
  return {
    size: () => objects.size,
    values: () => objects.values(),
    collect,
    collectEvent: (into, { type, object }) => {
      if (type === 'BOOKMARK') return;
      into.delete(keyOf(object));
      if (type !== 'DELETED') collect(into, object);
    },
    replace: (next) => {
      const put = [...next].filter(([key, object]) => !isSame(objects.get(key), object));
      const remove = [...objects].filter(([key]) => !next.has(key));
      tell(
        put.map(([, object]) => object),
        remove.map(([, object]) => object),
      );
      objects = next;
    },
    apply: (events) => {
      const put = new Map<string, KubernetesObject>();
      const remove = new Map<string, KubernetesObject>();
      for (const { type, object } of events) {
        if (type === 'BOOKMARK') continue;
        const key = keyOf(object);
        if (type === 'DELETED' && isAnother(put.get(key) ?? objects.get(key), object)) continue;
        const kept = type === 'DELETED' ? undefined : project(object);
        put.delete(key);
        remove.delete(key);
        if (kept) put.set(key, kept);
        else if (objects.has(key)) remove.set(key, object);
      }
      tell(put.values(), remove.values());
      for (const key of remove.keys()) objects.delete(key);
      for (const [key, object] of put) objects.set(key, object);
    },
  };
}

/** Names an object within its collection. */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

/**
 * Of two objects that a list shows under one name, the one that was written last: while Calico takes the prefix off the
 * names of what it stores, a policy and its copy are both shown.
 */
export function latest(one: KubernetesObject, other: KubernetesObject | undefined): KubernetesObject {
  return other && versionOf(other) > versionOf(one) ? other : one;
}

function versionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion) || 0;
}

/** Whether what is known under a name is not the object that goes. */
function isAnother(known: KubernetesObject | undefined, gone: KubernetesObject): boolean {
  const [one, other] = [known?.metadata.uid, gone.metadata.uid];
  return one !== undefined && other !== undefined && one !== other;
}

function isSame(before: KubernetesObject | undefined, now: KubernetesObject): boolean {
  return (
    before !== undefined &&
    before.metadata.resourceVersion === now.metadata.resourceVersion &&
    before.metadata.uid === now.metadata.uid &&
    before.apiVersion === now.apiVersion
  );
}
