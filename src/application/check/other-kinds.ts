import { groupOf } from '../../kubernetes/object.ts';
import type { OtherKind } from '../../report/report.ts';
import { customWorkloadOf } from '../../workloads/custom/find-custom.ts';
import type { JudgedManifest } from './judge-manifests.ts';

/** The kinds that no rule is about, with how many objects there are of each: the most frequent first, then by name. */
export function otherKindsOf(judged: readonly JudgedManifest[]): readonly OtherKind[] {
  const counts = new Map<string, OtherKind>();
  for (const { manifest, otherKind } of judged) {
    if (!otherKind) continue;
    const { apiVersion, kind } = manifest.object;
    const group = groupOf(apiVersion);
    const name = group === '' ? kind : `${kind}.${group}`;
    const known = counts.get(name);
    const makesPods = known?.makesPods ?? customWorkloadOf(manifest.object) !== undefined;
    counts.set(name, { kind: name, count: (known?.count ?? 0) + 1, makesPods });
  }
  return [...counts.values()].toSorted(
    (one, other) => other.count - one.count || (one.kind < other.kind ? -1 : 1),
  );
}
