import type { RuleId } from '../../conventions/document/action.ts';
import { createConventionSet, type ConventionSet } from '../../conventions/convention-set.ts';
import type { LabelKnowledge } from '../../conventions/unknown-labels.ts';
import { judge } from '../../engine/judge.ts';
import { identityAsAdmitted } from '../../facts/coverage/subject-coverage.ts';
import { denies, type JudgedFinding, type Judgement } from '../../engine/judgement.ts';
import { calicoInForce, type CalicoInForce } from '../../inventory/calico-in-force.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { createInventoryStore, keyOf } from '../../inventory/inventory-store.ts';
import { versionOfWritten } from '../../inventory/written-version.ts';
import { namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { findKind } from '../../kinds.ts';
import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ManifestObject, ManifestSet } from '../../manifests/manifest-set.ts';
import type { AdmissionOutcome } from '../../report/report.ts';
import { isMutating, ruleOf, rulesFor } from '../../rules/registry.ts';
import { type Application, judgeCreation } from './judge-creation.ts';

/** What files and what exists besides make up, as the engine sees it. */
export interface StateOfFiles {
  /** With what is known of the labels of namespaces. */
  readonly conventions: ConventionSet;
  readonly calico: CalicoInForce;
  readonly inventory: Inventory;
}

/** The state that files describe, among what exists already; what is in the files takes the place of its namesake. */
export function stateOfFiles(
  { objects, gaps }: Pick<ManifestSet, 'objects' | 'gaps'>,
  stated: ConventionSet,
  { calico: seen, existing }: Pick<Application, 'calico' | 'existing'>,
): StateOfFiles {
  const all = [...existing, ...objects.map(({ object }) => object)];
  const conventions = createConventionSet(stated.conventions, stated.waivers, hasKnownLabels(all));
  const calico = calicoOf(conventions, all, seen);
  return { conventions, calico, inventory: createInventoryStore(calico, all, gaps).inventory };
}

/** The same once the files are applied: admission has put its cover label on the namespaces that they create. */
export function stateOnceApplied(
  { objects, gaps }: Pick<ManifestSet, 'objects' | 'gaps'>,
  stated: ConventionSet,
  application: Pick<Application, 'calico' | 'existing'>,
): StateOfFiles {
  const known = [...application.existing, ...objects.map(({ object }) => object)];
  const { governing } = createConventionSet(stated.conventions, stated.waivers, hasKnownLabels(known));
  const applied = objects.map((manifest) => ({
    ...manifest,
    object: asAdmitted(manifest.object, governing),
  }));
  return stateOfFiles({ objects: applied, gaps }, stated, application);
}

