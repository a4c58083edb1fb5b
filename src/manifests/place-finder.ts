import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import { createLocator, type Span } from './yaml/locate.ts';
import type { ManifestDocument, ManifestFile, ManifestObject } from './manifest-set.ts';
import { pointerInOrigin } from './render/origin.ts';
import { templateLines, type TemplateLines } from './render/template-lines.ts';
import { createLineIndex, type LineIndex, type SourceRange } from './source-position.ts';

/** Finds places in the files of a manifest set, and keeps what it had to work out for the last ones. */
export interface PlaceFinder {
  /** The place of a pointer into an object; of the object as a whole its name's. */
  readonly placeOf: (object: ManifestObject, pointer: JsonPointer) => SourceRange;
  readonly placeIn: (document: ManifestDocument, at: number | JsonPointer) => SourceRange;
  readonly linesOf: (file: ManifestFile) => LineIndex;
  /** The place that people are pointed to: of what was rendered, that in the file which they edit. */
  readonly locate: (object: ManifestObject, pointer: JsonPointer) => LocatedPlace;
  readonly locateIn: (document: ManifestDocument, at: number | JsonPointer) => LocatedPlace;
}

/** A place in a file that people edit. */
export interface LocatedPlace {
  readonly file: string;
  /** The template that the document was rendered from, where that is not the file itself. */
  readonly source?: string;
  readonly range: SourceRange;
  /** Only the file is known, and the range says nothing. */
  readonly lineUnknown?: true;
  /** The lines of the file; of a template without known lines there are none. */
  readonly lines?: LineIndex;
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
  const placeOf = ({ document, pointer: object }: ManifestObject, pointer: JsonPointer) =>
    placeIn(document, object + (pointer === '' ? '/metadata/name' : pointer));
  let origins: PlaceFinder | undefined;
  const fromTemplate = createTemplateFinder();
  const locatedIn = (document: ManifestDocument, range: SourceRange): LocatedPlace => {
    const { file, source } = document;
    if (file.isCluster) return withoutLines(file);
    return file.rendering
      ? fromTemplate(
          document,
          file.rendering.templateOf(source),
          range.line - linesOf(file).positionAt(document.offset).line,
        )
      : { file: file.name, ...(source === undefined ? {} : { source }), range, lines: linesOf(file) };
  };
  return {
    placeOf,
    placeIn,
    linesOf,
    locate: (manifest, pointer) => {
      if (manifest.document.file.isCluster) return withoutLines(manifest.document.file);
      const origin = manifest.document.file.rendering?.originOf?.(manifest.object);
      if (!origin) return locatedIn(manifest.document, placeOf(manifest, pointer));
      origins ??= createPlaceFinder();
      return origins.locate(origin, pointerInOrigin(manifest.object, origin.object, pointer));
    },
    locateIn: (document, at) => locatedIn(document, placeIn(document, at)),
  };
}

/** Finds the lines of templates, and keeps what it had to work out for the last document. */
function createTemplateFinder() {
  let last:
    | { readonly document: ManifestDocument; readonly find: TemplateLines; readonly lines: LineIndex }
    | undefined;
  return (document: ManifestDocument, template: ManifestFile, line: number): LocatedPlace => {
    if (last?.document !== document) {
      const lines = createLineIndex(template.text);
      last = { document, lines, find: templateLines(document.text, template.text) };
    }
    const { find, lines } = last;
    const found = find(line);
    const text = found === undefined ? undefined : lines.line(found + 1);
    if (found === undefined || text === undefined) return withoutLines(template);
    const [start, number] = [text.length - text.trimStart().length + 1, found + 1];
    const range = {
      line: number,
      column: start,
      endLine: number,
      endColumn: Math.max(start, text.trimEnd().length) + 1,
    };
    return { file: template.name, range, lines };
  };
}

function withoutLines({ name }: ManifestFile): LocatedPlace {
  return { file: name, range: firstCharacter, lineUnknown: true };
}

const firstCharacter: SourceRange = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** The first character that says something, after the `---` line, blank lines and comments. */
function contentStart(text: string): Span {
  const start = /^(?:---[ \t]*)?(?:\s|#[^\n]*(?:\n|$))*/.exec(text)?.[0].length ?? 0;
  return { start, end: start };
}
