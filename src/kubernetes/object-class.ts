import { findKind, type Kind, kinds, type ObjectClass } from '../kinds.ts';
import { groupOf, type KubernetesObject, type ObjectReference } from './object.ts';
import { podTemplateOf } from './pod-template.ts';

export type { ObjectClass };

/**
 * The kinds that are judged, by name; workloads of other kinds are told by their structure. ServerAuthorization,
 * which Linkerd deprecates, is left out, and so are extensions, which say only whom the API server calls.
 */
export const judgedKinds: readonly string[] = [
  ...new Set(
    kinds
      .filter((entry) => entry.kind !== 'ServerAuthorization' && entry.class !== 'extension')
      .map(({ kind }) => kind),
  ),
];

/** The entry in the table of kinds of what a reference names, whatever its version. */
function kindOf({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): Kind | undefined {
  return findKind(groupOf(apiVersion), kind);
}

/** Whether a reference names a network policy of any kind, a tier, a network set or a host endpoint. */
export function isPolicyKind(reference: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean {
  return kindOf(reference)?.class === 'policy';
}

/** Tells what an object is, by group and kind whatever its version, and by structure for workloads. */
export function classOf(object: KubernetesObject): ObjectClass {
  if (groupOf(object.apiVersion) === 'policy.linkerd.io') return 'mesh-policy';
  const known = kindOf(object)?.class;
  if (known !== undefined && known !== 'workload') return known;
  return podTemplateOf(object) ? 'workload' : 'other';
}
