import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import { referenceOf } from '../kubernetes/object.ts';
import { classify } from './document/classify.ts';
import type { Refusal } from './document/refusal.ts';
import {
  isKustomizationFile,
  kustomizeRemedy,
  nameKustomization,
  patchFilesOf,
} from './document/kustomization.ts';
import type { ManifestDocument, ManifestFile, ManifestObject } from './manifest-set.ts';
import type { DocumentParser } from './yaml/parse-document.ts';
import { renderedFrom, splitDocuments } from './yaml/split-documents.ts';
import { templateMarkOfText, templateMarkOfValue } from './document/template.ts';

/** A file and whether it was asked for by name, so that it must hold manifests. */
export interface ManifestInput {
  readonly file: ManifestFile;
  readonly named: boolean;
}

/** Why a document or a part of it was not judged: at an offset of its text, or at a pointer. */
export interface RefusedDocument {
  readonly document: ManifestDocument;
  readonly refusal: Refusal;
  readonly at: number | JsonPointer;
}

export interface FileContent {
  readonly objects: readonly ManifestObject[];
  readonly refused: readonly RefusedDocument[];
  /** Files that this one, a kustomization, applies as patches. */
  readonly patchFiles: readonly string[];
}

/** Reads one file into objects and refusals. */
export function readFile({ file, named }: ManifestInput, parser: DocumentParser): FileContent {
  if (!named && !mayHoldObjects(file)) return { objects: [], refused: [foreignFile(file)], patchFiles: [] };
  const documents = splitDocuments(file.text).map(({ text, offset }): ManifestDocument => {
    const source = renderedFrom(text);
    return source === undefined ? { file, text, offset } : { file, text, offset, source };
  });
  const contents = documents.map((document) => readDocument(document, parser));
  const objects = contents.flatMap((content) => content.objects);
  const mayBeForeign = !named && objects.length === 0;
  return {
    objects,
    refused: contents.flatMap(({ refused }) => (mayBeForeign ? refused : refused.map(countRefusal))),
    patchFiles: contents.flatMap((content) => content.patchFiles),
  };
}

/** Saves parsing what lies beside manifests: big JSON files above all. */
function mayHoldObjects(file: ManifestFile): boolean {
  return /apiVersion|kind/.test(file.text) || isKustomizationFile(file);
}

function foreignFile(file: ManifestFile): RefusedDocument {
  const refusal = {
    id: 'manifest/no-object',
    reason: 'it has neither apiVersion nor kind',
    foreign: true,
  } as const;
  return { document: { file, text: file.text, offset: 0 }, refusal, at: 0 };
}

/** Beside objects, or in a file asked for by name, a document that is no object is a mistake. */
function countRefusal({ document, refusal, at }: RefusedDocument): RefusedDocument {
  return { document, refusal: { ...refusal, foreign: false }, at };
}

function readDocument(document: ManifestDocument, parser: DocumentParser): FileContent {
  const { text, file } = document;
  const parsed = parser.parse(text);
  if ('problem' in parsed) {
    const { offset, ...problem } = parsed.problem;
    const mark = problem.id === 'manifest/syntax' ? templateMarkOfText(text) : undefined;
    const foreign = text.includes('apiVersion') ? {} : ({ foreign: true } as const);
    return mark
      ? refuseTemplate(document, mark, foreign)
      : refuse(document, { ...problem, ...foreign }, offset);
  }
  const mark = templateMarkOfValue(text, parsed.value);
  if (mark) return refuseTemplate(document, mark, {});
  const value = nameKustomization(parsed.value, file);
  const objects: ManifestObject[] = [];
  const refused: RefusedDocument[] = [];
  for (const part of classify(value)) {
    if ('refusal' in part)
      refused.push({ document, refusal: withRemedy(part.refusal, file), at: part.pointer });
    else objects.push({ ...part, reference: referenceOf(part.object), document });
  }
  const isKustomization = refused.some(({ refusal }) => refusal.id === 'manifest/kustomization');
  return { objects, refused, patchFiles: isKustomization ? patchFilesOf(value, file) : [] };
}

function withRemedy(refusal: Refusal, file: ManifestFile): Refusal {
  return refusal.id === 'manifest/kustomization' ? { ...refusal, remedy: kustomizeRemedy(file) } : refusal;
}

function refuseTemplate(
  document: ManifestDocument,
  { offset, reason, remedy }: { readonly offset: number; readonly reason: string; readonly remedy: string },
  foreign: { readonly foreign?: true },
): FileContent {
  return refuse(document, { id: 'manifest/template', reason, remedy, ...foreign }, offset);
}

function refuse(document: ManifestDocument, refusal: Refusal, at: number): FileContent {
  return { objects: [], refused: [{ document, refusal, at }], patchFiles: [] };
}