function asAdmitted(object: KubernetesObject, governing: ConventionSet['governing']): KubernetesObject {
  if (object.kind !== 'Namespace') return object;
  const wanted = governing(namespaceIdentity(object.metadata.name ?? '', object))?.defaultDeny;
  if (!wanted?.coverLabel) return object;
  const { labels } = identityAsAdmitted(object, wanted, { point: 'ci' });
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** What the rules say about one object, and what the cluster would do about each finding. */
export interface JudgedManifest {
  readonly manifest: ManifestObject;
  readonly judgement: Judgement;
  /** No rule is about objects of this kind. */
  readonly otherKind: boolean;
  readonly admission: (finding: JudgedFinding) => AdmissionOutcome;
  /** A namespace that the files create before anything that could cover it; nobody asked for the order to be judged. */
  readonly comesTooEarly?: true;
}

/**
 * Judges every object among all the others, so that a policy in one file counts for the namespace in another, with
 * the engine and the conventions of the webhook.
 */
export function judgeManifests(
  { objects, gaps }: Pick<ManifestSet, 'objects' | 'gaps'>,
  stated: ConventionSet,
  now: Date,
  application: Application = { existing: [] },
): readonly JudgedManifest[] {
  const { calico, conventions, inventory } = stateOfFiles({ objects, gaps }, stated, application);
  const judged = objects.map((manifest): JudgedManifest => {
    const subject = { operation: 'STATE', object: manifest.object } as const;
    const judgement = judge(subject, inventory, conventions, now, 'ci');
    return {
      manifest,
      judgement,
      otherKind: rulesFor(subject, conventions.declaresWorkload).length === 0,
      admission: admissionOf(manifest.object, judgement, inventory, conventions, now),
    };
  });
  return withCreation(judged, { objects, gaps }, calico, conventions, now, application);
}

/**
 * Whether a namespace is written as an API server returns it, so that it exists and is not created by these files: the
 * label of its name and these fields are set there.
 * Source: Kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_Namespace; pkg/registry/rest/create.go, BeforeCreate.
 */
function isAsStored({ metadata }: KubernetesObject): boolean {
  return (
    metadata.labels?.['kubernetes.io/metadata.name'] === metadata.name ||
    metadata['uid'] !== undefined ||
    metadata['creationTimestamp'] != null
  );
}

/** Adds what admission says of a namespace at its creation, where that differs from what it is in the end. */
function withCreation(
  judged: readonly JudgedManifest[],
  set: Pick<ManifestSet, 'objects' | 'gaps'>,
  calico: CalicoInForce,
  conventions: ConventionSet,
  now: Date,
  application: Application,
): readonly JudgedManifest[] {
  const existing = new Set(application.existing.map((object) => keyOf(object)));
  const covered = judged.filter(
    ({ manifest: { object }, judgement }) =>
      object.kind === 'Namespace' &&
      !judgement.ungoverned &&
      !existing.has(keyOf(object)) &&
      !(application.order === undefined && isAsStored(object)) &&
      !judgement.findings.some(({ rule }) => rule === 'gate/default-deny-missing' || rule === 'gate/unknown'),
  );
  if (covered.length === 0) return judged;
  const namespaces = new Set(covered.map(({ manifest }) => manifest));
  const { findings, unjudged } = judgeCreation(set, namespaces, calico, conventions, now, application);
  if (findings.size === 0 && unjudged.length === 0) return judged;
  const early = new Set(unjudged);
  return judged.map((entry): JudgedManifest => {
    const found = findings.get(entry.manifest);
    if (!found) {
      const name = entry.manifest.object.metadata.name ?? '';
      return namespaces.has(entry.manifest) && early.has(name) ? { ...entry, comesTooEarly: true } : entry;
    }
    const { judgement, admission } = entry;
    return {
      ...entry,
      judgement: { ...judgement, findings: [...judgement.findings, ...found] },
      admission: (finding) =>
        !found.includes(finding) ? admission(finding) : denies(finding) ? 'refuse' : 'warn',
    };
  });
}

/** The namespaces that objects live in and that are not written down. */
export function namespacesOf(objects: readonly KubernetesObject[]): readonly NamespaceIdentity[] {
  const isKnown = hasKnownLabels(objects);
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  return [...names].filter((name) => !isKnown(name)).map((name) => namespaceIdentity(name));
}

/** The labels of a namespace are known where its Namespace is among the objects. */
export function hasKnownLabels(objects: readonly KubernetesObject[]): LabelKnowledge {
  const known = new Set(
    objects.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? (metadata.name ?? '') : [])),
  );
  return (name) => known.has(name);
}

/**
 * How Calico runs: as a convention says, else with its storage form where only that is written, else as new ones do;
 * and in the version that the convention or the objects tell.
 */
export function calicoOf(
  conventions: ConventionSet,
  objects: readonly KubernetesObject[],
  found?: Application['calico'],
): CalicoInForce {
  const stated = conventions.clusterWide()?.calico ?? {};
  if (found) return calicoInForce(stated, { ...found, from: 'detected' });
  const groups = new Set(objects.map(({ apiVersion }) => groupOf(apiVersion)));
  const isRaw = groups.has('crd.projectcalico.org') && !groups.has('projectcalico.org');
  const isShown = stated.mode === undefined && isRaw;
  const mode = isShown ? ({ mode: 'raw', from: 'detected' } as const) : undefined;
  return calicoInForce(stated, mode, versionOfWritten(objects));
}

/** The namespaces that are written down, as conventions and waivers see them. */
export function namespacesAmong(objects: readonly KubernetesObject[]): readonly NamespaceIdentity[] {
  return objects
    .filter(({ kind }) => kind === 'Namespace')
    .map((object) => namespaceIdentity(object.metadata.name ?? '', object));
}

/** What admission would do about the findings of an object; the engine is asked as the webhook would, where there are any. */
export function admissionOf(
  object: KubernetesObject,
  { findings }: Judgement,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
): JudgedManifest['admission'] {
  const isBuiltIn = findKind(groupOf(object.apiVersion), object.kind) !== undefined;
  // Nobody sends the webhooks what they were not told of.
  if (findings.length === 0 || !(isBuiltIn || conventions.sendsWorkload(object))) return () => 'admit';
  const found = new Set(findings.map(({ rule }) => rule));
  const subject = { operation: 'CREATE', object } as const;
  const isFound = ({ id }: { readonly id: RuleId }) => found.has(id);
  const admitted = judge(subject, inventory, conventions, now, 'admission', isFound).findings;
  return ({ rule: id, pointer }) => {
    const same = admitted.find((candidate) => candidate.rule === id && candidate.pointer === pointer);
    if (!same || same.waiver) return 'admit';
    const rule = ruleOf(id);
    // The mutating webhook is not asked about custom resources.
    if (isBuiltIn && rule && isMutating(rule, object) && same.fix) return 'add';
    return denies(same) ? 'refuse' : 'warn';
  };
}
