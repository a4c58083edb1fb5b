import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import { createLocator, type Span } from './yaml/locate.ts';
import type { ManifestDocument, ManifestFile, ManifestObject } from './manifest-set.ts';
import { createLineIndex, type LineIndex, type SourceRange } from './source-position.ts';

/** Finds places in the files of a manifest set, and keeps what it had to work out for the last ones. */
export interface PlaceFinder {
  /** The place of a pointer into an object; of the object as a whole its name's. */
  readonly placeOf: (object: ManifestObject, pointer: JsonPointer) => SourceRange;
  readonly placeIn: (document: ManifestDocument, at: number | JsonPointer) => SourceRange;
  readonly linesOf: (file: ManifestFile) => LineIndex;
}

/** Creates a finder; asked in the order of files and documents, it reads each of them once. */
export function createPlaceFinder(): PlaceFinder {
  let lines: { readonly file: ManifestFile; readonly index: LineIndex } | undefined;
  let locator:
    | { readonly document: ManifestDocument; readonly locate: ReturnType<typeof createLocator> }
    | undefined;

  const linesOf = (file: ManifestFile) => {
    if (lines?.file !== file) lines = { file, index: createLineIndex(file.text) };
    return lines.index;
  };
  const locate = (document: ManifestDocument, pointer: JsonPointer) => {
    if (locator?.document !== document) locator = { document, locate: createLocator(document.text) };
    return locator.locate(pointer);
  };
  const placeIn = (document: ManifestDocument, at: number | JsonPointer) => {
    const span = typeof at === 'number' ? { start: at, end: at } : locate(document, at);
    const { start, end } = span ?? contentStart(document.text);
    return linesOf(document.file).rangeOf(document.offset + start, document.offset + end);
  };
  return {
    placeOf: ({ document, pointer: object }, pointer) =>
      placeIn(document, object + (pointer === '' ? '/metadata/name' : pointer)),
    placeIn,
    linesOf,
  };
}

/** The first character that says something, after the `---` line, blank lines and comments. */
function contentStart(text: string): Span {
  const start = /^(?:---[ \t]*)?(?:\s|#[^\n]*(?:\n|$))*/.exec(text)?.[0].length ?? 0;
  return { start, end: start };
}
