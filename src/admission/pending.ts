import { isDeepStrictEqual } from 'node:util';
import type { Inventory } from '../inventory/inventory.ts';
import { keyOf, type Change } from '../inventory/inventory-store.ts';
import {
  isKubernetesObject,
  isRecord,
  referenceOf,
  type KubernetesObject,
  type ObjectReference,
} from '../kubernetes/object.ts';
import { classOf } from '../kubernetes/object-class.ts';
import type { Subject } from '../facts/subject.ts';
import { findStored } from './find-stored.ts';

/**
 * A change that takes cover away and has been allowed: whether it has gone through nobody knows until it is seen, or
 * until the API server must have given it up.
 */
export interface PendingChange {
  readonly id: string;
  /** Milliseconds since 1970, by the clock of the replica that allowed it. */
  readonly at: number;
  readonly object: ObjectReference;
  /** The uid and the version of what it changes; of what it creates the uid alone, where that is a workload. */
  readonly uid?: string;
  readonly version?: string;
  /** What it makes of the object: absent where the object goes, `too-large` where it does not fit. */
  readonly becomes?: KubernetesObject | 'too-large';
}

/**
 * How long an API server may work on a request after a webhook has answered it, in milliseconds: its own
 * `--request-timeout`, which is 60 s unless somebody has set it. Source: Kubernetes, apiserver, `WithRequestDeadline`.
 */
const longestRequest = 60_000;
/** How far the clocks of two replicas may be apart, in milliseconds. */
const clockSkew = 10_000;
/** Bytes of an object that others are told, and of all of them: they have to fit into the 256 KiB of an object's annotations. */
const longestObject = 48 * 1024;
const longestText = 200 * 1024;
/** Changes of which it is not known how they have ended, at a time. */
const mostPending = 64;

/** The entry for a change that is being allowed. */
export function pendingOf(subject: Subject, id: string, at: number): PendingChange {
  const { operation, object, oldObject } = subject;
  if (classOf(object) === 'workload') return arrivalOf(object, id, at);
  const { uid, resourceVersion: version } = (operation === 'DELETE' ? object : oldObject)?.metadata ?? {};
  return {
    id,
    at,
    object: referenceOf(object),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof version === 'string' ? { version } : {}),
    ...(operation === 'DELETE' ? {} : { becomes: fitting(slimmed(object)) }),
  };
}

/**
 * A workload that comes: all that others ask of it is that something runs there. The pods of a namespace are one change,
 * as old as the last of them, or a handful of tenants with bare pods would take all places.
 */
function arrivalOf(object: KubernetesObject, id: string, at: number): PendingChange {
  const { namespace = 'default', uid } = object.metadata;
  const becomes = { ...aPod, metadata: { name: '', namespace }, spec: { containers: [] } };
  if (object.kind === 'Pod') return { id, at, object: { ...aPod, namespace, name: '' }, becomes };
  return { id, at, object: referenceOf(object), ...(typeof uid === 'string' ? { uid } : {}), becomes };
}

const aPod = { apiVersion: 'v1', kind: 'Pod' } as const;

function isArrival(becomes: PendingChange['becomes']): boolean {
  return typeof becomes === 'object' && becomes.kind === aPod.kind;
}

/** Those of which it is not known how they have ended: not seen in an inventory, and not given up. */
export function unsettled(
  pending: readonly PendingChange[],
  inventory: Inventory,
  now: number,
): readonly PendingChange[] {
  return pending.filter((one) => now - one.at < longestRequest + clockSkew && !isSettled(one, inventory));
}

/** With one more, the last; undefined where there are so many already that no more can be remembered. */
export function withPending(
  pending: readonly PendingChange[],
  added: PendingChange,
): readonly PendingChange[] | undefined {
  // Whoever asks for the same change again has not been answered, or did not hear it.
  const others = pending.filter((one) => !isSameChange(one, added));
  const all = [...others, added];
  return all.length <= mostPending && Buffer.byteLength(printPending(all)) <= longestText ? all : undefined;
}

function isSameChange(one: PendingChange, other: PendingChange): boolean {
  return isDeepStrictEqual({ ...one, id: '', at: 0 }, { ...other, id: '', at: 0 });
}

/**
 * What there is once all of them have gone through; undefined where that is not known: an object is too large to be
 * told, or has been changed in two ways, of which either may fail.
 */
export function asIfDone(pending: readonly PendingChange[]): Change | undefined {
  const put: KubernetesObject[] = [];
  const remove: ObjectReference[] = [];
  const changed = new Map<string, PendingChange['becomes']>();
  for (const { object, becomes } of pending) {
    if (becomes === 'too-large') return undefined;
    const key = keyOf(object);
    if (changed.has(key)) {
      if (!isDeepStrictEqual(changed.get(key), becomes)) return undefined;
      continue;
    }
    changed.set(key, becomes);
    if (becomes) put.push(becomes);
    else remove.push(object);
  }
  return { put, remove };
}

/** Of whatever else changes an object in between, its version tells as well: then the API server asks once more. */
function isSettled({ object, uid, version, becomes }: PendingChange, inventory: Inventory): boolean {
  const found = findStored(inventory, object);
  // What comes has its uid already: one of that name may have been there before. Pods, which are not followed, have none.
  if (isArrival(becomes)) return uid !== undefined && found?.metadata.uid === uid;
  if (!found) return becomes === undefined || version !== undefined;
  const { metadata } = found;
  if (uid !== undefined && metadata.uid !== uid) return true;
  if (becomes === undefined) return metadata.deletionTimestamp !== undefined;
  return metadata.resourceVersion !== version;
}

/** What verdicts ask of an object, and no more. */
function slimmed({ apiVersion, kind, metadata, spec }: KubernetesObject): KubernetesObject {
  const { name, namespace, labels, uid } = metadata;
  const kept = { name, namespace, labels, uid };
  return { apiVersion, kind, metadata: kept, ...(spec === undefined ? {} : { spec }) } as KubernetesObject;
}

function fitting(object: KubernetesObject): KubernetesObject | 'too-large' {
  return Buffer.byteLength(JSON.stringify(object)) > longestObject ? 'too-large' : object;
}

/** The text by which replicas tell each other of them. */
export function printPending(pending: readonly PendingChange[]): string {
  return JSON.stringify(pending);
}

/** Reads that text; what is not readable was not written by us, and is left out. */
export function readPending(text: string): readonly PendingChange[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.filter(isPending) : [];
}

function isPending(value: unknown): value is PendingChange {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.at !== 'number') return false;
  const { object, uid, version, becomes } = value;
  const isText = (one: unknown) => one === undefined || typeof one === 'string';
  return (
    isRecord(object) &&
    [object.apiVersion, object.kind, object.name].every((one) => typeof one === 'string') &&
    [object.namespace, uid, version].every(isText) &&
    (becomes === undefined || becomes === 'too-large' || isKubernetesObject(becomes))
  );
}
