import type { ConventionSet } from '../../conventions/convention-set.ts';
import { auditCluster } from '../../engine/audit.ts';
import { type AuditFinding, othersInWords } from '../../engine/audit-findings.ts';
import type { FindingListener } from '../../engine/finding-collector.ts';
import type { JudgedFinding } from '../../engine/judgement.ts';
import { createPodAudit } from '../../engine/pod-audit.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { keyOf } from '../../inventory/inventory-store.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { ManifestObject } from '../../manifests/manifest-set.ts';
import { rulesFor } from '../../rules/registry.ts';
import { admissionOf, type JudgedManifest, type StateOfFiles } from '../check/judge-manifests.ts';

/** What the audit of the server finds in a state, without its bounds. */
export interface StateAudit {
  /** Judges running pods, which are no part of the state and need not be kept. */
  readonly addPods: (pods: readonly KubernetesObject[]) => void;
  /** Running pods that were judged. */
  readonly pods: () => number;
  /** Every object of the state, and the pods that have a finding. */
  readonly judged: () => readonly JudgedManifest[];
}

/** A finding, and how many pods of one owner have it. */
interface Counted extends Pick<AuditFinding, 'owner'> {
  readonly finding: JudgedFinding;
  count: number;
}

/**
 * Judges a state as the server's audit does: every object as it is, with the rules and actions of the point `audit`.
 * @param placeOf how an object that is not among the manifests is named
 */
export function createStateAudit(
  manifests: readonly ManifestObject[],
  { inventory, conventions }: StateOfFiles,
  now: Date,
  placeOf: (object: KubernetesObject) => ManifestObject,
): StateAudit {
  const subjects = new Map<string, { readonly object: KubernetesObject; readonly own: Counted[] }>();
  const groups = new Map<string, Counted>();
  const collect: FindingListener = ({ finding, group }, object) => {
    const known = group && groups.get(group.key);
    if (known) {
      known.count += 1;
      return;
    }
    const counted = { finding, count: 1, ...(group ? { owner: group.owner } : {}) };
    if (group) groups.set(group.key, counted);
    const key = keyOf(object);
    const subject = subjects.get(key) ?? { object, own: [] };
    subjects.set(key, subject);
    subject.own.push(counted);
  };
  // Nobody waits meanwhile, so it need not stop in between.
  auditCluster(inventory, conventions, now, collect).toArray();
  const running = createPodAudit(
    inventory,
    () => conventions,
    () => now,
    collect,
  );
  return {
    addPods: (pods) => {
      for (const pod of pods) running.add(pod);
    },
    pods: () => running.result().pods,
    judged: () => {
      const known = new Set(manifests.map(({ object }) => keyOf(object)));
      const others = [...subjects]
        .filter(([key]) => !known.has(key))
        .map(([, { object }]) => placeOf(object));
      return [...manifests, ...others].map((manifest) => {
        const own = subjects.get(keyOf(manifest.object))?.own ?? [];
        return judgedOf(manifest, own.map(said(manifest)), { inventory, conventions }, now);
      });
    },
  };
}

/** A finding as it is reported; of what is in no file, nothing can be fixed by editing one. */
function said({ document }: ManifestObject): (counted: Counted) => JudgedFinding {
  return (counted) => {
    const { fix, ...finding } = counted.finding;
    const message = finding.message + othersInWords(counted);
    return { ...finding, message, ...(fix && !document.file.isCluster ? { fix } : {}) };
  };
}

function judgedOf(
  manifest: ManifestObject,
  findings: readonly JudgedFinding[],
  { inventory, conventions }: Pick<StateOfFiles, 'inventory' | 'conventions'>,
  now: Date,
): JudgedManifest {
  const { object } = manifest;
  const judgement = {
    findings,
    ...(isUngoverned(object, inventory, conventions) ? ({ ungoverned: true } as const) : {}),
  };
  const subject = { operation: 'STATE', object } as const;
  return {
    manifest,
    judgement,
    otherKind: rulesFor(subject, conventions.declaresWorkload).length === 0,
    admission: admissionOf(object, judgement, inventory, conventions, now),
  };
}

function isUngoverned(
  { kind, metadata }: KubernetesObject,
  inventory: Inventory,
  conventions: ConventionSet,
): boolean {
  const name = kind === 'Namespace' ? metadata.name : metadata.namespace;
  if (name === undefined) return false;
  return conventions.governing(namespaceIdentity(name, inventory.namespace(name))) === undefined;
}
