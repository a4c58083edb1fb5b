import { annotationsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ManifestObject } from '../../manifests/manifest-set.ts';

/** How objects come to a cluster: in the order of their files, or as Helm or Argo CD sort them. */
export const applyOrders = ['kubectl', 'helm', 'argocd'] as const;
export type ApplyOrder = (typeof applyOrders)[number];

/**
 * The objects in the order in which they are created. Helm and Argo CD sort by kind and know no policy of Calico's, so
 * namespaces come first and such policies last.
 * Source: Helm pkg/release/v1/util/kind_sorter.go, InstallOrder and lessByKind; Argo CD gitops-engine
 * pkg/sync/sync_tasks.go, kindOrder and Less (wave, kind, name).
 */
export function inApplyOrder(
  objects: readonly ManifestObject[],
  order: ApplyOrder,
): readonly ManifestObject[] {
  if (order === 'kubectl') return objects;
  const rank = ({ object }: ManifestObject) => [
    order === 'argocd' ? phaseOf(object) : 0,
    order === 'argocd' ? waveOf(object) : 0,
    kindRank(object),
  ];
  return objects.toSorted((one, other) => {
    const [left, right] = [rank(one), rank(other)];
    return (
      left.map((value, index) => value - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0
    );
  });
}

/** The first kinds that both install; what is not listed comes after them. */
const first = ['Namespace', 'NetworkPolicy', 'ResourceQuota', 'LimitRange', 'ServiceAccount'];

function kindRank({ apiVersion, kind }: KubernetesObject): number {
  // Both sort by the name of the kind alone, so a NetworkPolicy of Calico's counts as one of Kubernetes'.
  const rank = first.indexOf(kind);
  if (rank >= 0) return rank;
  return apiVersion.includes('.') ? first.length + 1 : first.length;
}

function phaseOf(object: KubernetesObject): number {
  const hook = annotationsOf(object)['argocd.argoproj.io/hook'] ?? '';
  return hook.includes('PreSync') ? 0 : hook.includes('PostSync') ? 2 : 1;
}

function waveOf(object: KubernetesObject): number {
  const wave = Number(annotationsOf(object)['argocd.argoproj.io/sync-wave'] ?? 0);
  return Number.isInteger(wave) ? wave : 0;
}
