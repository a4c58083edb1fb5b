import type { CalicoMode } from '../../calico/index.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import { defaultConventionFile } from '../../conventions/default-conventions.ts';
import { judge } from '../../engine/judge.ts';
import type { JudgedFinding } from '../../engine/judgement.ts';
import type { CalicoInForce } from '../../inventory/calico-in-force.ts';
import type { Gap } from '../../inventory/inventory.ts';
import { createInventoryStore } from '../../inventory/inventory-store.ts';
import { valueAt } from '../../kubernetes/json-pointer.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { classOf } from '../../kubernetes/object-class.ts';
import type { ManifestObject } from '../../manifests/manifest-set.ts';
import { listInWords } from '../../text/list.ts';
import { nameOf } from '../../facts/object-name.ts';
import { type ApplyOrder, inApplyOrder } from './apply-order.ts';

/** What a set is applied to, and how. */
export interface Application {
  /** What the cluster holds already. */
  readonly existing: readonly KubernetesObject[];
  /** How the cluster runs Calico, where it was asked itself. */
  readonly calico?: { readonly mode: CalicoMode; readonly version?: string };
  /** Undefined where nobody said how: then only conventions that ask for it themselves have creation judged. */
  readonly order?: ApplyOrder;
}

export interface CreationVerdict {
  readonly findings: ReadonlyMap<ManifestObject, readonly JudgedFinding[]>;
  /** Namespaces that come before anything that could cover them, where nobody asked for the order to be judged. */
  readonly unjudged: readonly string[];
}

/**
 * Judges each namespace as admission does when it is created: among what exists by then. What lies in a namespace can
 * never exist before it. `covered` are the namespaces that are closed once everything is there.
 */
export function judgeCreation(
  { objects, gaps }: { readonly objects: readonly ManifestObject[]; readonly gaps: readonly Gap[] },
  covered: ReadonlySet<ManifestObject>,
  calico: CalicoInForce,
  conventions: ConventionSet,
  now: Date,
  { existing, order }: Application,
): CreationVerdict {
  const governing = new Map(
    [...covered].map((manifest) => [manifest, governingOf(manifest.object, conventions)] as const),
  );
  const rejecting = [...covered].filter(
    (manifest) => governing.get(manifest)?.defaultDeny?.onMissing === 'reject',
  );
  if (rejecting.length === 0) return nothing;
  const isAsked = (manifest: ManifestObject) => order !== undefined || saysReject(governing.get(manifest));
  const sequence = inApplyOrder(objects, order ?? 'kubectl');
  const placeOf = new Map(sequence.map((manifest, index) => [manifest, index] as const));
  const clusterPolicies = sequence.filter(isClusterPolicy);
  const isBefore = (entry: ManifestObject | undefined, manifest: ManifestObject) =>
    entry !== undefined && (placeOf.get(entry) ?? 0) < (placeOf.get(manifest) ?? 0);
  const findings = new Map<ManifestObject, readonly JudgedFinding[]>();
  const unjudged = rejecting
    .filter((manifest) => !isAsked(manifest) && existing.length === 0)
    .filter((manifest) => !isBefore(clusterPolicies[0], manifest))
    .map(({ object }) => object.metadata.name ?? '');
  const asked = new Set(rejecting.filter(isAsked));
  if (asked.size === 0) return { findings, unjudged };

  const store = createInventoryStore(calico, existing, gaps);
  const own = new Set(sequence.filter(isNamespace).map(({ object }) => object.metadata.name ?? ''));
  const waiting = Map.groupBy(
    sequence.filter(({ object }) => own.has(object.metadata.namespace ?? '')),
    ({ object }) => object.metadata.namespace ?? '',
  );
  const created = new Set<string>();
  for (const manifest of sequence) {
    const { object } = manifest;
    const { namespace, name = '' } = object.metadata;
    if (namespace !== undefined && own.has(namespace) && !created.has(namespace)) continue;
    if (asked.has(manifest)) {
      const subject = { operation: 'CREATE', object } as const;
      const isGate = ({ id }: { readonly id: string }) =>
        id === 'gate/default-deny-missing' || id === 'gate/unknown';
      const found = judge(subject, store.inventory, conventions, now, 'ci', isGate).findings;
      const [first] = found;
      const later = first ? clusterPolicies.filter((policy) => isBefore(manifest, policy)) : [];
      if (first) findings.set(manifest, [inWords(first, name, later)]);
    }
    store.apply({ put: [object] });
    if (!isNamespace(manifest)) continue;
    created.add(name);
    const inside = (waiting.get(name) ?? []).filter((entry) => isBefore(entry, manifest));
    store.apply({ put: inside.map((entry) => entry.object) });
  }
  return { findings, unjudged };
}

const nothing: CreationVerdict = { findings: new Map(), unjudged: [] };

function governingOf(object: KubernetesObject, conventions: ConventionSet): Convention | undefined {
  return conventions.governing(namespaceIdentity(object.metadata.name ?? '', object));
}

/** Whether a convention itself says that uncovered namespaces are refused, not just for want of a word. */
function saysReject(convention: Convention | undefined): boolean {
  if (!convention || convention.source.file === defaultConventionFile) return false;
  return valueAt(convention.source.value, '/spec/defaultDeny/onMissing') === 'reject';
}

function isNamespace({ object }: ManifestObject): boolean {
  return object.kind === 'Namespace';
}

function isClusterPolicy({ object }: ManifestObject): boolean {
  return classOf(object) === 'policy' && object.metadata.namespace === undefined;
}

function inWords(finding: JudgedFinding, name: string, later: readonly ManifestObject[]): JudgedFinding {
  const first = `apply a GlobalNetworkPolicy with namespaceSelector: kubernetes.io/metadata.name == "${name}" before the namespace`;
  const names = later.map(({ object }) => nameOf(object));
  const message =
    names.length > 0
      ? `namespace "${name}": created before ${listInWords(names, { most: 3 })}, so no policy covers it when it is created`
      : `namespace "${name}": only policies inside the namespace cover it, and these cannot exist before it is created`;
  const expected =
    names.length > 0
      ? `apply ${listInWords(names, { most: 3 })} before namespace "${name}"`
      : `onMissing: hold in the convention, or ${first}, or its cover label (spec.defaultDeny.coverLabel)`;
  return { ...finding, message, expected };
}
