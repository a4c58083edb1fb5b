import type { PolicyWorldOptions } from '../calico/index.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { createInventoryStore } from '../inventory/store.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';

/**
 * Judges manifests as a cluster that holds them all: one judgement for each object, in their order.
 * What stands in the same set counts, so a namespaced policy covers its namespace.
 */
export function judgeManifests(
  objects: readonly KubernetesObject[],
  conventions: ConventionSet,
  now: Date,
): readonly Judgement[] {
  const { inventory } = createInventoryStore(calicoOf(conventions), objects);
  return objects.map((object) => judge({ operation: 'STATE', object }, inventory, conventions, now, 'ci'));
}

/** How Calico is taken to run where no cluster can be asked: as the conventions say, else as new installations do. */
export function calicoOf(conventions: ConventionSet): PolicyWorldOptions {
  const { mode = 'v3crd', version } = conventions.clusterWide()?.calico ?? {};
  return { mode, ...(version === undefined ? {} : { version }) };
}
