import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { ManifestSet } from '../../manifests/manifest-set.ts';
import { stateOfFiles } from '../check/judge-manifests.ts';
import { readSnapshots } from '../snapshot/snapshot-file.ts';
import type { AuditedState } from './audit-live.ts';
import { createClusterManifests } from './cluster-manifests.ts';
import { createStateAudit } from './state-audit.ts';

/** Audits what files hold, as if it all existed: manifests, or the snapshot of a cluster, which has no running pods. */
export function auditFiles(set: ManifestSet, stated: ConventionSet, now: Date): AuditedState {
  const content = readSnapshots(set.objects.map(({ object }) => object));
  const held = new Set(content.objects);
  const objects = set.objects.filter(({ object }) => held.has(object));
  const gaps = [...set.gaps, ...content.gaps];
  const state = stateOfFiles({ objects, gaps }, stated, { ...content, existing: [] });
  const audit = createStateAudit(objects, state, now, createClusterManifests());
  return {
    set: { ...set, objects },
    judged: audit.judged(),
    conventions: state.conventions,
    gaps: content.gaps,
  };
}
