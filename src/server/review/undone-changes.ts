import type { Decision } from '../../admission/decision.ts';
import {
  isGivenUp,
  replacementMs,
  undoes,
  withhold,
  withTimeUndone,
  type TimesUndone,
} from '../../admission/undone.ts';
import { findStored } from '../../admission/find-stored.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { keyOf } from '../../inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';
import { referenceOf, type KubernetesObject, type ObjectReference } from '../../kubernetes/object.ts';
import { classOf } from '../../kubernetes/object-class.ts';
import { createMemory } from '../../memo/memory.ts';

/** Ends fights: what the same writer takes away again and again is not added any more. */
export interface UndoneChanges {
  /** The answer of the mutating webhook, without its patch where that has been undone too often. */
  readonly settle: (request: AdmissionRequest, decision: Decision) => Decision;
  /** Told of each object that is there no longer, so that a replacement is known when it comes. */
  readonly forget: (gone: KubernetesObject) => void;
}

/**
 * Remembers what writers undo, each replica for itself.
 * @param options.now Milliseconds since some fixed point.
 */
export function createUndoneChanges({
  inventory,
  now,
}: {
  readonly inventory: Inventory;
  readonly now: () => number;
}): UndoneChanges {
  const undone = createMemory<string, TimesUndone>({
    name: 'additions that were undone',
    bound: { entries: 2_000, keyLength: 4_096 },
  });
  const gone = createMemory<string, { readonly object: KubernetesObject; readonly at: number }>({
    name: 'workloads that went a moment ago',
    bound: { entries: 1_000, keyLength: 1_024 },
  });
  /** What is followed may still show the object whose replacement is asked for. */
  const formerOf = (reference: ObjectReference) => {
    const last = gone.get(keyOf(reference));
    return last && now() - last.at <= replacementMs ? last.object : findStored(inventory, reference);
  };
  return {
    settle: (request, decision) => {
      const { object, namespace, user, dryRun } = request;
      if (decision.patch.length === 0 || !object?.metadata.name) return decision;
      const reference = { ...referenceOf(object), ...(namespace === undefined ? {} : { namespace }) };
      const key = JSON.stringify([keyOf(reference), user.username, decision.patch]);
      const before = undone.get(key) ?? [];
      const times = undoes(request, decision, formerOf(reference)) ? withTimeUndone(before, now()) : before;
      if (times !== before && !dryRun) undone.set(key, times);
      return isGivenUp(times, now()) ? withhold(decision, user.username) : decision;
    },
    forget: (object) => {
      if (classOf(object) === 'workload') gone.set(keyOf(object), { object, at: now() });
    },
  };
}
