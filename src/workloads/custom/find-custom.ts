import { groupOf, type ObjectReference } from '../../kubernetes/object.ts';
import type { CustomWorkload } from './custom-workload.ts';
import { databases } from './databases.ts';
import { runners } from './runners.ts';

/** Every kind of custom resource that is known to make pods. */
export const customWorkloads: readonly CustomWorkload[] = [...databases, ...runners];

const byName = new Map(customWorkloads.map((entry) => [`${entry.group}/${entry.kind}`, entry]));

/** The entry of a kind, whatever its version. */
export function customWorkloadOf({
  apiVersion,
  kind,
}: Pick<ObjectReference, 'apiVersion' | 'kind'>): CustomWorkload | undefined {
  return byName.get(`${groupOf(apiVersion)}/${kind}`);
}
