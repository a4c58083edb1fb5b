/** Verdicts as a library: the public surface `tollgate`. docs/library.md has an example. */
import { calicoOf } from './application/check/judge-manifests.ts';
import { readConventions as readAgainst } from './application/read/read-conventions.ts';
import type { TextFile } from './application/read/read-documents.ts';
import type { ConventionSet } from './conventions/convention-set.ts';
import { defaultConventions } from './conventions/default-conventions.ts';
import type { LoadedConventions } from './conventions/load-conventions.ts';
import type { Gap, Inventory } from './inventory/inventory.ts';
import { createInventoryStore } from './inventory/inventory-store.ts';
import type { KubernetesObject } from './kubernetes/object.ts';
import { type LoadedManifests, loadManifests } from './manifests/load-manifests.ts';
import { rules } from './rules/registry.ts';

export { answerMutate, answerValidate } from './admission/review.ts';
export type { Decision } from './admission/decision.ts';
export type { PatchOperation } from './admission/patch.ts';
export { type JudgedManifest, judgeManifests } from './application/check/judge-manifests.ts';
export type { ConventionSet } from './conventions/convention-set.ts';
export { type DocumentProblem, problemInWords } from './conventions/document/document-problem.ts';
export { judge } from './engine/judge.ts';
export { type AppliedWaiver, denies, type JudgedFinding, type Judgement } from './engine/judgement.ts';
export type { Gap, Inventory } from './inventory/inventory.ts';
export { type AdmissionRequest, readAdmissionReview } from './kubernetes/admission-review.ts';
export type { KubernetesObject, ObjectReference } from './kubernetes/object.ts';
export type { Edit, Finding } from './facts/finding.ts';
export { askConnections } from './questions/connections/ask-connections.ts';
export type { ConnectionOptions } from './questions/connections/connection-options.ts';
export type {
  AddressesEnd,
  Connection,
  ConnectionEnd,
  ConnectionsAnswer,
  DecidingRule,
  PossiblePodsEnd,
  WorkloadsEnd,
} from './questions/connections/connections-answer.ts';
export { askDiff, type DiffSide } from './questions/diff/ask-diff.ts';
export type {
  ChangedObject,
  ConnectionChange,
  ConnectionState,
  CoverageChange,
  CoverageState,
  DiffAnswer,
} from './questions/diff/diff-answer.ts';
export { askFlow, type FlowAnswers, type FlowQuestion } from './questions/flow/ask-flow.ts';
export type { FlowAnswer, HalfAnswer, MeshAnswer, Opening } from './questions/flow/flow-answer.ts';
export { readEnd, readPort, type WantedEnd, type WantedPort } from './questions/flow/read-question.ts';
export type { QuestionContext } from './questions/question-context.ts';
export type { Rule } from './rules/define-rule.ts';
export type { Subject } from './facts/subject.ts';
export { defaultConventions, rules };

/**
 * Reads conventions and waivers from the text of YAML files. The set is there only where nothing is wrong; else every
 * problem of every file is, with its place. Waivers alone are exceptions from the default convention.
 */
export function readConventions(files: readonly TextFile[]): Promise<LoadedConventions> {
  return readAgainst(files, rules);
}

/**
 * Reads the Kubernetes objects of files, folders and globs as `tollgate check` does. What could not be judged is listed
 * with the reason, and is a gap of the picture: what rests on it is unknown.
 */
export function readManifests(
  paths: readonly string[],
  options: {
    readonly folder?: string;
    readonly exclude?: readonly string[];
    readonly namespace?: string;
  } = {},
): Promise<LoadedManifests> {
  const { folder = process.cwd(), exclude = [], namespace = 'default' } = options;
  const stdin = () => Promise.reject(new Error('the path - is not supported here'));
  return loadManifests(paths, { folder, exclude, namespace, useGitIgnore: true, stdin });
}

/**
 * The picture of what exists that verdicts rest on, made of objects. How Calico runs is taken from the conventions, or
 * else from the API group that the policies are written for.
 */
export function createInventory(
  objects: readonly KubernetesObject[],
  conventions: ConventionSet = defaultConventions(),
  gaps: readonly Gap[] = [],
): Inventory {
  return createInventoryStore(calicoOf(conventions, objects), objects, gaps).inventory;
}
