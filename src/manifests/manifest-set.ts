import type { Edit } from '../facts/finding.ts';
import type { Gap } from '../inventory/inventory.ts';
import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import type { KubernetesObject, ObjectReference } from '../kubernetes/object.ts';
import type { NotJudged } from './manifest-problem.ts';

/** A file or standard input, as text. */
export interface ManifestFile {
  /** As the user named or would name it; `<stdin>` for standard input. */
  readonly name: string;
  /** Where it lies; undefined for standard input and for what was rendered. */
  readonly path?: string;
  readonly text: string;
  /** There where a program has made the text of other files. */
  readonly rendering?: Rendering;
  /** It stands for objects of a cluster, and has no lines. */
  readonly isCluster?: true;
}

/** How a rendered text leads back to the files that people edit. */
export interface Rendering {
  /** The file that a document was rendered from, by what its `# Source:` comment says. */
  readonly templateOf: (source: string | undefined) => ManifestFile;
  /** The object in a file that has become this one, where it was an object before. */
  readonly originOf?: (object: KubernetesObject) => ManifestObject | undefined;
}

/** One YAML document of a file, or a JSON file as a whole. */
export interface ManifestDocument {
  readonly file: ManifestFile;
  readonly text: string;
  /** Where its text starts in the file's. */
  readonly offset: number;
  /** The template it was rendered from, where a `# Source:` comment says so. */
  readonly source?: string;
}

/** An object with the place it was read from. */
export interface ManifestObject {
  /** With the namespace that it is judged in. */
  readonly object: KubernetesObject;
  readonly reference: ObjectReference;
  readonly document: ManifestDocument;
  /** Where it is in its document: empty, or `/items/3` of a List. */
  readonly pointer: JsonPointer;
}

/** Everything that was read, and everything that could not be. */
export interface ManifestSet {
  readonly files: readonly ManifestFile[];
  readonly objects: readonly ManifestObject[];
  readonly notJudged: readonly NotJudged[];
  /** Documents beside the manifests that nothing speaks for: values files, workflows. Listed, but no failure. */
  readonly foreign: readonly NotJudged[];
  /** What of the picture is missing because of what was not judged: without it nobody can tell what is covered. */
  readonly gaps: readonly Gap[];
  /** The namespace that objects without one are judged in, and how many those are. */
  readonly assumedNamespace: { readonly name: string; readonly objects: number };
}

/** The edits of a finding, with pointers from the document on: an object may be one of a List. */
export function editsOf({ pointer }: ManifestObject, fix: readonly Edit[]): readonly Edit[] {
  return pointer === '' ? fix : fix.map((edit) => ({ ...edit, pointer: pointer + edit.pointer }));
}
