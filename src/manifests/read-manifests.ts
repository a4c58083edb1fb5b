import { dirname } from 'node:path';
import type { Gap } from '../inventory/inventory.ts';
import { type KubernetesObject, referenceOf } from '../kubernetes/object.ts';
import type { Refusal } from './document/refusal.ts';
import { type Duplicate, findDuplicates } from './duplicates.ts';
import { defaultLimits, type ManifestLimits } from './limits.ts';
import type { ManifestFile, ManifestObject, ManifestSet } from './manifest-set.ts';
import { createDocumentParser } from './yaml/parse-document.ts';
import { createPlaceFinder, type PlaceFinder } from './place-finder.ts';
import type { NotJudged } from './manifest-problem.ts';
import { type FileContent, type ManifestInput, readFile, type RefusedDocument } from './read-file.ts';
import { namespacedKinds } from './scope.ts';

export interface ReadOptions {
  /** The namespace of objects that name none. */
  readonly namespace: string;
  readonly limits?: ManifestLimits;
  /** Whether anything is judged of an object; without it, of every one. */
  readonly isJudged?: (object: KubernetesObject) => boolean;
}

/** A file, and what was read from it by itself. */
export interface ParsedFile {
  readonly file: ManifestFile;
  readonly content: FileContent;
}

/** Reads each file by itself: every document becomes objects, or a reason why it is none. Never throws. */
export function parseFiles(
  inputs: readonly ManifestInput[],
  limits: ManifestLimits = defaultLimits,
): readonly ParsedFile[] {
  const parser = createDocumentParser(limits);
  return inputs.map((input) => ({ file: input.file, content: readFile(input, parser) }));
}

/**
 * Reads files into objects: every document of every file becomes objects, or a reason why it is none.
 * Never throws, whatever the files hold.
 */
export function readManifests(inputs: readonly ManifestInput[], options: ReadOptions): ManifestSet {
  return assembleManifests(parseFiles(inputs, options.limits), options);
}

/** Puts files together that are applied together: which of them are patches, and which objects are there twice. */
export function assembleManifests(parsed: readonly ParsedFile[], options: ReadOptions): ManifestSet {
  const contents = parsed.map(({ content }) => content);
  const patchFiles = new Set(contents.flatMap((content) => content.patchFiles));
  const isPatch = ({ document }: ManifestObject) =>
    document.file.path !== undefined && patchFiles.has(document.file.path);

  const { objects, assumed } = assumeNamespace(
    contents.flatMap((content) => content.objects),
    options.namespace,
  );
  const whole = objects.filter((object) => !isPatch(object));
  const duplicates = findDuplicates(whole).filter((duplicate) => !isOfNoConcern(duplicate, options));
  const places = createPlaceFinder();
  const refused: readonly RefusedDocument[] = [
    ...contents.flatMap((content) => content.refused),
    ...objects.filter(isPatch).map(refusePatch),
    ...duplicates.map((duplicate) => refuseDuplicate(duplicate, places)),
  ];
  const notJudged = refused.map((entry) => ({ entry, problem: describe(entry, places) }));
  const out = new Set(duplicates.map(({ object }) => object));
  return {
    files: parsed.map(({ file }) => file),
    objects: whole.filter((object) => !out.has(object)),
    notJudged: inOrder(notJudged.filter(({ entry }) => !entry.refusal.foreign).map(({ problem }) => problem)),
    gaps: refused.flatMap(gapsOf),
    foreign: notJudged.filter(({ entry }) => entry.refusal.foreign).map(({ problem }) => problem),
    assumedNamespace: { name: options.namespace, objects: assumed },
  };
}

/** Several folders may each have a ConfigMap of the same name: that decides nothing. */
function isOfNoConcern({ object, first }: Duplicate, { isJudged }: ReadOptions): boolean {
  const folderOf = ({ document: { file } }: ManifestObject) => dirname(file.path ?? '');
  return isJudged !== undefined && !isJudged(object.object) && folderOf(object) !== folderOf(first);
}

/** By file and line; documents that are found out late, such as duplicates, stand among the others. */
export function inOrder(problems: readonly NotJudged[]): readonly NotJudged[] {
  return problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

function assumeNamespace(
  objects: readonly ManifestObject[],
  namespace: string,
): { readonly objects: readonly ManifestObject[]; readonly assumed: number } {
  const isNamespaced = namespacedKinds(objects.map(({ object }) => object));
  let assumed = 0;
  const named = objects.map((entry) => {
    if ((entry.object.metadata.namespace ?? '') !== '' || !isNamespaced(entry.object)) return entry;
    assumed++;
    const object = { ...entry.object, metadata: { ...entry.object.metadata, namespace } };
    return { ...entry, object, reference: referenceOf(object) };
  });
  return { objects: named, assumed };
}

const policyLike = /(?:NetworkPolicy|Tier|NetworkSet|HostEndpoint|Namespace|ServiceAccount|List)$/;

/** A document that says of itself that it is something else can hide no policy, and no namespace either. */
function gapsOf({ document, refusal }: RefusedDocument): Gap[] {
  if (refusal.foreign || refusal.id === 'manifest/no-object' || refusal.id === 'manifest/review') return [];
  const kinds = [...document.text.matchAll(/^[ \t-]*["']?kind["']?[ \t]*:[ \t]*["']?([^\s"',]+)/gm)].map(
    ([, kind = '']) => kind,
  );
  const mayHide =
    refusal.id === 'manifest/kustomization' ||
    kinds.length === 0 ||
    kinds.some((kind) => policyLike.test(kind) || /[^A-Za-z0-9]/.test(kind));
  return mayHide ? [{ what: document.file.name, why: refusal.reason }] : [];
}

function refusePatch({ document, pointer }: ManifestObject): RefusedDocument {
  const refusal: Refusal = {
    id: 'manifest/patch',
    reason: 'it is a patch that a kustomization applies, not a whole object',
    remedy: 'judge what the kustomization makes: tollgate check --kustomize DIR',
  };
  return { document, refusal, at: pointer };
}

function refuseDuplicate({ object, first }: Duplicate, places: PlaceFinder): RefusedDocument {
  const { kind, namespace, name } = object.reference;
  const { file, range } = places.locate(first, '');
  const refusal: Refusal = {
    id: 'manifest/duplicate',
    reason: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name} is also in ${file}:${range.line}, with other content`,
    remedy: 'judge each set of manifests on its own',
  };
  return { document: object.document, refusal, at: `${object.pointer}/metadata/name` };
}

function describe({ document, refusal, at }: RefusedDocument, places: PlaceFinder): NotJudged {
  const { file, range, source, lineUnknown } = places.locateIn(document, at);
  const { id, reason, remedy } = refusal;
  return {
    id,
    file,
    line: range.line,
    column: range.column,
    ...(lineUnknown ? { lineUnknown } : {}),
    reason,
    ...(remedy === undefined ? {} : { remedy }),
    ...(source === undefined ? {} : { source }),
  };
}
